"""Changes of keys: rows that swap them in one transaction, and rows that are deleted and made again."""
from harness.load import Load

TABLE = "public.pairs"
PAIRS = 200

SCHEMA = f"""
create table pairs (id bigint primary key, revision integer not null, word text, body text);
alter table pairs alter column body set storage external;
insert into pairs select n, 0, 'word ' || n, repeat('body of ' || n || ' ', 300)
  from generate_series(1, {PAIRS}) n;

-- Each step is one transaction of two rows a and b: they swap their keys (half of them without a touch
-- to the large value), or a is deleted and made again, or only deleted, or made again after that.
create procedure swap_keys(steps integer, seed float8, per_second float8) language plpgsql as $$
declare
  began timestamptz := clock_timestamp();
  a bigint; b bigint; dice float8; ahead float8;
begin
  perform setseed(seed);
  for step in 1 .. steps loop
    a := 1 + floor(random() * {PAIRS}); b := 1 + floor(random() * {PAIRS}); dice := random();
    if dice < 0.6 and a <> b then
      update pairs set id = -a, revision = step where id = a;
      update pairs set id = a, revision = step,
          body = case when dice < 0.3 then body else 'body ' || repeat(step::text, 900) end where id = b;
      update pairs set id = b where id = -a;
    elsif dice < 0.8 then
      delete from pairs where id = a;
      insert into pairs values (a, step, 'again', repeat('again ' || step, 300));
    elsif dice < 0.9 then
      delete from pairs where id = a;
    else
      insert into pairs values (a, step, 'anew', repeat('anew ' || step, 300)) on conflict (id) do
        update set word = null;
    end if;
    commit;
    exit when exists (select from enough);
    ahead := step / per_second - extract(epoch from clock_timestamp() - began);
    if ahead > 0.02 then perform pg_sleep(ahead); end if;
  end loop;
end $$;
"""


def create_table(database):
    """After the tables of `load`, whose changes end by the same row."""
    database.run(SCHEMA)


def start(database, steps, seed, per_second):
    return Load(database, database.start("set synchronous_commit = off;\n"
                                         f"call swap_keys({steps}, {seed % 1000 / 1000}, {per_second});"))
