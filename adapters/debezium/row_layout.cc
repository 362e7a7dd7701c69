#include "adapters/debezium/row_layout.h"

#include <algorithm>

#include "adapters/debezium/connect_schema.h"
#include "adapters/debezium/envelope_schema.h"
#include "adapters/debezium/value_formats.h"

namespace sluice::debezium {
namespace {

void AppendSent(std::string_view text, const ColumnLayout& column, ValueSink& sink) {
  const uint64_t altered = sink.altered_total;
  if (column.mask != nullptr) [[unlikely]] {
    AppendText(column.mask->Apply(text), sink);
  } else {
    AppendValue(text, column.format, sink);
  }
  if (sink.altered_total != altered) [[unlikely]]
    sink.Attribute(column.whose);
}

ColumnValue ValueOf(const ColumnLayout& column, Row row) {
  return column.place < row.size() ? row[column.place] : ColumnValue{};
}

void AppendColumnValue(const ColumnLayout& column, const ColumnValue& value, ValueSink& sink) {
  using Kind = ColumnValue::Kind;
  switch (value.kind) {
    case Kind::kText: return AppendSent(value.text, column, sink);
    case Kind::kNull: return sink.out.Append(column.null_json);
    case Kind::kUnchanged: return sink.out.Append(column.unchanged_json);
    case Kind::kAbsent: return sink.out.Append(column.absent_json);
  }
}

void AppendColumn(const ColumnLayout& column, Row row, ValueSink& sink) {
  const ColumnValue value = ValueOf(column, row);
  if (value.kind == ColumnValue::Kind::kAbsent && column.generated) return;
  sink.out.Append(column.name);
  AppendColumnValue(column, value, sink);
}

/// Makes an object of what was appended since `start`, each member with a comma before it.
void Close(size_t start, ValueSink& sink) {
  if (sink.out.size() == start) {
    sink.out.Put('{');
  } else {
    sink.out.Set(start, '{');  // in the place of the first comma
  }
  sink.out.Put('}');
}

void AppendObject(const std::vector<ColumnLayout>& columns, Row row, ValueSink& sink) {
  const size_t start = sink.out.size();
  sink.StartRow();
  for (const ColumnLayout& column : columns) AppendColumn(column, row, sink);
  Close(start, sink);
}

/// What a key loses by a value that has no text: one that was not sent, or a null that is told as
/// the column's default.
KeyLoss LossWithoutText(const ColumnLayout& column, Row row) {
  if (column.place >= row.size()) return KeyLoss::kNone;
  const ColumnValue::Kind kind = row[column.place].kind;
  if (kind == ColumnValue::Kind::kUnchanged) return KeyLoss::kUnsent;
  const bool filled = kind == ColumnValue::Kind::kNull && column.null_json != "null";
  return filled ? KeyLoss::kCompat : KeyLoss::kNone;
}

void MarkOfKey(bool schema, ValueFormat& format) {
  format.of_key = true;
  format.schema = schema;
  if (format.element != nullptr) MarkOfKey(schema, *format.element);
}

bool IsKeyColumn(const Table& table, uint32_t place) {
  return std::find(table.key.begin(), table.key.end(), place) != table.key.end();
}

ColumnLayout MakeColumn(const Table& table, uint32_t place, const EncoderOptions& options,
                        Fidelity fidelity) {
  const Column& column = table.columns[place];
  ColumnLayout layout;
  layout.place = place;
  layout.whose = {table.schema + "." + table.name, column.name};
  layout.name = "," + Quoted(column.name) + ":";
  layout.format = ChooseFormat(column, options, fidelity);
  layout.generated = column.generated;
  layout.unchanged_json = UnchangedJson(column, options, fidelity);
  layout.null_json = "null";
  if (fidelity == Fidelity::kCompat) {
    // Connect's converter puts the default in the place of a null that has one.
    const std::string default_json = DefaultJson(column, layout.format);
    if (!default_json.empty()) {
      layout.null_json = default_json;
    } else if (!column.optional) {
      layout.null_json = FillerJson(column, layout.format, options);
    }
  }
  layout.absent_json = layout.null_json;
  return layout;
}

/// Hides what a column shows without a value. Debezium masks its placeholder too; left as it is, it
/// can be told from a value.
void HideAbsence(const EncoderOptions& options, Fidelity fidelity, ColumnLayout& layout) {
  ColumnMask& mask = *layout.mask;
  if (mask.hides_nulls()) {
    layout.null_json = layout.absent_json = layout.unchanged_json = Quoted(mask.Apply({}));
  } else if (fidelity == Fidelity::kCompat) {
    layout.unchanged_json = Quoted(mask.Apply(options.unavailable_value));
  }
}

/// The schemas of a row's columns. A row that may lack values has only its key for sure.
std::string FieldsJson(const Table& table, const RowLayout& layout, const EncoderOptions& options,
                       bool generated, bool may_lack) {
  std::string fields;
  for (const ColumnLayout& told : layout.columns) {
    if (told.generated && !generated) continue;
    const Column& column = table.columns[told.place];
    const bool optional = column.optional || (may_lack && !IsKeyColumn(table, told.place));
    if (!fields.empty()) fields += ',';
    fields += SchemaOf(table, told, options, layout.fidelity, optional, column.name);
  }
  return fields;
}

std::string ValueHead(const Table& table, const RowLayout& layout, const EncoderOptions& options,
                      bool generated) {
  const bool may_lack =
      layout.fidelity == Fidelity::kCorrect && table.identity != ReplicaIdentity::kFull;
  const std::string name = SchemaPrefix(table, options);
  const std::string before = FieldsJson(table, layout, options, generated, may_lack);
  const std::string after = FieldsJson(table, layout, options, generated, false);
  return "{\"schema\":" +
         EnvelopeSchema(StructJson(before, true, name + ".Value", 0, "before"),
                        StructJson(after, true, name + ".Value", 0, "after"), name) +
         ",\"payload\":";
}

}  // namespace

ColumnLayout LayoutOf(const Table& table, uint32_t place, const EncoderOptions& options) {
  const Fidelity fidelity = FidelityOf(table, options);
  ColumnLayout layout = MakeColumn(table, place, options, fidelity);
  layout.mask = ColumnMask::Choose(options.masks, table, table.columns[place]);
  if (layout.mask != nullptr) HideAbsence(options, fidelity, layout);
  return layout;
}

void AppendOnly(const ColumnLayout& column, Row row, ValueSink& sink) {
  if (column.format.render == nullptr) return sink.out.Append("null");
  sink.StartRow();
  AppendColumnValue(column, ValueOf(column, row), sink);
}

std::string SchemaOf(const Table& table, const ColumnLayout& column, const EncoderOptions& options,
                     Fidelity fidelity, bool optional, std::string_view name) {
  const Column& told = table.columns[column.place];
  ConnectType type = DescribeType(told, options, fidelity);
  if (column.mask != nullptr) type.parameters.push_back(column.mask->parameter());
  // A reader would put the default in the place of a null, as Connect's converter does.
  const std::string default_json =
      fidelity == Fidelity::kCompat || !optional ? DefaultJson(told, column.format) : std::string();
  return SchemaJson(type, {optional, default_json, name});
}

std::string SchemaPrefix(const Table& table, const EncoderOptions& options) {
  if (options.schema_prefix) return options.schema_prefix(table);
  return options.logical_name + "." + table.schema + "." + table.name;
}

Fidelity FidelityOf(const Table& table, const EncoderOptions& options) {
  return options.fidelity ? options.fidelity(table) : Fidelity::kCorrect;
}

RowLayout::RowLayout(const Table& table, const EncoderOptions& options)
    : fidelity(FidelityOf(table, options)),
      source_head(SourceHead(options)),
      source_mid(SourceMid(table.database)),
      source_table(SourceTable(table.schema, table.name)) {
  AddColumns(table, options);
  AddKey(table, options);
  AddSchemas(table, options);
}

void RowLayout::AddColumns(const Table& table, const EncoderOptions& options) {
  const bool tells_generated = fidelity == Fidelity::kCompat || options.generated_columns;
  for (uint32_t place = 0; place < table.columns.size(); ++place) {
    const Column& column = table.columns[place];
    if (column.generated && !tells_generated) continue;
    ColumnLayout layout = LayoutOf(table, place, options);
    if (layout.format.render == nullptr) continue;
    if (column.generated && first_generated_ < 0) first_generated_ = static_cast<int>(place);
    columns.push_back(std::move(layout));
  }
}

void RowLayout::AddKey(const Table& table, const EncoderOptions& options) {
  std::string fields;
  for (const uint32_t place : table.key) {
    if (place >= table.columns.size()) continue;
    const Column& column = table.columns[place];
    ColumnLayout layout = MakeColumn(table, place, options, fidelity);
    MarkOfKey(options.key_schemas, layout.format);
    layout.generated = false;
    if (layout.format.render == nullptr) {
      key_left_out.push_back(std::move(layout));
      continue;
    }
    const std::string default_json = DefaultJson(column, layout.format);
    if (!fields.empty()) fields += ',';
    fields += SchemaJson(DescribeType(column, options, fidelity),
                         {column.optional, default_json, column.name});
    key.push_back(std::move(layout));
  }
  if (!options.key_schemas) return;
  key_head =
      "{\"schema\":" + StructJson(fields, false, SchemaPrefix(table, options) + ".Key", 0, "") +
      ",\"payload\":";
}

void RowLayout::AddSchemas(const Table& table, const EncoderOptions& options) {
  if (!options.value_schemas) return;
  value_head_ = ValueHead(table, *this, options, true);
  if (first_generated_ >= 0) {
    value_head_without_generated_ = ValueHead(table, *this, options, false);
  }
}

void RowLayout::AppendRow(Row row, ValueSink& sink) const {
  AppendObject(columns, row, sink);
}

const ColumnLayout* RowLayout::AppendKey(Row row, ValueSink& sink) const {
  const size_t start = sink.out.size();
  sink.StartRow();
  sink.lost = KeyLoss::kNone;
  const ColumnLayout* inexact = nullptr;
  for (const ColumnLayout& column : key) {
    AppendColumn(column, row, sink);
    const KeyLoss unsaid = LossWithoutText(column, row);
    if (sink.lost == KeyLoss::kNone) sink.lost = unsaid;
    if (sink.lost != KeyLoss::kNone && inexact == nullptr) [[unlikely]]
      inexact = &column;
  }
  Close(start, sink);
  if (inexact != nullptr || key.empty() || key_left_out.empty()) [[likely]]
    return inexact;
  sink.lost = KeyLoss::kCompat;
  return &key_left_out.front();
}

std::string_view RowLayout::value_head(Row row) const {
  if (first_generated_ < 0) [[likely]]
    return value_head_;
  const auto place = static_cast<size_t>(first_generated_);
  const bool sent = place < row.size() && row[place].kind != ColumnValue::Kind::kAbsent;
  return sent ? value_head_ : value_head_without_generated_;
}

std::string SourceHead(const EncoderOptions& options) {
  return "{\"version\":" + Quoted(options.version) + ",\"connector\":" + Quoted(options.connector) +
         ",\"name\":" + Quoted(options.logical_name) + ",\"ts_ms\":";
}

std::string SourceMid(std::string_view database) {
  return "\",\"db\":" + Quoted(database) + ",\"sequence\":\"[";
}

std::string SourceTable(std::string_view schema, std::string_view table) {
  return ",\"schema\":" + Quoted(schema) + ",\"table\":" + Quoted(table) + ",\"txId\":";
}

}  // namespace sluice::debezium
