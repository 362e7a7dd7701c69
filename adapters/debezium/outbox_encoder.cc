#include "adapters/debezium/outbox_encoder.h"

#include "adapters/debezium/connect_schema.h"
#include "adapters/debezium/json_string.h"
#include "adapters/debezium/json_text.h"
#include "adapters/debezium/scalar_values.h"
#include "adapters/debezium/time_text.h"

namespace sluice::debezium {
namespace {

/// A payload's name, as the field of a value and in the names of inferred schemas.
constexpr std::string_view kPayload = "payload";

bool IsText(const Column& column) {
  return !column.array && (column.type == ColumnType::kJson || column.type == ColumnType::kText);
}

/// Numbers that JSON holds as bytes, and a text as what they are.
bool IsTextOfNumber(const Column& column) {
  return !column.array &&
         (column.type == ColumnType::kDecimal || column.type == ColumnType::kNumeric ||
          column.type == ColumnType::kMoney);
}

ColumnValue ValueOf(Row row, uint32_t place) {
  return place < row.size() ? row[place] : ColumnValue{};
}

}  // namespace

OutboxEncoder::Layout& OutboxEncoder::LayoutOf(const Table& table) {
  if (table.number >= layouts_.size()) layouts_.resize(size_t{table.number} + 1);
  std::unique_ptr<Layout>& layout = layouts_[table.number];
  if (layout == nullptr) {
    layout = std::make_unique<Layout>();
    layout->plain.resize(table.columns.size());
    layout->fidelity = FidelityOf(table, options_);
  }
  return *layout;
}

OutboxEncoder::Layout& OutboxEncoder::LayoutOf(const Table& table, const OutboxShape& shape) {
  Layout& layout = LayoutOf(table);
  if (layout.key != nullptr) return layout;
  const auto schema_of = [&](const ColumnLayout& column, std::string_view name) {
    return SchemaOf(table, column, options_, layout.fidelity, table.columns[column.place].optional,
                    name);
  };
  const auto make = [&](uint32_t place, bool schema) {
    ColumnLayout made = debezium::LayoutOf(table, place, options_);
    made.format.schema = schema;
    return made;
  };
  layout.key = std::make_unique<ColumnLayout>(make(shape.key, options_.key_schemas));
  if (options_.key_schemas) {
    layout.key_head = "{\"schema\":" + schema_of(*layout.key, "") + ",\"payload\":";
  }
  layout.payload = std::make_unique<ColumnLayout>(make(shape.payload, options_.value_schemas));
  const bool alone = shape.fields.empty();
  layout.payload_schema = schema_of(*layout.payload, alone ? std::string_view() : kPayload);
  // What hides a payload would be undone by taking it apart.
  layout.payload_is_text = IsText(table.columns[shape.payload]) && layout.payload->mask == nullptr;
  for (const OutboxColumn& field : shape.fields) {
    ColumnLayout made = make(field.place, options_.value_schemas);
    made.name = "," + Quoted(field.name) + ":";
    layout.field_schemas += "," + schema_of(made, field.name);
    layout.fields.push_back(std::move(made));
  }
  layout.schema_name_head = SchemaPrefix(table, options_) + ".";
  return layout;
}

std::optional<std::string_view> OutboxEncoder::Key(const OutboxShape& shape, const Table& table,
                                                   Row row) {
  key_.out.Clear();
  if (shape.key_form == OutboxShape::Form::kText) {
    const auto text = PlainText(table, shape.key, row);
    if (!text) return std::nullopt;
    key_.out.Append(*text);
    return key_.out.view();
  }
  const Layout& layout = LayoutOf(table, shape);
  key_.out.Append(layout.key_head);
  AppendOnly(*layout.key, row, key_);
  if (options_.key_schemas) key_.out.Put('}');
  return key_.out.view();
}

bool OutboxEncoder::Expand(const OutboxShape& shape, const Layout& layout, std::string_view text) {
  const ExpansionRules rules{shape.nulls, shape.empty_arrays};
  expansion_.schema.clear();
  const bool json = shape.value_form == OutboxShape::Form::kJson;
  if (json && (options_.value_schemas || layout.fidelity == Fidelity::kCompat)) {
    return ExpandTyped(text, rules, layout.fidelity, kPayload,
                       shape.fields.empty() ? std::string_view() : kPayload, expansion_);
  }
  expanded_.Clear();
  if (!AppendExpanded(text, rules, expanded_)) return false;
  expansion_.json.assign(expanded_.view());
  return true;
}

void OutboxEncoder::AppendSchema(const OutboxShape& shape, const Layout& layout, Row row,
                                 std::string_view route) {
  TextBuffer& out = value_.out;
  const std::string_view payload =
      expansion_.schema.empty() ? std::string_view(layout.payload_schema) : expansion_.schema;
  out.Append("{\"schema\":");
  if (shape.fields.empty()) {
    out.Append(payload);
  } else {
    out.Append("{\"type\":\"struct\",\"fields\":[");
    out.Append(payload);
    out.Append(layout.field_schemas);
    out.Append("],\"optional\":false,\"name\":");
    out.Append(Quoted(layout.schema_name_head + std::string(route) + ".Value"));
    if (shape.schema_version) {
      const ColumnValue version = ValueOf(row, *shape.schema_version);
      if (version.kind == ColumnValue::Kind::kText) {
        out.Append(",\"version\":");
        out.Append(version.text);
      }
    }
    out.Put('}');
  }
  out.Append(",\"payload\":");
}

OutboxValue OutboxEncoder::Event(const OutboxShape& shape, const Table& table, Row row,
                                 std::string_view route) {
  const Layout& layout = LayoutOf(table, shape);
  const ColumnValue payload = ValueOf(row, shape.payload);
  const bool there = payload.kind == ColumnValue::Kind::kText;
  OutboxValue value;
  expansion_.schema.clear();
  const bool expanded =
      shape.expands && there && layout.payload_is_text && Expand(shape, layout, payload.text);
  value.as_text = shape.expands && there && !expanded;
  TextBuffer& out = value_.out;
  out.Clear();
  if (shape.value_form == OutboxShape::Form::kText) {
    const auto text = PlainText(table, shape.payload, row);
    if (!text) return value;
    out.Append(expanded ? std::string_view(expansion_.json) : *text);
    value.bytes = out.view();
    return value;
  }
  if (options_.value_schemas) AppendSchema(shape, layout, row, route);
  if (!shape.fields.empty()) out.Append("{\"payload\":");
  if (expanded) {
    out.Append(expansion_.json);
  } else {
    AppendOnly(*layout.payload, row, value_);
  }
  for (const ColumnLayout& field : layout.fields) {
    out.Append(field.name);
    AppendOnly(field, row, value_);
  }
  if (!shape.fields.empty()) out.Put('}');
  if (options_.value_schemas) out.Put('}');
  value.bytes = out.view();
  return value;
}

std::optional<std::string_view> OutboxEncoder::PlainText(const Table& table, uint32_t column,
                                                         Row row) {
  const Column& told = table.columns[column];
  Layout& layout = LayoutOf(table);
  std::unique_ptr<ColumnLayout>& made = layout.plain[column];
  if (made == nullptr) {
    made = std::make_unique<ColumnLayout>(debezium::LayoutOf(table, column, options_));
    made->format.schema = false;
  }
  const ColumnValue value = ValueOf(row, column);
  const bool there = value.kind == ColumnValue::Kind::kText;
  if (there && IsTextOfNumber(told)) return value.text;
  if (there && told.type == ColumnType::kBytes && !told.array && value.text.starts_with("\\x") &&
      DecodeHex(value.text.substr(2), plain_text_)) {
    return plain_text_;
  }
  plain_.out.Clear();
  AppendOnly(*made, row, plain_);
  const std::string_view json = plain_.out.view();
  if (json == "null") return std::nullopt;
  if (json.front() != '"') return json;
  plain_text_.clear();
  const std::string_view content = json.substr(1, json.size() - 2);
  return AppendUnescaped(content, plain_text_) ? std::string_view(plain_text_) : content;
}

std::optional<int64_t> OutboxEncoder::MillisOf(const Table& table, uint32_t column, Row row) const {
  const ColumnValue value = ValueOf(row, column);
  if (value.kind != ColumnValue::Kind::kText) return std::nullopt;
  Moment moment;
  const bool zoned = table.columns[column].type == ColumnType::kTimestampTz;
  const bool read = zoned ? ReadTimestampTz(value.text, moment) : ReadTimestamp(value.text, moment);
  if (!read || moment.special != Special::kNone) return std::nullopt;
  MoveToUtc(moment);
  return SecondsSinceEpoch(moment) * 1'000 + moment.time.micros / 1'000;
}

void OutboxEncoder::TakeAltered(AlteredValues& taken) {
  for (ValueSink* sink : {&value_, &key_, &plain_}) {
    if (sink->altered.empty()) continue;
    AddAltered(taken, sink->altered);
    sink->altered.clear();
  }
}

}  // namespace sluice::debezium
