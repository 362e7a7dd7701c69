-- The table of the package scenario (scripts/quickstart packages): each movement of a package is a
-- row. Running it again changes nothing; `sluice demo package_status` makes the same.
--   psql -h 127.0.0.1 -p 15432 -U postgres -v ON_ERROR_STOP=1 -f configs/packages.sql

\set QUIET on
\set ON_ERROR_STOP on
set client_min_messages = warning;
select 'create database logistics' where not exists (select from pg_database where datname = 'logistics') \gexec
\connect logistics
set client_min_messages = warning;

create table if not exists package_status (
  id bigint generated always as identity primary key,
  package_id bigint not null,
  customer text not null,
  status text not null,
  actual_address text not null,
  next_address text,
  moved_at timestamptz not null default now()
);

create sequence if not exists package_numbers;

-- The key of a record is the package (message.key.columns), so that its statuses stay in their order.
-- For deleted and changed rows the log has to hold it too.
alter table package_status replica identity full;
