#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

Table OneColumn(Column column) {
  Table table;
  table.schema = "s";
  table.name = "t";
  column.name = "v";
  table.columns.push_back(std::move(column));
  return table;
}

std::string Between(std::string_view text, std::string_view from, std::string_view to) {
  const size_t start = text.find(from);
  if (start == std::string_view::npos) return "(left out)";
  text.remove_prefix(start + from.size());
  return std::string(text.substr(0, text.find(to)));
}

}  // namespace

std::string EncoderRig::Json(Column column, ColumnValue value) {
  const bool schemas = options_.value_schemas;
  EnvelopeEncoder encoder(options_);
  const Table table = OneColumn(std::move(column));
  const ColumnValue row[] = {value};
  std::string_view envelope = encoder.Value(RowOperation::kCreate, table, {}, Row(row), {});
  if (schemas) envelope.remove_prefix(envelope.find("\"payload\":"));
  const AlteredValues altered = encoder.TakeAltered();
  const auto of_column = altered.find({"s.t", "v"});
  counts = of_column == altered.end() ? AlterationCounts() : of_column->second;
  unparsed = counts[static_cast<size_t>(Alteration::kText)];
  clamped = counts[static_cast<size_t>(Alteration::kClamped)];
  return Between(envelope, "\"after\":{\"v\":", "},\"source\":");
}

std::string EncoderRig::Schema(Column column) {
  EncoderOptions options = options_;
  options.value_schemas = true;
  options.logical_name = "p";
  EnvelopeEncoder encoder(options);
  const ColumnValue row[] = {Null()};
  const std::string envelope(
      encoder.Value(RowOperation::kCreate, OneColumn(std::move(column)), {}, Row(row), {}));
  const size_t after = envelope.find("\"field\":\"before\"}");
  return Between(std::string_view(envelope).substr(after), "\"fields\":[",
                 "],\"optional\":true,\"name\":\"p.s.t.Value\"");
}

}  // namespace sluice::debezium
