-- The demo's database: two tables with rows that exist before the connector takes its snapshot.
-- Running it again changes nothing.
--   psql -h 127.0.0.1 -p 15432 -U postgres -v ON_ERROR_STOP=1 -f configs/demo.sql

\set QUIET on
\set ON_ERROR_STOP on
set client_min_messages = warning;
select 'create database testdb' where not exists (select from pg_database where datname = 'testdb') \gexec
\connect testdb
set client_min_messages = warning;

create table if not exists users (
  id serial primary key,
  username text not null,
  email text not null,
  created_at timestamptz not null default now(),
  balance numeric(12, 2) not null default 0,
  bio text
);

create table if not exists orders (
  id serial primary key,
  user_id integer not null,
  product text not null,
  quantity integer not null default 1,
  price numeric(12, 2) not null,
  status text not null default 'new',
  created_at timestamptz not null default now()
);

-- The third bio is long enough to be stored out of line: PostgreSQL leaves such a value out of the
-- change record of an update that does not touch it.
insert into users (username, email, created_at, balance, bio)
select * from (values
  ('ada', 'ada@example.com', timestamptz '2026-01-15 10:20:30.123456+00', 1234.50, 'Writes programs for engines.'),
  ('bob', 'bob@example.com', timestamptz '2026-02-01 00:00:00+00', 0.00, null),
  ('cleo', 'cleo@example.com', timestamptz '2026-02-28 23:59:59.999+00', -17.25,
   (select string_agg(md5(n::text), ' ') from generate_series(1, 200) n))
) as rows (username, email, created_at, balance, bio)
where not exists (select from users);

insert into orders (user_id, product, quantity, price, status, created_at)
select * from (values
  (1, 'punched cards', 500, 0.02, 'shipped', timestamptz '2026-03-01 09:00:00+00'),
  (2, 'ladder', 1, 89.90, 'new', timestamptz '2026-03-02 12:30:00+00')
) as rows (user_id, product, quantity, price, status, created_at)
where not exists (select from orders);
