"""Changes to real tables: inserts, updates and deletes at random keys, many transactions.

Two tables: one with a one-column key, one with a composite key. Every fiftieth row has a value that
PostgreSQL stores out of line, so that updates which do not touch it leave it out of their records.
"""
import dataclasses

from harness.console import check, wait_until

TABLES = ("public.accounts", "public.entries")

SCHEMA = """
create table accounts (
  id bigint primary key, owner text not null, balance numeric(14, 2) not null, active boolean,
  changed timestamptz not null, revision integer not null, note text, extra jsonb);
alter table accounts alter column note set storage external;
create table entries (
  account bigint, name text, amount numeric(14, 2) not null, stored bytea, revision integer not null,
  primary key (account, name));

create function account_note(k bigint) returns text language sql as $$
  select case when k % 50 = 0 then repeat('note of ' || k || ' ', 300) || random()::text end $$;

create function change_account(k bigint, dice float8, number integer) returns void
language plpgsql as $$
begin
  if dice < 0.2 then
    delete from accounts where id = k;
    if found then return; end if;
  elsif dice < 0.8 then
    update accounts set balance = round((dice * 1e6)::numeric, 2), revision = number,
        changed = clock_timestamp(), active = case when dice < 0.5 then null else dice > 0.6 end
      where id = k;
    if found then return; end if;
  end if;
  insert into accounts values (k, 'owner "' || number || '"' || E'\\n\\t\\\\', number / 7.0, true,
      clock_timestamp(), number, account_note(k), jsonb_build_object('n', number, 'big', 1e30))
    on conflict (id) do update set revision = number, note = account_note(k);
end $$;

create function change_entry(k bigint, dice float8, number integer) returns void
language plpgsql as $$
begin
  if dice < 0.2 then
    delete from entries where account = k / 4 and name = 'e' || k % 4;
    if found then return; end if;
  elsif dice < 0.8 then
    update entries set amount = -number, revision = number where account = k / 4 and name = 'e' || k % 4;
    if found then return; end if;
  end if;
  insert into entries values (k / 4, 'e' || k % 4, number / 3.0, decode(md5(number::text), 'hex'), number)
    on conflict (account, name) do update set amount = excluded.amount, revision = number;
end $$;

-- A row in it ends the changes.
create table enough (at timestamptz);

-- Every step is one row change. Transactions hold 1 to 60 of them. With a rate, the procedure waits
-- after a transaction until so much time has passed.
create procedure make_changes(changes integer, keys integer, seed float8, per_second float8)
language plpgsql as $$
declare
  began timestamptz := clock_timestamp();
  k bigint; dice float8; ahead float8;
  until_commit integer := 1;
begin
  perform setseed(seed);
  for number in 1 .. changes loop
    k := 1 + floor(random() * keys); dice := random();
    if k % 10 < 7 then perform change_account(k, dice, number);
    else perform change_entry(k, dice, number); end if;
    until_commit := until_commit - 1;
    if until_commit = 0 then
      commit;
      exit when exists (select from enough);
      until_commit := 1 + floor(random() * 60);
      if per_second > 0 then
        ahead := number / per_second - extract(epoch from clock_timestamp() - began);
        if ahead > 0.02 then perform pg_sleep(ahead); end if;
      end if;
    end if;
  end loop;
end $$;
"""

# After the last change, each table gets a row that no other statement touches: when it is in the
# index, everything before it is in Kafka.
LAST_ROWS = """
insert into accounts values (0, 'last', 0, true, now(), 0, null, null);
insert into entries values (-1, 'last', 0, null, 0);
"""
LAST_KEYS = (("public.accounts", "0"), ("public.entries", "-1,last"))


# More than any run that is ended by Load.finish() gets to make.
ENDLESS = 1_000_000


@dataclasses.dataclass
class Load:
    """A running psql that makes changes."""
    database: object
    process: object

    @property
    def running(self):
        return self.process.poll() is None

    def finish(self, seconds=60):
        """Ends the changes after the transaction at hand."""
        check(self.running, "the load has ended before it was to")
        self.database.run("insert into enough values (now())")
        self.wait(seconds)

    def wait(self, seconds):
        _, errors = self.process.communicate(timeout=seconds)
        check(self.process.returncode == 0, f"the load failed: {errors}")

    def break_off(self):
        """Ends the changes in the middle of a transaction."""
        check(self.running, "the load has ended before it was to")
        # Ending psql alone would not do: the server notices only when it has something to say.
        self.database.run("select pg_terminate_backend(pid) from pg_stat_activity "
                          "where datname = current_database() and query like 'call make_changes%'")
        self.process.communicate(timeout=30)

    def stop(self):
        if self.running:
            self.process.kill()
            self.process.communicate()


def create_tables(database):
    database.run(SCHEMA)


def start_changes(database, changes, keys, seed, per_second=0):
    sql = ("set synchronous_commit = off;\n"
           f"call make_changes({changes}, {keys}, {seed % 1000 / 1000}, {per_second});\n" + LAST_ROWS)
    return Load(database, database.start(sql))


def service_under_load(context, name, keys, per_second, records):
    """A ready service that has committed `records` of a load without end: (world, service, load)."""
    world = context.world(name)
    world.database.create()
    create_tables(world.database)
    world.register_connector(TABLES, partitions=3)
    service = world.service().start_ready()
    changes = context.own(
        start_changes(world.database, ENDLESS, keys, context.seed, per_second))
    wait_until("some records to be committed", lambda: world.committed_records() > records, 120)
    return world, service, changes
