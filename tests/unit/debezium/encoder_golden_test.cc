// What the database told, encoded, compared byte for byte with what Debezium 3.7 made of the same:
// tests/golden/debezium/*.rows against *.jsonl.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "adapters/debezium/envelope_encoder.h"
#include "tests/unit/debezium/golden_records.h"
#include "tests/unit/debezium/recorded_changes.h"
#include "tests/unit/debezium/workload_tables.h"

namespace sluice::debezium {
namespace {

using simdjson::dom::element;

/// A golden record, with the headers that name other keys.
struct GoldenRecord {
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::map<std::string, std::string> headers;
};

std::vector<GoldenRecord> ReadRecords(const std::filesystem::path& file) {
  std::vector<GoldenRecord> records;
  simdjson::dom::parser parser;
  for (const element line : parser.load_many(file.string(), 1U << 22)) {
    GoldenRecord record;
    record.topic = std::string(std::string_view(line["topic"]));
    if (!line["key"].is_null()) record.key = std::string(std::string_view(line["key"]));
    if (!line["value"].is_null()) record.value = std::string(std::string_view(line["value"]));
    for (const element header : line["headers"]) {
      record.headers[std::string(std::string_view(header.at(0)))] =
          std::string(std::string_view(header.at(1)));
    }
    records.push_back(std::move(record));
  }
  return records;
}

element Payload(element root) {
  element payload;
  return root.at_key("payload").get(payload) == simdjson::SUCCESS ? payload : root;
}

/// The members of a key, in order.
std::vector<std::string> KeyNames(const std::optional<std::string>& key) {
  std::vector<std::string> names;
  if (!key) return names;
  simdjson::dom::parser parser;
  for (const auto field : simdjson::dom::object(Payload(parser.parse(*key)))) {
    names.emplace_back(field.key);
  }
  return names;
}

SnapshotMark MarkOf(std::string_view text) {
  const std::map<std::string_view, SnapshotMark> marks = {
      {"false", SnapshotMark::kNone},
      {"first", SnapshotMark::kFirst},
      {"first_in_data_collection", SnapshotMark::kFirstInTable},
      {"true", SnapshotMark::kRow},
      {"last_in_data_collection", SnapshotMark::kLastInTable},
      {"last", SnapshotMark::kLast},
      {"incremental", SnapshotMark::kIncremental}};
  return marks.at(text);
}

uint64_t NumberIn(const std::string& text) {
  return std::stoull(text);
}

/// Where and when a recorded change was made: known from its record alone.
ChangeContext ContextOf(element payload) {
  ChangeContext context;
  const element source = payload["source"];
  const std::string sequence{std::string_view(source["sequence"])};
  std::smatch parts;
  EXPECT_TRUE(std::regex_match(sequence, parts, std::regex(R"re(\[(?:null|"(\d+)"),"(\d+)"\])re")));
  if (parts[1].matched) context.last_commit = Lsn{NumberIn(parts[1])};
  context.lsn = Lsn{NumberIn(parts[2])};
  if (!source["txId"].is_null()) {
    context.transaction_id = static_cast<uint32_t>(uint64_t(source["txId"]));
  }
  context.commit_us = int64_t(source["ts_us"]);
  context.mark = MarkOf(std::string_view(source["snapshot"]));
  element nanos;
  context.now_ns = payload["ts_ns"].get(nanos) == simdjson::SUCCESS
                       ? int64_t(nanos)
                       : int64_t(payload["ts_ms"]) * 1'000'000;
  const element place = payload["transaction"];
  if (!place.is_null()) {
    context.place = {uint64_t(place["total_order"]), uint64_t(place["data_collection_order"])};
  }
  return context;
}

/// What the encoder is not told: the last three digits of the moment of an incremental snapshot,
/// and the name of a Java object in the place of a table.
std::string Comparable(std::string value) {
  static const std::regex kNanos(R"re(("snapshot":"incremental".*?"ts_ns":\d+)\d{3},)re");
  static const std::regex kObject(R"re("io\.debezium\.connector\.postgresql\.Logical[^"]*")re");
  value = std::regex_replace(value, kNanos, "$01000,");
  return std::regex_replace(value, kObject, "\"message\"");
}

EncoderOptions OptionsOf(const std::string& connector) {
  EncoderOptions options;
  options.version = "3.7.0.Final";
  options.logical_name = connector;
  options.database = "app";
  options.fidelity = [](const Table&) { return Fidelity::kCompat; };
  if (connector == "cdcdbl") {
    options.decimal = DecimalMode::kDouble;
    options.time = TimeMode::kIsoString;
    options.binary = BinaryMode::kBase64;
  }
  options.schema_prefix = [connector](const Table& table) {
    return connector + "." + table.schema + "." + table.name;
  };
  options.key_schemas = options.value_schemas = connector == "cdcs";
  return options;
}

/// Encodes the records of one connector and counts what it compared.
class Replay {
 public:
  explicit Replay(std::string connector)
      : connector_(std::move(connector)), encoder_(OptionsOf(connector_)) {}

  void Compare(const std::filesystem::path& file) {
    const std::vector<GoldenRecord> records = ReadRecords(file);
    const std::vector<RecordedChange> changes = ReadRecordedChanges(file);
    ASSERT_EQ(records.size(), changes.size());
    for (size_t i = 0; i < records.size(); ++i) {
      SCOPED_TRACE(file.filename().string() + " line " + std::to_string(i + 1));
      CompareRecord(records[i], changes[i]);
    }
  }

  std::map<std::string, size_t> compared;
  [[nodiscard]] EnvelopeEncoder& encoder() { return encoder_; }

 private:
  void CompareRecord(const GoldenRecord& record, const RecordedChange& change) {
    if (!record.value) return;  // a tombstone, of which the record before it told the key
    simdjson::dom::parser parser;
    const element payload = Payload(parser.parse(*record.value));
    if (change.kind == "message") {
      EXPECT_EQ(encoder_.MessageKey(change.prefix), *record.key);
      EXPECT_EQ(encoder_.Message(change.prefix, change.content, ContextOf(payload)), *record.value);
      ++compared["message"];
    } else if (change.kind.empty()) {
      CompareOther(record, payload);
    } else {
      CompareRow(record, payload, change);
    }
  }

  void CompareOther(const GoldenRecord& record, element payload) {
    element status;
    if (payload.at_key("status").get(status) == simdjson::SUCCESS) {
      CompareTransaction(record, payload, std::string_view(status) == "END");
      return;
    }
    ASSERT_TRUE(record.topic.starts_with("__debezium-heartbeat")) << *record.value;
    EXPECT_EQ(encoder_.HeartbeatKey(), *record.key);
    EXPECT_EQ(encoder_.Heartbeat(int64_t(payload["ts_ms"])), *record.value);
    ++compared["heartbeat"];
  }

  void CompareTransaction(const GoldenRecord& record, element payload, bool end) {
    const std::string id{std::string_view(payload["id"])};
    const auto transaction = static_cast<uint32_t>(NumberIn(id));
    const Lsn lsn{NumberIn(id.substr(id.find(':') + 1))};
    const int64_t ts_ms = payload["ts_ms"];
    EXPECT_EQ(encoder_.TransactionKey(transaction, lsn), *record.key);
    ++compared[end ? "end" : "begin"];
    if (!end) {
      EXPECT_EQ(encoder_.TransactionBegin(transaction, lsn, ts_ms), *record.value);
      return;
    }
    std::vector<TableCount> counts;
    for (const element table : payload["data_collections"]) {
      const std::string name{std::string_view(table["data_collection"])};
      const bool message = name.starts_with("io.debezium");
      counts.push_back(
          {message ? nullptr : &tables_.Of(name, "", {}), uint64_t(table["event_count"])});
    }
    EXPECT_EQ(encoder_.TransactionEnd(transaction, lsn, ts_ms, counts), Comparable(*record.value));
  }

  void CompareRow(const GoldenRecord& record, element payload, RecordedChange change) {
    const std::string_view op = payload["op"];
    const std::vector<std::string> key = KeyNames(record.key);
    const Table& table = tables_.Of(change.table, change.shape, TableKey(change.table, key));
    for (auto* row : {&change.before, &change.after}) {
      if (*row && change.table == "public.gen" && (*row)->size() == 3) (*row)->AddAbsent(2);
    }
    const ChangeContext context = ContextOf(payload);
    ++compared[std::string(op)];
    if (op == "t") {
      EXPECT_EQ(encoder_.Truncate(table, context), *record.value);
      return;
    }
    ASSERT_TRUE(op == "d" ? change.before.has_value() : change.after.has_value());
    const OwnedRow& keyed = op == "d" ? *change.before : *change.after;
    EXPECT_EQ(encoder_.Key(table, keyed.view()), record.key);
    CompareValue(record, payload, change, table, context);
    CompareLink(record, change, table);
  }

  void CompareValue(const GoldenRecord& record, element payload, const RecordedChange& change,
                    const Table& table, const ChangeContext& context) {
    const std::map<std::string_view, RowOperation> operations = {{"c", RowOperation::kCreate},
                                                                 {"r", RowOperation::kRead},
                                                                 {"u", RowOperation::kUpdate},
                                                                 {"d", RowOperation::kDelete}};
    const RowOperation operation = operations.at(std::string_view(payload["op"]));
    std::optional<Row> before;
    std::optional<Row> after;
    if (change.before) before = change.before->view();
    if (change.after && operation != RowOperation::kDelete) after = change.after->view();
    EXPECT_EQ(encoder_.Value(operation, table, before, after, context), Comparable(*record.value));
  }

  void CompareLink(const GoldenRecord& record, const RecordedChange& change, const Table& table) {
    const std::pair<const char*, const std::optional<OwnedRow>*> links[] = {
        {"__debezium.newkey", &change.new_key}, {"__debezium.oldkey", &change.old_key}};
    for (const auto& [name, row] : links) {
      const auto found = record.headers.find(name);
      ASSERT_EQ(found != record.headers.end(), row->has_value()) << name;
      if (!*row) continue;
      EXPECT_EQ(encoder_.KeyHeader(table, (*row)->view()), found->second);
      ++compared["link"];
    }
  }

  /// A table without a record key may have one that the record does not show: of a truncate.
  static std::vector<std::string> TableKey(const std::string& table,
                                           const std::vector<std::string>& key) {
    if (!key.empty()) return key;
    if (table == "public.orders") return {"user_id", "order_no"};
    if (table == "public.fkp" || table == "public.fkc") return {"id"};
    if (table.starts_with("public.part")) return {"id", "region"};
    return {};
  }

  std::string connector_;
  WorkloadTables tables_;
  EnvelopeEncoder encoder_;
};

std::map<std::string, size_t> CompareAll(const std::string& connector, uint64_t& unparsed) {
  Replay replay(connector);
  for (const auto& file : GoldenFiles()) {
    if (file.filename().string().starts_with(connector + "-")) replay.Compare(file);
  }
  for (const auto& [column, counts] : replay.encoder().TakeAltered()) {
    unparsed += counts[static_cast<size_t>(Alteration::kText)];
  }
  return replay.compared;
}

TEST(EncoderGolden, RecordsWithoutSchemaAreDebeziums) {
  uint64_t unparsed = 0;
  const auto compared = CompareAll("cdc", unparsed);
  for (const char* kind :
       {"c", "r", "u", "d", "t", "message", "begin", "end", "heartbeat", "link"}) {
    EXPECT_GT(compared.count(kind), 0U) << kind;
  }
  EXPECT_EQ(unparsed, 0U);
}

TEST(EncoderGolden, RecordsWithSchemaAreDebeziums) {
  uint64_t unparsed = 0;
  const auto compared = CompareAll("cdcs", unparsed);
  for (const char* kind : {"c", "r", "u", "d", "t", "message", "begin", "end", "heartbeat"}) {
    EXPECT_GT(compared.count(kind), 0U) << kind;
  }
  EXPECT_EQ(unparsed, 0U);
}

TEST(EncoderGolden, DoublesAndIsoTextsAreDebeziums) {
  uint64_t unparsed = 0;
  const auto compared = CompareAll("cdcdbl", unparsed);
  for (const char* kind : {"c", "r", "u", "d", "message", "link"}) {
    EXPECT_GT(compared.count(kind), 0U) << kind;
  }
  EXPECT_EQ(unparsed, 0U);
}

}  // namespace
}  // namespace sluice::debezium
