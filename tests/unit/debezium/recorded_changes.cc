#include "tests/unit/debezium/recorded_changes.h"

#include <simdjson.h>

#include <string_view>

namespace sluice::debezium {
namespace {

using simdjson::dom::element;

std::string Text(element object, std::string_view name) {
  element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS) return {};
  return std::string(std::string_view(value));
}

std::optional<OwnedRow> ReadRow(element object, std::string_view name) {
  simdjson::dom::array values;
  if (object.at_key(name).get(values) != simdjson::SUCCESS) return std::nullopt;
  OwnedRow row;
  for (const element value : values) {
    using Kind = ColumnValue::Kind;
    if (value.is_null()) {
      row.Add(Kind::kNull, "");
    } else if (value.is_bool()) {
      row.Add(bool(value) ? Kind::kUnchanged : Kind::kAbsent, "");
    } else {
      row.Add(Kind::kText, std::string(std::string_view(value)));
    }
  }
  return row;
}

std::string Unhex(const std::string& digits) {
  std::string bytes;
  for (size_t at = 0; at + 1 < digits.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace

void OwnedRow::AddAbsent(size_t at) {
  values_.insert(values_.begin() + static_cast<std::ptrdiff_t>(at),
                 {ColumnValue::Kind::kAbsent, ""});
}

void OwnedRow::Add(ColumnValue::Kind kind, std::string text) {
  values_.emplace_back(kind, std::move(text));
}

Row OwnedRow::view() const {
  views_.clear();
  for (const auto& [kind, text] : values_) views_.push_back({kind, text});
  return views_;
}

std::vector<RecordedChange> ReadRecordedChanges(std::filesystem::path golden) {
  std::vector<RecordedChange> changes;
  simdjson::dom::parser parser;
  golden.replace_extension(".rows");
  const simdjson::padded_string text = simdjson::padded_string::load(golden.string());
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const element line = parser.parse(std::string(rest.substr(0, end)));
    rest.remove_prefix(end + 1);
    RecordedChange change;
    if (!line.is_null()) {
      change.kind = Text(line, "kind");
      change.table = Text(line, "table");
      change.shape = Text(line, "shape");
      change.prefix = Text(line, "prefix");
      change.content = Unhex(Text(line, "content"));
      change.before = ReadRow(line, "before");
      change.after = ReadRow(line, "after");
      change.new_key = ReadRow(line, "newkey");
      change.old_key = ReadRow(line, "oldkey");
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace sluice::debezium
