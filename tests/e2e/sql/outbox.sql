-- Two outboxes of one structure, as one event router needs them. What stands here reaches a real
-- EventRouter and must not end its task: what does that is in cases/outbox.py.
create table events (
  id uuid primary key default gen_random_uuid(), aggregatetype text not null, aggregateid text,
  type text default 'created', payload jsonb, at timestamp, part int, version int default 1);
create table notes (
  id uuid primary key default gen_random_uuid(), aggregatetype text not null, aggregateid text,
  type text default 'created', payload text, at timestamp, part int, version int default 1);
insert into events (aggregatetype, aggregateid, payload) values ('Order', '1', '{"id": 1}');
insert into notes (aggregatetype, aggregateid, payload) values ('Note', 'n1', 'there before');
-- existing
insert into events (aggregatetype, aggregateid, payload) values ('user', '123', '{"event": "user-created", "name": "John Doe"}');
insert into events (aggregatetype, aggregateid, payload) values ('Order', '456', '{"event": "order-created", "amount": 100.50}');
insert into events (aggregatetype, aggregateid, type, payload) values ('product', '789', 'updated', '{"name": "Widget Pro", "tags": ["a", "b"], "n": 3000000000}');
-- sync
insert into events (aggregatetype, aggregateid, payload) values ('Order', '1', '{"nothing": null, "none": [], "inner": {"also": null, "x": 1.50}, "f": 1e2, "t": true}');
insert into events (aggregatetype, aggregateid, payload) values ('Order', '2', '{"lines": [{"sku": "a", "qty": 2}, {"sku": "b", "qty": 3}], "numbers": [null, 2, 3], "deep": {"a": {"b": {"c": "d"}}}}');
insert into events (aggregatetype, aggregateid, payload) values ('Order', '3', '{"text": "quote \" backslash \\ tab \t Zoë 😀", "e": ""}');
insert into events (aggregatetype, aggregateid, payload) values ('Order', '4', '[1, {"b": null}]'), ('Order', '5', '"just a string"'), ('Order', '6', '12'), ('Order', '7', 'null');
insert into events (aggregatetype, aggregateid, payload) values ('Order', '8', '{}');
insert into events (aggregatetype, aggregateid, payload) values ('Order', '9', null);
-- sync
insert into notes (aggregatetype, aggregateid, payload) values ('Note', 'n2', ''), ('Note', 'n3', E' \t '), ('Note', 'n4', null), ('Note', 'n5', 'plain text'), ('Note', 'n6', '{broken');
insert into notes (aggregatetype, aggregateid, payload) values ('Note', 'n7', '{ "spaces" : [ 1 , 2 ] ,' || chr(10) || ' "u" : "\u0041\/" }');
insert into notes (aggregatetype, aggregateid, payload) values ('Note', 'n8', ' {"blank": "before"}');
insert into notes (aggregatetype, aggregateid, payload) values ('Note', 'n9', '{"twice": 1, "twice": 2}');
insert into notes (aggregatetype, aggregateid, payload) select 'Note', 'big', string_agg(md5(n::text), '') from generate_series(1, 2000) n;
-- sync
insert into events (aggregatetype, aggregateid, payload) values ('', 'e', '{"no": "type"}'), ('a.b-c', '', '{"no": "id"}'), ('Order', null, '{"no": "key"}');
insert into events (aggregatetype, aggregateid, type, payload) values ('Order', '1', null, '{"no": "type"}');
insert into events (aggregatetype, aggregateid, payload, at, part, version) values ('Order', '1', '{"at": 1}', '2026-01-15 10:20:30.123456', 2, 2), ('Order', '1', '{"at": 2}', '2026-01-15 10:20:31', 0, 2), ('Order', '1', '{"at": 3}', null, 1, 1);
-- sync
begin;
insert into events (aggregatetype, aggregateid, payload) values ('Order', '1', '{"step": 1}');
insert into events (aggregatetype, aggregateid, payload) values ('Order', '1', '{"step": 2}');
savepoint s;
insert into events (aggregatetype, aggregateid, payload) values ('Order', '1', '{"never": 1}');
rollback to s;
insert into notes (aggregatetype, aggregateid, payload) values ('Note', '1', 'same transaction');
commit;
begin;
insert into events (aggregatetype, aggregateid, payload) values ('Order', '1', '{"never": 2}');
rollback;
-- sync
update events set payload = '{"changed": true}' where aggregateid = '456';
delete from events where aggregateid = '789';
update notes set type = 'changed' where aggregateid = 'n5';
-- sync
update notes set id = '00000000-0000-4000-8000-000000000001' where aggregateid = 'n6';
insert into notes (aggregatetype, aggregateid, payload) values ('Note', 'last', 'the last one');
