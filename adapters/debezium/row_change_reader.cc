#include "adapters/debezium/row_change_reader.h"

#include <algorithm>
#include <utility>

#include "adapters/debezium/json_text.h"
#include "core/operations/change_header.h"

namespace sluice::debezium {
namespace {

/// Stands in place of the record's own key, which may be null.
constexpr std::string_view kAnyKey = R"({"key":0})";

bool IsObject(std::string_view text) {
  return !text.empty() && text.front() == '{';
}

void Refuse(RowChange& change, RejectReason reason) {
  change = RowChange{};
  change.kind = EventKind::kReject;
  change.reject = reason;
}

}  // namespace

RowChangeReader::RowChangeReader(DecoderOptions options, std::vector<std::string> columns)
    : envelopes_(std::move(options)), columns_(std::move(columns)) {
  for (State* const state : {&before_, &after_}) {
    state->columns.resize(columns_.size());
    state->texts.resize(columns_.size());
  }
}

void RowChangeReader::Decode(const Record& record, std::optional<std::string_view> header,
                             RowChange& change) {
  Record keyed = record;
  keyed.key = kAnyKey;
  envelopes_.Decode(keyed, event_);
  change = RowChange{};
  change.kind = event_.kind;
  change.reject = event_.reject;
  const bool told = event_.kind == EventKind::kCreate || event_.kind == EventKind::kUpdate ||
                    event_.kind == EventKind::kDelete;
  if (!told) return;
  if (const auto parsed = header ? ParseChangeHeader(*header) : std::nullopt; parsed) {
    ReadUnchangedColumns(parsed->unchanged, unchanged_);
    if (!event_.after.empty() && !envelopes_.SetUnchanged(unchanged_, event_))
      return Refuse(change, RejectReason::kBadHeader);
  }
  change.commit_ms = event_.source_ms;
  const std::string_view before = envelopes_.envelope().at(Member::kBefore);
  if (IsObject(before)) {
    if (!ReadState(before, before_)) return Refuse(change, RejectReason::kBadJson);
    change.before = before_.columns;
  }
  if (!event_.after.empty()) {
    if (!ReadState(event_.after, after_)) return Refuse(change, RejectReason::kBadJson);
    MarkUnchanged(event_);
    change.after = after_.columns;
  }
  ReadSource(change);
  change.row = event_.after.empty() ? before : std::string_view(event_.after);
}

bool RowChangeReader::ReadState(std::string_view row, State& state) {
  std::fill(state.columns.begin(), state.columns.end(), ColumnState{});
  MemberReader members(row);
  while (members.Next()) {
    const auto column = ColumnOf(members.name());
    if (column && !ReadValue(members.value(), *column, state)) return false;
  }
  return members.ok();
}

/// The column of a member's name, which stands as in the text, without quotes.
std::optional<size_t> RowChangeReader::ColumnOf(std::string_view name) {
  if (name.find('\\') != std::string_view::npos) {
    name_.clear();
    if (!AppendUnescaped(name, name_)) return std::nullopt;
    name = name_;
  }
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<size_t>(found - columns_.begin());
}

bool RowChangeReader::ReadValue(std::string_view json, size_t column, State& state) const {
  ColumnState& value = state.columns[column];
  std::string& text = state.texts[column];
  switch (json.front()) {
    case '"': {
      const std::string_view content = json.substr(1, json.size() - 2);
      value = {ColumnState::Kind::kText, content};
      if (content.find('\\') == std::string_view::npos) return true;
      text.clear();
      if (!AppendUnescaped(content, text)) return false;
      value.text = text;
      return true;
    }
    case '{':
    case '[':
      text.clear();
      AppendMinified(json, text);
      value = {ColumnState::Kind::kJson, text};
      return true;
    case 'n': value = {ColumnState::Kind::kNull, {}}; return true;
    default: value = {ColumnState::Kind::kLiteral, json}; return true;
  }
}

void RowChangeReader::MarkUnchanged(const ChangeEvent& event) {
  for (const UnchangedField& field : event.unchanged)
    if (const auto column = ColumnOf(field.name))
      after_.columns[*column] = {ColumnState::Kind::kUnchanged, {}};
}

/// The names stand as in the text: whoever compares them compares what one program has written.
void RowChangeReader::ReadSource(RowChange& change) {
  const std::string_view source = envelopes_.envelope().at(Member::kSource);
  if (!IsObject(source)) return;
  source_.clear();
  MemberReader members(source);
  while (members.Next()) {
    const std::string_view value = members.value();
    if (members.name() == "name" || members.name() == "db") {
      source_.append(value).append(1, '.');
    } else if (members.name() == "lsn") {
      if (SkipDigits(value.data(), value.data() + value.size()) == value.data() + value.size())
        change.source_position = value;
    }
  }
  change.source = source_;
}

}  // namespace sluice::debezium
