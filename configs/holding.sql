-- The table of the holding scenario (scripts/quickstart holding): which stocks a bank's users hold.
-- Running it again changes nothing.
--   psql -h 127.0.0.1 -p 15432 -U postgres -v ON_ERROR_STOP=1 -f configs/holding.sql

\set QUIET on
\set ON_ERROR_STOP on
set client_min_messages = warning;
select 'create database brokerage' where not exists (select from pg_database where datname = 'brokerage') \gexec
\connect brokerage
set client_min_messages = warning;

create schema if not exists bank;
create table if not exists bank.holding (
  holding_id int primary key,
  user_id int,
  holding_stock varchar(8),
  holding_quantity int,
  datetime_created timestamp,
  datetime_updated timestamp
);

-- The whole row as it was goes into the log with each change: without it the old values of an update
-- are not told, and there is no change log.
alter table bank.holding replica identity full;
