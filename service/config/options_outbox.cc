#include "service/config/option_table.h"

namespace sluice::config {
namespace {

void AddColumns(std::vector<Option>& table) {
  table.push_back(List("outbox.table.include.list", &C::outbox_tables, false,
                       "Tables that are outboxes, as regular expressions over schema.table; they "
                       "have to be captured. Empty: none, and the rest of this section has no "
                       "meaning.",
                       "[public.events]"));
  table.push_back(Text("outbox.table.field.event.id", &C::outbox_event_id, "id",
                       "The column with the event's id, which becomes the header id."));
  table.push_back(Text("outbox.table.field.event.key", &C::outbox_event_key, "aggregateid",
                       "The column that becomes the record's key."));
  table.push_back(Text("outbox.table.field.event.payload", &C::outbox_event_payload, "payload",
                       "The column that becomes the record's value."));
  table.push_back(Text("outbox.table.field.event.timestamp", &C::outbox_event_timestamp, "",
                       "A timestamp column, with or without time zone, that becomes the record's "
                       "time. Empty, and where it is null: the time of sending.",
                       "occurred_at"));
  table.push_back(Text("outbox.table.field.event.schema.version", &C::outbox_event_schema_version,
                       "",
                       "A column with whole numbers that becomes the version of the value's "
                       "schema, where values have one and the payload is not alone in it.",
                       "version"));
  table.push_back(List("outbox.table.fields.additional.placement", &C::outbox_placement, false,
                       "Further columns, each as COLUMN:PLACEMENT or COLUMN:PLACEMENT:NAME. "
                       "PLACEMENT is header; envelope, which makes the value an object of payload "
                       "and these; or partition, whose number says where the record goes.",
                       "['type:header:eventType', 'region:envelope']"));
  table.push_back(Choice("outbox.table.field.additional.missing", &C::outbox_additional_missing,
                         "error", {"error", "ignore"},
                         "What is done where a table has none of these further columns: error "
                         "halts, ignore goes without."));
}

void AddPayload(std::vector<Option>& table) {
  table.push_back(Boolean("outbox.table.expand.json.payload", &C::outbox_expand_json, "false",
                          "Whether a text or json payload that holds a JSON object or array is "
                          "told as that, where it is told as a text in quotes otherwise."));
  table.push_back(Choice("outbox.table.json.payload.null.behavior", &C::outbox_json_nulls, "ignore",
                         {"ignore", "optional_bytes"},
                         "Members of such objects that are null: ignore leaves them out, "
                         "optional_bytes (the router's word) keeps them."));
  table.push_back(Choice("outbox.table.json.payload.empty.array.behavior",
                         &C::outbox_json_empty_arrays, "ignore", {"ignore", "optional_string"},
                         "Members that are arrays without items: ignore leaves them out, "
                         "optional_string keeps them."));
  table.push_back(Choice("outbox.key.format", &C::outbox_key_format, "json", {"json", "text"},
                         "json writes the key as Connect's JsonConverter does, a text in quotes; "
                         "text as its StringConverter, without."));
  table.push_back(Choice("outbox.value.format", &C::outbox_value_format, "json", {"json", "text"},
                         "The same for the value; text writes a bytea payload as its bytes, and "
                         "leaves no place for envelope columns."));
}

void AddRoute(std::vector<Option>& table) {
  table.push_back(Text("outbox.route.by.field", &C::outbox_route_by, "aggregatetype",
                       "The column that says which topic an event goes to."));
  table.push_back(Text("outbox.route.topic.regex", &C::outbox_topic_regex, "(?<routedByValue>.*)",
                       "A regular expression over that column's whole text (case counts). A text "
                       "that does not match is itself the topic's name."));
  table.push_back(Text("outbox.route.topic.replacement", &C::outbox_topic_replacement,
                       "outbox.event.$${routedByValue}",
                       "The topic's name where it matches; $1 and ${name} (written $${name}) are "
                       "what the expression's groups have matched."));
  table.push_back(Integer("outbox.route.topics.max", &C::outbox_topics_max, "1000", 1, 100'000,
                          "To how many topics events of one run may go: a mistaken column would "
                          "make a topic of each row. Above it an event is unroutable."));
  table.push_back(Choice("outbox.route.unroutable", &C::outbox_unroutable, "halt",
                         {"halt", "envelope"},
                         "What is done with an event that has no topic, partition or time that "
                         "Kafka can have: halt stops; envelope writes the row, as of any other "
                         "table, to the topic of its table."));
  table.push_back(Boolean("outbox.route.tombstone.on.empty.payload", &C::outbox_tombstones, "false",
                          "Whether an event with a payload that is null or blank has no value, "
                          "so that compaction, and an index, forget its key."));
  table.push_back(Choice("outbox.table.op.invalid.behavior", &C::outbox_op_invalid, "warn",
                         {"warn", "error", "fatal"},
                         "What an UPDATE of an outbox's row does, which is no event: warn and "
                         "error log it so, fatal halts. Deletes are no events either, and fine."));
}

}  // namespace

std::vector<Option> OutboxOptions() {
  std::vector<Option> options;
  AddColumns(options);
  AddPayload(options);
  AddRoute(options);
  return options;
}

}  // namespace sluice::config
