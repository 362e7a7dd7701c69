// What stands for values that a change did not touch. adapters/debezium/unchanged_shapes.h reads
// them; Debezium writes others as null, and so does this.

#include <algorithm>
#include <array>

#include "adapters/debezium/base64.h"
#include "adapters/debezium/connect_schema.h"
#include "adapters/debezium/name_uuid.h"
#include "adapters/debezium/scalar_values.h"
#include "adapters/debezium/value_formats.h"

namespace sluice::debezium {
namespace {

std::string BytesJson(const std::string& bytes, BinaryMode mode) {
  TextBuffer out;
  AppendBytes(bytes, mode, out);
  return std::string(out.view());
}

std::string NumbersJson(const std::string& bytes) {
  std::string json = "[";
  for (const char byte : bytes) {
    if (json.size() > 1) json += ',';
    json += std::to_string(static_cast<int>(static_cast<signed char>(byte)));
  }
  return json + "]";
}

bool IsListedTextArray(const Column& column) {
  constexpr std::array<std::string_view, 5> kNames = {"", "text", "character varying", "character",
                                                      "varchar"};
  const std::string_view name =
      std::string_view(column.type_name).substr(0, column.type_name.find_first_of("(["));
  return column.type == ColumnType::kJson ||
         (column.type == ColumnType::kText &&
          std::find(kNames.begin(), kNames.end(), name) != kNames.end());
}

std::string ArrayJson(const Column& column, const EncoderOptions& options) {
  const std::string& placeholder = options.unavailable_value;
  if (IsListedTextArray(column)) return "[" + Quoted(placeholder) + "]";
  const bool number_of_days = column.type == ColumnType::kDate &&
                              options.time != TimeMode::kIsoString &&
                              options.time != TimeMode::kConnect;
  if (column.type == ColumnType::kInt32 || number_of_days ||
      (column.type == ColumnType::kInt64 && column.type_name != "oid[]")) {
    return NumbersJson(placeholder);
  }
  if (column.type == ColumnType::kUuid) return "[" + Quoted(NameUuid(placeholder)) + "]";
  if (column.type == ColumnType::kBytes && options.binary == BinaryMode::kBytes) {
    return "[" + BytesJson(placeholder, options.binary) + "]";
  }
  return "null";
}

}  // namespace

std::string UnchangedJson(const Column& column, const EncoderOptions& options, Fidelity fidelity) {
  const std::string& placeholder = options.unavailable_value;
  if (column.array) return ArrayJson(column, options);
  const bool compat = fidelity == Fidelity::kCompat;
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kUuid:
    case ColumnType::kJson:
    case ColumnType::kXml:
    case ColumnType::kEnum:
    case ColumnType::kLtree:
    case ColumnType::kTsvector: return Quoted(placeholder);
    case ColumnType::kBytes:
      if (options.binary == BinaryMode::kBytes) return BytesJson(placeholder, options.binary);
      return compat && options.binary != BinaryMode::kHex ? "null" : Quoted(placeholder);
    case ColumnType::kComposite:
    case ColumnType::kOther:
      return compat && options.binary == BinaryMode::kBytes ? BytesJson(placeholder, options.binary)
                                                            : Quoted(placeholder);
    case ColumnType::kHstore: {
      const std::string map = "{" + Quoted(placeholder) + ":" + Quoted(placeholder) + "}";
      return options.hstore == HstoreMode::kMap ? map : Quoted(map);
    }
    case ColumnType::kDecimal:
    case ColumnType::kNumeric:
      return options.decimal == DecimalMode::kString ? Quoted(placeholder) : "null";
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kMoney:
    case ColumnType::kBits:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kTimeTz:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
    case ColumnType::kInterval:
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
    case ColumnType::kSparseVector: break;
  }
  return "null";
}

}  // namespace sluice::debezium
