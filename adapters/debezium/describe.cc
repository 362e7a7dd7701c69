#include "adapters/debezium/describe.h"

#include <charconv>

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

/// A string's meaning; other values as they stand; nothing for null.
std::string Plain(std::string_view value) {
  if (value == "null") return {};
  if (value.size() < 2 || value.front() != '"') return std::string(value);
  std::string text;
  return AppendUnescaped(value.substr(1, value.size() - 2), text) ? text : std::string(value);
}

std::optional<int64_t> Integer(std::string_view value) {
  int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

std::string Row(std::string_view value) {
  return value == "null" ? "" : std::string(value);
}

void DescribeSource(std::string_view source, RecordDescription& description) {
  MemberReader members(source);
  while (members.Next()) {
    const std::string_view name = members.name();
    const std::string_view value = members.value();
    if (name == "connector") description.connector = Plain(value);
    if (name == "db") description.db = Plain(value);
    if (name == "schema") description.schema = Plain(value);
    if (name == "table") description.table = Plain(value);
    if (name == "snapshot") description.snapshot = Plain(value);
    if (name == "txId") description.tx_id = Integer(value);
    if (name == "lsn") description.lsn = Integer(value);
    if (name == "ts_ms") description.source_ms = Integer(value);
  }
}

}  // namespace

void RecordDescriber::DescribeKey(const Record& record, RecordDescription& description) {
  if (!record.key) return;
  const KeyShape shape = key_.Read(record.partition, *record.key);
  description.key_with_schema = key_.with_schema();
  if (shape != KeyShape::kColumns) return;
  for (size_t i = 0; i < key_.parts().size(); ++i) {
    const KeyPart& part = key_.parts()[i];
    const std::string name =
        i < key_.names().size() ? Plain("\"" + std::string(key_.names()[i]) + "\"") : "";
    description.key.push_back({name, part.kind, std::string(part.text)});
  }
}

void RecordDescriber::DescribeEnvelope(RecordDescription& description) {
  const ObjectFrame& envelope = decoder_.envelope();
  description.op = Plain(envelope.at(Member::kOp));
  description.envelope_ms = Integer(envelope.at(Member::kTsMs));
  description.before = Row(envelope.at(Member::kBefore));
  description.after = Row(envelope.at(Member::kAfter));
  DescribeSource(envelope.at(Member::kSource), description);
}

RecordDescription RecordDescriber::Describe(const Record& record) {
  RecordDescription description;
  ChangeEvent event;
  decoder_.Decode(record, event);
  description.kind = event.kind;
  description.skip = event.skip;
  description.reject = event.reject;
  description.value_with_schema = decoder_.value_with_schema();
  for (const UnchangedField& field : event.unchanged) {
    description.unchanged.push_back(Plain("\"" + std::string(field.name) + "\""));
  }
  DescribeKey(record, description);
  DescribeEnvelope(description);
  return description;
}

RecordDescription RecordDescriber::DescribeDocument(const Record& record,
                                                    const ChangeEvent& event) {
  RecordDescription description;
  description.kind = event.kind;
  description.skip = event.skip;
  description.reject = event.reject;
  DescribeKey(record, description);
  return description;
}

}  // namespace sluice::debezium
