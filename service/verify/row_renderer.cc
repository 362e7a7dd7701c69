#include "service/verify/row_renderer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::verify {
namespace {

constexpr std::array<std::string_view, 3> kTextTypes = {"text", "character varying", "varchar"};

template <typename Number>
bool IsInteger(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // "007" and "-0" are numbers to the database, and no id that is ever written.
  return error == std::errc() && end == text.data() + text.size() && std::to_string(number) == text;
}

bool IsUuid(std::string_view text) {
  constexpr size_t kSize = 36;
  if (text.size() != kSize) return false;
  for (size_t i = 0; i < kSize; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !digit) return false;
  }
  return true;
}

}  // namespace

Result<RowRenderer::Rendered> RowRenderer::Render(const Table& table, Row row) {
  const std::string where = "a row of " + table.schema + "." + table.name;
  Record record;
  const auto key = encoder_.Key(table, row);
  if (!key) {
    return Error{"the table " + table.schema + "." + table.name +
                     " has no key, so that its rows have no documents",
                 "give it a primary key or message.key.columns, or leave it out"};
  }
  ChangeContext context;
  context.mark = SnapshotMark::kIncremental;
  record.key = key;
  record.value = encoder_.Value(RowOperation::kRead, table, std::nullopt, row, context);
  decoder_.Decode(record, event_);
  if (event_.kind != EventKind::kRead) {
    return Error{where + " makes an event that is refused: " +
                     std::string(event_.kind == EventKind::kReject ? RejectReasonName(event_.reject)
                                                                   : EventKindName(event_.kind)),
                 "see `sluice inspect`"};
  }
  Rendered rendered;
  rendered.name.id = ids_.Build(event_.key);
  rendered.name.full_key = ids_.full_text();
  rendered.document = event_.after;
  if (!rendered.name.full_key.empty()) {
    PrependFullKey(rendered.name.full_key, event_.after, document_);
    rendered.document = document_;
  }
  return rendered;
}

std::optional<std::string> RowRenderer::IdOf(std::string_view key_bytes) {
  Record record;
  record.key = key_bytes;
  decoder_.Decode(record, event_);
  if (event_.kind != EventKind::kTombstone || event_.key.empty()) return std::nullopt;
  return std::string(ids_.Build(event_.key));
}

std::optional<std::string> RowRenderer::TombstoneKey(const Table& table, const DocumentName& name) {
  const auto texts = TextsOf(table, name);
  if (!texts) return std::nullopt;
  std::vector<ColumnValue> values(table.columns.size());
  for (size_t i = 0; i < texts->size(); ++i) {
    const uint32_t place = table.key[i];
    const auto& text = (*texts)[i];
    values[place].kind = text ? ColumnValue::Kind::kText : ColumnValue::Kind::kNull;
    if (!text) continue;
    // A boolean's text in an id is not the database's.
    const bool boolean = table.columns[place].type == ColumnType::kBoolean;
    values[place].text = boolean ? std::string_view(*text).substr(0, 1) : *text;
  }
  const auto bytes = encoder_.Key(table, values);
  if (!bytes) return std::nullopt;
  std::string kept(*bytes);
  if (IdOf(kept) != name.id) return std::nullopt;
  return kept;
}

JsonFields JsonFieldsOf(const Table& table, debezium::HstoreMode hstore) {
  JsonFields fields;
  for (const Column& column : table.columns) {
    const bool json = column.type == ColumnType::kJson ||
                      (column.type == ColumnType::kHstore && hstore == debezium::HstoreMode::kJson);
    if (json) fields.insert(column.name);
  }
  return fields;
}

bool IsPlainInIds(const Column& column) {
  if (column.array) return false;
  const std::string_view type = column.type_name;
  switch (column.type) {
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kUuid:
    case ColumnType::kEnum: return true;
    case ColumnType::kInt64: return type == "bigint";  // object numbers have another range
    case ColumnType::kText:
      return std::any_of(kTextTypes.begin(), kTextTypes.end(), [&](std::string_view known) {
        return type == known || type.starts_with(std::string(known) + "(");
      });
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kDecimal:
    case ColumnType::kNumeric:
    case ColumnType::kMoney:
    case ColumnType::kBytes:
    case ColumnType::kBits:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kTimeTz:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
    case ColumnType::kInterval:
    case ColumnType::kJson:
    case ColumnType::kXml:
    case ColumnType::kHstore:
    case ColumnType::kLtree:
    case ColumnType::kTsvector:
    case ColumnType::kPoint:
    case ColumnType::kBox:
    case ColumnType::kLineSegment:
    case ColumnType::kPath:
    case ColumnType::kPolygon:
    case ColumnType::kCircle:
    case ColumnType::kLine:
    case ColumnType::kGeometry:
    case ColumnType::kGeography:
    case ColumnType::kVector:
    case ColumnType::kHalfVector:
    case ColumnType::kSparseVector:
    case ColumnType::kComposite:
    case ColumnType::kOther: break;
  }
  return false;
}

bool CanBeValue(const Column& column, std::string_view text) {
  if (column.type == ColumnType::kBoolean) return text == "true" || text == "false";
  if (column.type == ColumnType::kInt16) return IsInteger<int16_t>(text);
  if (column.type == ColumnType::kInt32) return IsInteger<int32_t>(text);
  if (column.type == ColumnType::kInt64) return IsInteger<int64_t>(text);
  if (column.type == ColumnType::kUuid) return IsUuid(text);
  if (column.type == ColumnType::kEnum) {
    return std::find(column.allowed.begin(), column.allowed.end(), text) != column.allowed.end();
  }
  return text.find('\0') == std::string_view::npos;
}

std::optional<KeyTexts> TextsOf(const Table& table, const DocumentName& name) {
  auto texts = KeyTextsOf(name.full_key.empty() ? name.id : name.full_key, table.key.size());
  if (!texts) return std::nullopt;
  for (size_t i = 0; i < texts->size(); ++i) {
    const Column& column = table.columns[table.key[i]];
    const auto& text = (*texts)[i];
    if (!IsPlainInIds(column)) return std::nullopt;
    // Columns of message.key.columns may be null.
    if (text ? !CanBeValue(column, *text) : !column.optional) return std::nullopt;
  }
  return texts;
}

}  // namespace sluice::verify
