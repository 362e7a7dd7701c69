#include "service/config/option_table.h"

namespace sluice::config {
namespace {

void AddTopics(std::vector<Option>& table) {
  table.push_back(RequiredText("topic.prefix", &C::topic_prefix,
                               "The source's name, which the names of all its topics begin with. "
                               "Another name is another source: it starts anew.",
                               "cdc"));
  table.push_back(Text("topic.delimiter", &C::topic_delimiter, ".",
                       "What stands between the parts of a topic's name."));
  table.push_back(Text("topic.heartbeat.prefix", &C::topic_heartbeat_prefix, "__debezium-heartbeat",
                       "Heartbeats go to the topic topic.heartbeat.prefix.topic.prefix."));
  table.push_back(Text("topic.transaction", &C::topic_transaction, "transaction",
                       "Beginnings and ends of transactions go to the topic "
                       "topic.prefix.topic.transaction."));
  table.push_back(Text("topic.routing.regex", &C::topic_routing_regex, "",
                       "A table's topic whose whole name matches this regular expression (as those "
                       "of tables, but case counts) gets another name, as with Kafka Connect's "
                       "RegexRouter, which leaves keys and values as they are: their schemas keep "
                       "the name from before. One topic takes the rows of one table.",
                       "cdc\\.public\\.(.*)"));
  table.push_back(Text("topic.routing.replacement", &C::topic_routing_replacement, "",
                       "That other name; $1 and ${name} are what the expression's groups have "
                       "matched. A dollar itself is \\$.",
                       "shop.$1"));
  table.push_back(Integer("topic.creation.default.partitions", &C::topic_creation_partitions, "-1",
                          -1, 10'000,
                          "Partitions of a topic that is created. -1: as the brokers have it."));
  table.push_back(Integer("topic.creation.default.replication.factor",
                          &C::topic_creation_replication_factor, "-1", -1, 100,
                          "Replicas of a topic that is created. -1: as the brokers have it."));
}

void AddRecords(std::vector<Option>& table) {
  table.push_back(Boolean("key.converter.schemas.enable", &C::key_schemas_enable, "false",
                          "Whether each key is sent with its schema. Kafka Connect's default is "
                          "true. Changing it moves keys to other partitions."));
  table.push_back(Boolean("value.converter.schemas.enable", &C::value_schemas_enable, "false",
                          "Whether each value is sent with its schema. Kafka Connect's default is "
                          "true; a schema is often longer than the row."));
  table.push_back(Boolean("tombstones.on.delete", &C::tombstones_on_delete, "true",
                          "Whether a delete is followed by a record without a value, so that "
                          "compaction forgets the key."));
  table.push_back(Words(
      "skipped.operations", &C::skipped_operations, "t", {"c", "u", "d", "t", "none"},
      "Operations that are not told: c inserts, u updates, d deletes, t truncates; none tells "
      "all. The default is Debezium's: a TRUNCATE reaches no topic, and its rows stay in "
      "whatever the topic feeds; with none the index does what truncate.mode says."));
  table.push_back(Boolean("provide.transaction.metadata", &C::provide_transaction_metadata, "false",
                          "Whether beginnings and ends of transactions are told in a topic of "
                          "their own, and each record tells its transaction."));
  table.push_back(List("compat.debezium", &C::compat_debezium, false,
                       "Tables, as regular expressions over schema.table, whose records are to be "
                       "as Debezium writes them where that loses something: nulls replaced by "
                       "defaults, special numbers lost, arrays within arrays lost.",
                       "[public.legacy]"));
}

void AddValues(std::vector<Option>& table) {
  table.push_back(Choice("decimal.handling.mode", &C::decimal_handling_mode, "precise",
                         {"precise", "double", "string"},
                         "How numeric columns are written: precise, as base64 of a whole number; "
                         "double, which can lose digits; string, as they are."));
  table.push_back(
      Choice("time.precision.mode", &C::time_precision_mode, "adaptive",
             {"adaptive", "adaptive_time_microseconds", "connect", "isostring", "microseconds",
              "nanoseconds"},
             "How dates and times are written: adaptive, as numbers in the column's precision; "
             "adaptive_time_microseconds, the same, but times of day in microseconds; connect, in "
             "milliseconds; isostring, as ISO 8601 text; microseconds or nanoseconds."));
  table.push_back(Choice("interval.handling.mode", &C::interval_handling_mode, "numeric",
                         {"numeric", "string"},
                         "How intervals are written: numeric, in microseconds with months of "
                         "30.4375 days; string, exactly, as P1Y2M3DT4H5M6S."));
  table.push_back(Choice("binary.handling.mode", &C::binary_handling_mode, "bytes",
                         {"bytes", "base64", "base64-url-safe", "hex"},
                         "How bytea columns are written. bytes is base64 in JSON too, with "
                         "another schema."));
  table.push_back(Choice("hstore.handling.mode", &C::hstore_handling_mode, "json", {"json", "map"},
                         "How hstore columns are written: json, as JSON in a text; map, as an "
                         "object."));
  table.push_back(Integer("money.fraction.digits", &C::money_fraction_digits, "2", 0, 18,
                          "Digits behind the point of money columns."));
  table.push_back(Text("unavailable.value.placeholder", &C::unavailable_value_placeholder,
                       "__debezium_unavailable_value",
                       "The text that stands for a large value which an update did not touch and "
                       "the server did not send. hex: in front gives bytes."));
  table.push_back(Boolean("include.unknown.datatypes", &C::include_unknown_datatypes, "false",
                          "For tables in compat.debezium: whether columns of types that Debezium "
                          "does not know are written. Others are always written, as text."));
}

void AddProducer(std::vector<Option>& table) {
  table.push_back(Milliseconds("producer.linger.ms", &C::producer_linger_us, "5", 0, 1 * kMinute,
                               "How long a record waits for others to be sent with."));
  table.push_back(Choice("producer.compression.type", &C::producer_compression_type, "lz4",
                         {"none", "gzip", "snappy", "lz4", "zstd"},
                         "How batches are compressed. Kafka's default is none; envelopes shrink to "
                         "a fraction."));
  table.push_back(Bytes("producer.batch.size", &C::producer_batch_size_bytes, "1MiB", 1 * kKiB,
                        1 * kGiB, "A batch is sent when it has reached this size."));
  table.push_back(Bytes("producer.max.request.size", &C::producer_max_request_size_bytes, "16MiB",
                        1 * kKiB, 1 * kGiB,
                        "The largest record. Kafka's default is 1MiB. A row that is larger, or "
                        "larger than its topic's max.message.bytes, halts the source."));
  table.push_back(Bytes("producer.buffer.memory", &C::producer_buffer_memory_bytes, "32MiB",
                        1 * kMiB, 2047 * kMiB,
                        "Records that wait for the brokers' answer. Above it nothing is read from "
                        "the database."));
}

void AddCapture(std::vector<Option>& table) {
  table.push_back(Text("capture.positions.topic", &C::capture_positions_topic, "sluice.positions",
                       "The compacted topic that remembers how far each source was taken. Created "
                       "when it is missing."));
  table.push_back(Duration("capture.guardian.interval", &C::capture_guardian_interval_us, "1m",
                           kSecond, kHour,
                           "Time between two looks at the slot and the publication while changes "
                           "are read: whether the server still keeps the log, and whether each "
                           "captured table is still published."));
}

}  // namespace

std::vector<Option> EventOptions() {
  std::vector<Option> options;
  AddTopics(options);
  AddRecords(options);
  AddValues(options);
  AddProducer(options);
  AddCapture(options);
  return options;
}

}  // namespace sluice::config
