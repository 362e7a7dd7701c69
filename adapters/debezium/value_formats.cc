#include "adapters/debezium/value_formats.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/debezium/base64.h"
#include "adapters/debezium/connect_schema.h"
#include "adapters/debezium/container_values.h"
#include "adapters/debezium/decimal_values.h"
#include "adapters/debezium/geometry_values.h"
#include "adapters/debezium/scalar_values.h"
#include "adapters/debezium/time_values.h"

namespace sluice::debezium {
namespace {

RenderValue ChooseTime(TimeMode mode, bool millis) {
  switch (mode) {
    case TimeMode::kConnect: return RenderTimeMillis;
    case TimeMode::kIsoString: return RenderIsoTime;
    case TimeMode::kNanoseconds: return RenderTimeNanos;
    case TimeMode::kAdaptive: return millis ? RenderTimeMillis : RenderTimeMicros;
    case TimeMode::kAdaptiveTimeMicroseconds:
    case TimeMode::kMicroseconds: break;
  }
  return RenderTimeMicros;
}

RenderValue ChooseTimestamp(TimeMode mode, bool millis) {
  switch (mode) {
    case TimeMode::kConnect: return RenderTimestampMillis;
    case TimeMode::kIsoString: return RenderIsoTimestamp;
    case TimeMode::kNanoseconds: return RenderTimestampNanos;
    case TimeMode::kAdaptive:
    case TimeMode::kAdaptiveTimeMicroseconds:
      return millis ? RenderTimestampMillis : RenderTimestampMicros;
    case TimeMode::kMicroseconds: break;
  }
  return RenderTimestampMicros;
}

RenderValue ChooseScalar(ColumnType type, const Column& column, const EncoderOptions& options,
                         Fidelity fidelity) {
  const bool millis = column.scale >= 0 && column.scale <= 3;
  switch (type) {
    case ColumnType::kBoolean: return RenderBoolean;
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64: return RenderInteger;
    case ColumnType::kFloat32: return RenderFloat32;
    case ColumnType::kFloat64: return RenderFloat64;
    case ColumnType::kDecimal: return RenderDecimal;
    case ColumnType::kNumeric: return RenderNumeric;
    case ColumnType::kMoney: return RenderMoney;
    case ColumnType::kBytes: return RenderBytes;
    case ColumnType::kBits:
      return column.length == 0 || column.length == 1 ? RenderBit : RenderBits;
    case ColumnType::kDate:
      return options.time == TimeMode::kIsoString ? RenderIsoDate : RenderDays;
    case ColumnType::kTime: return ChooseTime(options.time, millis);
    case ColumnType::kTimeTz: return RenderZonedTime;
    case ColumnType::kTimestamp: return ChooseTimestamp(options.time, millis);
    case ColumnType::kTimestampTz: return RenderZonedTimestamp;
    case ColumnType::kInterval:
      return options.interval == IntervalMode::kString ? RenderIsoInterval : RenderIntervalMicros;
    case ColumnType::kHstore:
      return options.hstore == HstoreMode::kMap ? RenderHstoreMap : RenderHstoreJson;
    case ColumnType::kPoint: return RenderPoint;
    case ColumnType::kBox:
    case ColumnType::kLineSegment:
    case ColumnType::kPath:
    case ColumnType::kPolygon: return RenderShape;
    case ColumnType::kCircle: return RenderCircle;
    case ColumnType::kLine: return RenderLine;
    case ColumnType::kGeometry:
    case ColumnType::kGeography: return RenderPostgis;
    case ColumnType::kVector:
    case ColumnType::kHalfVector: return RenderVector;
    case ColumnType::kSparseVector: return RenderSparseVector;
    case ColumnType::kComposite:
      if (fidelity == Fidelity::kCorrect) return RenderComposite;
      return options.unknown_types ? RenderTextAsBytes : nullptr;
    case ColumnType::kOther:
      if (fidelity == Fidelity::kCorrect) return column.untyped ? RenderUntyped : RenderText;
      return options.unknown_types ? RenderTextAsBytes : nullptr;
    case ColumnType::kText:
    case ColumnType::kUuid:
    case ColumnType::kJson:
    case ColumnType::kXml:
    case ColumnType::kEnum:
    case ColumnType::kLtree:
    case ColumnType::kTsvector: return RenderText;
  }
  return RenderText;
}

/// A type's name without its length and without the brackets of an array.
std::string_view BaseName(std::string_view type_name) {
  return type_name.substr(0, type_name.find_first_of("(["));
}

/// Arrays that Debezium leaves out.
bool IsUnknownArray(const Column& column) {
  return column.type == ColumnType::kMoney || column.type == ColumnType::kInterval ||
         column.type == ColumnType::kBits || column.type == ColumnType::kXml ||
         column.type == ColumnType::kPoint || column.type_name == "name[]";
}

/// Columns that Debezium has, and whose values it cannot read: they are always null.
bool IsAlwaysNull(const Column& column, const EncoderOptions& options) {
  switch (column.type) {
    case ColumnType::kText:
      return !column.array && column.type_name == "name" && !options.unknown_types;
    case ColumnType::kBits: return IsMistakenArray(column);
    case ColumnType::kBox:
    case ColumnType::kLineSegment:
    case ColumnType::kPath:
    case ColumnType::kPolygon:
    case ColumnType::kCircle:
    case ColumnType::kLine: return column.array;
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kDecimal:
    case ColumnType::kNumeric:
    case ColumnType::kMoney:
    case ColumnType::kBytes:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kTimeTz:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
    case ColumnType::kInterval:
    case ColumnType::kUuid:
    case ColumnType::kJson:
    case ColumnType::kXml:
    case ColumnType::kEnum:
    case ColumnType::kHstore:
    case ColumnType::kLtree:
    case ColumnType::kTsvector:
    case ColumnType::kPoint:
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

bool IsCharacterType(const Column& column) {
  constexpr std::array<std::string_view, 7> kNames = {
      "", "text", "character varying", "varchar", "character", "bpchar", "char"};
  return column.type == ColumnType::kText &&
         std::find(kNames.begin(), kNames.end(), BaseName(column.type_name)) != kNames.end();
}

/// The text of zero, for the types whose defaults Debezium knows; none: the type has no default.
const char* ZeroOf(const Column& column) {
  switch (column.type) {
    case ColumnType::kBoolean: return "f";
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kDecimal:
    case ColumnType::kNumeric: return "0";
    case ColumnType::kInt64: return column.type_name == "oid" ? nullptr : "0";
    case ColumnType::kBits: return column.length == 1 ? "0" : "00";
    case ColumnType::kText: return IsCharacterType(column) ? "" : nullptr;
    case ColumnType::kDate: return "1970-01-01";
    case ColumnType::kTime:
    case ColumnType::kInterval: return "00:00:00";
    case ColumnType::kTimestamp: return "1970-01-01 00:00:00";
    case ColumnType::kTimestampTz: return "1970-01-01 00:00:00+00";
    case ColumnType::kUuid: return "00000000-0000-0000-0000-000000000000";
    case ColumnType::kJson: return "{}";
    case ColumnType::kXml:
    case ColumnType::kEnum: return "";
    case ColumnType::kMoney:
    case ColumnType::kBytes:
    case ColumnType::kTimeTz:
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
    case ColumnType::kOther: return nullptr;
  }
  return nullptr;
}

/// The text of what Debezium puts for a value it does not have.
const char* FillerText(const Column& column) {
  if (column.array) return "{}";
  switch (column.type) {
    case ColumnType::kInt64:
    case ColumnType::kMoney: return "0";
    case ColumnType::kBytes: return "\\x";
    case ColumnType::kBits: return column.length == 1 ? "0" : "";
    case ColumnType::kTimeTz: return "00:00:00+00";
    case ColumnType::kPoint: return "(0,0)";
    case ColumnType::kBox: return "(0,0),(1,1)";
    case ColumnType::kLineSegment:
    case ColumnType::kPath: return "[(0,0),(1,0)]";
    case ColumnType::kPolygon: return "((0,0),(1,0),(0,1))";
    case ColumnType::kCircle: return "<(0,0),0>";
    case ColumnType::kLine: return "{0,1,0}";
    case ColumnType::kGeometry:
    case ColumnType::kGeography: return "010700000000000000";
    case ColumnType::kVector:
    case ColumnType::kHalfVector: return "[]";
    case ColumnType::kSparseVector: return "{}/0";
    case ColumnType::kText:
    case ColumnType::kUuid:
    case ColumnType::kJson:
    case ColumnType::kHstore:
    case ColumnType::kLtree:
    case ColumnType::kTsvector:
    case ColumnType::kComposite:
    case ColumnType::kOther: return "";
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kDecimal:
    case ColumnType::kNumeric:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
    case ColumnType::kInterval:
    case ColumnType::kXml:
    case ColumnType::kEnum: break;
  }
  return ZeroOf(column);
}

/// Zero with that many digits behind the point.
std::string ZeroText(int32_t scale) {
  return scale <= 0 ? "0" : "0." + std::string(static_cast<size_t>(scale), '0');
}

/// The JSON of a text in a format; none when it is no value of that type.
std::string Rendered(std::string_view text, const ValueFormat& format) {
  ValueSink sink;
  if (!format.render(text, format, sink) || sink.count(Alteration::kText) > 0) return {};
  return std::string(sink.out.view());
}

}  // namespace

ValueFormat ChooseFormat(const Column& column, const EncoderOptions& options, Fidelity fidelity) {
  ValueFormat format;
  format.fidelity = fidelity;
  format.schema = options.value_schemas;
  format.type = column.type;
  format.decimal = options.decimal;
  format.binary = options.binary;
  format.scale = column.scale;
  format.varying = column.type == ColumnType::kBits && BaseName(column.type_name) != "bit";
  if (column.type == ColumnType::kMoney) format.scale = options.money_fraction_digits;
  if (column.type == ColumnType::kTimestampTz && column.scale < 0) format.scale = 6;
  const bool compat = fidelity == Fidelity::kCompat;
  if (compat && IsAlwaysNull(column, options)) {
    format.render = RenderNull;
    return format;
  }
  if (compat && column.domain_items) format.type = ColumnType::kOther;
  format.render = ChooseScalar(format.type, column, options, fidelity);
  if (!column.array || format.render == nullptr) return format;
  ValueFormat array;
  array.fidelity = fidelity;
  array.type = format.type;
  array.element = std::make_unique<ValueFormat>(std::move(format));
  if (!compat || !IsUnknownArray(column)) array.render = RenderArray;
  return array;
}

std::string DefaultJson(const Column& column, const ValueFormat& format) {
  const bool has_default = column.default_text.has_value() || column.default_computed;
  const char* const zero = ZeroOf(column);
  if (!has_default || column.array || zero == nullptr || format.render == nullptr) return {};
  // Connect cannot give a struct as a default.
  if (column.type == ColumnType::kNumeric && format.decimal == DecimalMode::kPrecise) return {};
  if (column.default_text) return Rendered(*column.default_text, format);
  return column.type == ColumnType::kEnum ? std::string() : Rendered(zero, format);
}

std::string FillerJson(const Column& column, const ValueFormat& format,
                       const EncoderOptions& options) {
  if (format.render == nullptr) return "null";
  if (!column.array && column.type == ColumnType::kDecimal &&
      options.decimal == DecimalMode::kString) {
    return Quoted(ZeroText(column.scale));
  }
  // Not in the width of other values, and not in the form of other values.
  if (!column.array && column.type == ColumnType::kTimestampTz) return "\"1970-01-01T00:00:00Z\"";
  if (!column.array && column.type == ColumnType::kMoney &&
      options.decimal == DecimalMode::kString) {
    return Quoted(ZeroText(options.money_fraction_digits));
  }
  const char* const text = FillerText(column);
  const std::string json = text == nullptr ? std::string() : Rendered(text, format);
  return json.empty() ? "null" : json;
}

}  // namespace sluice::debezium
