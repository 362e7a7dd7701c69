-- The tables of the outbox scenario (scripts/quickstart outbox): what a service keeps, and the
-- events that it tells of it in the same transactions. Running it again changes nothing.
--   psql -h 127.0.0.1 -p 15432 -U postgres -v ON_ERROR_STOP=1 -f configs/outbox.sql

\set QUIET on
\set ON_ERROR_STOP on
set client_min_messages = warning;
select 'create database workshop' where not exists (select from pg_database where datname = 'workshop') \gexec
\connect workshop
set client_min_messages = warning;

create table if not exists transactions (
  id bigint generated always as identity primary key,
  price numeric(12, 2) not null,
  status text not null
);

-- The outbox. aggregatetype chooses the topic, aggregateid the key, so that the events of one
-- aggregate stay in their order; id goes with each event as a header.
create table if not exists events (
  id uuid primary key default gen_random_uuid(),
  aggregatetype text not null,
  aggregateid text not null,
  type text not null default 'event',
  payload jsonb
);
