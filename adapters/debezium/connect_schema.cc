#include "adapters/debezium/connect_schema.h"

#include <algorithm>

#include "adapters/debezium/json_string.h"

namespace sluice::debezium {
namespace {

constexpr int32_t kLongestBits = 2147483647;

ConnectType Plain(std::string_view type) {
  ConnectType described;
  described.type = type;
  return described;
}

ConnectType Named(std::string_view type, std::string_view name, int version = 1) {
  ConnectType described = Plain(type);
  described.name = name;
  described.version = version;
  return described;
}

std::string FieldsOf(std::initializer_list<std::string> fields) {
  std::string json = ",\"fields\":[";
  for (const std::string& field : fields) {
    if (json.back() != '[') json += ',';
    json += field;
  }
  return json + "]";
}

std::string Field(std::string_view type, bool optional, std::string_view name) {
  return SchemaJson(Plain(type), {optional, "", name});
}

ConnectType Bytes(BinaryMode mode) {
  return Plain(mode == BinaryMode::kBytes ? "bytes" : "string");
}

ConnectType Decimal(DecimalMode mode, int32_t scale) {
  if (mode == DecimalMode::kDouble) return Plain("double");
  if (mode == DecimalMode::kString) return Plain("string");
  ConnectType described = Named("bytes", "org.apache.kafka.connect.data.Decimal");
  described.parameters.emplace_back("scale", std::to_string(scale));
  return described;
}

ConnectType Numeric(DecimalMode mode) {
  if (mode != DecimalMode::kPrecise) return Decimal(mode, 0);
  ConnectType described = Named("struct", "io.debezium.data.VariableScaleDecimal");
  described.contents = FieldsOf({Field("int32", false, "scale"), Field("bytes", false, "value")});
  described.doc = "Variable scaled decimal";
  return described;
}

ConnectType Bits(int32_t length) {
  if (length == 0 || length == 1) return Plain("boolean");
  ConnectType described = Named("bytes", "io.debezium.data.Bits");
  described.parameters.emplace_back("length", std::to_string(length < 0 ? kLongestBits : length));
  return described;
}

ConnectType Date(TimeMode mode) {
  switch (mode) {
    case TimeMode::kConnect: return Named("int32", "org.apache.kafka.connect.data.Date");
    case TimeMode::kIsoString: return Named("string", "io.debezium.time.IsoDate");
    case TimeMode::kAdaptive:
    case TimeMode::kAdaptiveTimeMicroseconds:
    case TimeMode::kMicroseconds:
    case TimeMode::kNanoseconds: break;
  }
  return Named("int32", "io.debezium.time.Date");
}

ConnectType Time(TimeMode mode, bool millis) {
  switch (mode) {
    case TimeMode::kConnect: return Named("int32", "org.apache.kafka.connect.data.Time");
    case TimeMode::kIsoString: return Named("string", "io.debezium.time.IsoTime");
    case TimeMode::kNanoseconds: return Named("int64", "io.debezium.time.NanoTime");
    case TimeMode::kAdaptive:
      if (millis) return Named("int32", "io.debezium.time.Time");
      break;
    case TimeMode::kAdaptiveTimeMicroseconds:
    case TimeMode::kMicroseconds: break;
  }
  return Named("int64", "io.debezium.time.MicroTime");
}

ConnectType Timestamp(TimeMode mode, bool millis) {
  switch (mode) {
    case TimeMode::kConnect: return Named("int64", "org.apache.kafka.connect.data.Timestamp");
    case TimeMode::kIsoString: return Named("string", "io.debezium.time.IsoTimestamp");
    case TimeMode::kNanoseconds: return Named("int64", "io.debezium.time.NanoTimestamp");
    case TimeMode::kAdaptive:
    case TimeMode::kAdaptiveTimeMicroseconds:
      if (millis) return Named("int64", "io.debezium.time.Timestamp");
      break;
    case TimeMode::kMicroseconds: break;
  }
  return Named("int64", "io.debezium.time.MicroTimestamp");
}

ConnectType Enum(const std::vector<std::string>& allowed) {
  ConnectType described = Named("string", "io.debezium.data.Enum");
  std::string labels;
  for (const std::string& label : allowed) labels += (labels.empty() ? "" : ",") + label;
  described.parameters.emplace_back("allowed", labels);
  return described;
}

ConnectType Hstore(HstoreMode mode) {
  if (mode == HstoreMode::kJson) return Named("string", "io.debezium.data.Json");
  ConnectType described = Plain("map");
  described.contents = ",\"keys\":" + SchemaJson(Plain("string"), {}) +
                       ",\"values\":" + SchemaJson(Plain("string"), {true, "", ""});
  return described;
}

ConnectType PointType() {
  ConnectType described = Named("struct", "io.debezium.data.geometry.Point");
  described.contents = FieldsOf({Field("double", false, "x"), Field("double", false, "y"),
                                 Field("bytes", true, "wkb"), Field("int32", true, "srid")});
  described.doc = "Geometry (POINT)";
  return described;
}

ConnectType Geometry() {
  ConnectType extensions = Plain("map");
  extensions.contents = ",\"keys\":" + SchemaJson(Plain("string"), {}) +
                        ",\"values\":" + SchemaJson(Plain("string"), {});
  ConnectType described = Named("struct", "io.debezium.data.geometry.Geometry", 2);
  described.contents = FieldsOf({Field("bytes", false, "wkb"), Field("int32", true, "srid"),
                                 SchemaJson(extensions, {true, "", "extensions"})});
  described.doc = "Geometry";
  described.optional = true;
  return described;
}

ConnectType Geography() {
  ConnectType described = Named("struct", "io.debezium.data.geometry.Geography");
  described.contents = FieldsOf({Field("bytes", false, "wkb"), Field("int32", true, "srid")});
  described.doc = "Geography";
  return described;
}

ConnectType Circle() {
  ConnectType described = Named("struct", "io.debezium.data.geometry.Circle");
  described.contents =
      FieldsOf({SchemaJson(PointType(), {false, "", "center"}), Field("double", false, "radius")});
  described.doc = "Geometry (CIRCLE)";
  described.optional = true;
  return described;
}

ConnectType Line() {
  ConnectType described = Named("struct", "io.debezium.data.geometry.Line");
  described.contents = FieldsOf(
      {Field("double", false, "a"), Field("double", false, "b"), Field("double", false, "c")});
  described.doc = "Geometry (LINE)";
  described.optional = true;
  return described;
}

ConnectType Vector(std::string_view item, std::string_view name) {
  ConnectType described = Named("array", name);
  described.contents = ",\"items\":" + SchemaJson(Plain(item), {});
  return described;
}

/// Debezium counts dimensions in 16 bits, which real vectors exceed.
ConnectType SparseVector(Fidelity fidelity) {
  const std::string_view number = fidelity == Fidelity::kCompat ? "int16" : "int32";
  ConnectType elements = Plain("map");
  elements.contents = ",\"keys\":" + SchemaJson(Plain(number), {}) +
                      ",\"values\":" + SchemaJson(Plain("double"), {});
  ConnectType described = Named("struct", "io.debezium.data.SparseDoubleVector");
  described.contents =
      FieldsOf({Field(number, false, "dimensions"), SchemaJson(elements, {false, "", "vector"})});
  described.doc = "Sparse double vector";
  return described;
}

ConnectType DescribeScalar(ColumnType type, const Column& column, const EncoderOptions& options,
                           Fidelity fidelity) {
  const bool millis = column.scale >= 0 && column.scale <= 3;
  const bool compat = fidelity == Fidelity::kCompat;
  switch (type) {
    case ColumnType::kBoolean: return Plain("boolean");
    case ColumnType::kInt16: return Plain("int16");
    case ColumnType::kInt32: return Plain("int32");
    case ColumnType::kInt64: return Plain("int64");
    case ColumnType::kFloat32: return Plain("float");
    case ColumnType::kFloat64: return Plain("double");
    case ColumnType::kDecimal: {
      ConnectType described = Decimal(options.decimal, column.scale);
      if (options.decimal != DecimalMode::kPrecise) return described;
      described.parameters.emplace_back("connect.decimal.precision",
                                        std::to_string(column.precision));
      return described;
    }
    case ColumnType::kNumeric: return Numeric(options.decimal);
    case ColumnType::kMoney: return Decimal(options.decimal, options.money_fraction_digits);
    case ColumnType::kText: return Plain("string");
    case ColumnType::kBytes: return Bytes(options.binary);
    case ColumnType::kBits: return Bits(column.length);
    case ColumnType::kDate: return Date(options.time);
    case ColumnType::kTime: return Time(options.time, millis);
    case ColumnType::kTimeTz: return Named("string", "io.debezium.time.ZonedTime");
    case ColumnType::kTimestamp: return Timestamp(options.time, millis);
    case ColumnType::kTimestampTz: return Named("string", "io.debezium.time.ZonedTimestamp");
    case ColumnType::kInterval:
      return options.interval == IntervalMode::kString
                 ? Named("string", "io.debezium.time.Interval")
                 : Named("int64", "io.debezium.time.MicroDuration");
    case ColumnType::kUuid: return Named("string", "io.debezium.data.Uuid");
    case ColumnType::kJson: return Named("string", "io.debezium.data.Json");
    case ColumnType::kXml: return Named("string", "io.debezium.data.Xml");
    case ColumnType::kEnum: return Enum(column.allowed);
    case ColumnType::kHstore: return Hstore(options.hstore);
    case ColumnType::kLtree: return Named("string", "io.debezium.data.Ltree");
    case ColumnType::kTsvector: return Named("string", "io.debezium.data.Tsvector");
    case ColumnType::kPoint: return PointType();
    case ColumnType::kBox:
    case ColumnType::kLineSegment:
    case ColumnType::kPath:
    case ColumnType::kPolygon:
    case ColumnType::kGeometry: return Geometry();
    case ColumnType::kCircle: return Circle();
    case ColumnType::kLine: return Line();
    case ColumnType::kGeography: return Geography();
    case ColumnType::kVector: return Vector("double", "io.debezium.data.DoubleVector");
    case ColumnType::kHalfVector: return Vector("float", "io.debezium.data.FloatVector");
    case ColumnType::kSparseVector: return SparseVector(fidelity);
    case ColumnType::kComposite:
      return compat ? Bytes(options.binary) : Named("string", "io.debezium.data.Json");
    case ColumnType::kOther: return compat ? Bytes(options.binary) : Plain("string");
  }
  return Plain("string");
}

/// Arrays of these get required items from Debezium, although they can hold nulls.
bool HasRequiredItems(ColumnType type) {
  switch (type) {
    case ColumnType::kEnum:
    case ColumnType::kTsvector:
    case ColumnType::kBox:
    case ColumnType::kLineSegment:
    case ColumnType::kPath:
    case ColumnType::kPolygon:
    case ColumnType::kCircle:
    case ColumnType::kLine:
    case ColumnType::kVector:
    case ColumnType::kHalfVector:
    case ColumnType::kSparseVector:
    case ColumnType::kComposite:
    case ColumnType::kOther: return true;
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kDecimal:
    case ColumnType::kNumeric:
    case ColumnType::kMoney:
    case ColumnType::kText:
    case ColumnType::kBytes:
    case ColumnType::kBits:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kTimeTz:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
    case ColumnType::kInterval:
    case ColumnType::kUuid:
    case ColumnType::kJson:
    case ColumnType::kXml:
    case ColumnType::kHstore:
    case ColumnType::kLtree:
    case ColumnType::kPoint:
    case ColumnType::kGeometry:
    case ColumnType::kGeography: return false;
  }
  return false;
}

}  // namespace

std::string Quoted(std::string_view text) {
  TextBuffer out;
  AppendJsonString(text, out);
  return std::string(out.view());
}

std::string SchemaJson(const ConnectType& type, const ConnectField& field) {
  std::string json = "{\"type\":\"" + type.type + "\"" + type.contents;
  json += field.optional || type.optional ? ",\"optional\":true" : ",\"optional\":false";
  if (!type.name.empty()) json += ",\"name\":" + Quoted(type.name);
  if (type.version != 0) json += ",\"version\":" + std::to_string(type.version);
  if (!type.doc.empty()) json += ",\"doc\":" + Quoted(type.doc);
  if (!type.parameters.empty()) {
    json += ",\"parameters\":{";
    for (const auto& [name, value] : type.parameters) {
      if (json.back() != '{') json += ',';
      json += Quoted(name) + ":" + Quoted(value);
    }
    json += '}';
  }
  if (!field.default_json.empty()) json.append(",\"default\":").append(field.default_json);
  if (!field.name.empty()) json += ",\"field\":" + Quoted(field.name);
  return json + "}";
}

bool IsMistakenArray(const Column& column) {
  return column.array && column.type == ColumnType::kBits &&
         !column.type_name.starts_with("bit varying");
}

ConnectType DescribeType(const Column& column, const EncoderOptions& options, Fidelity fidelity) {
  const bool compat = fidelity == Fidelity::kCompat;
  if (!column.array || (compat && IsMistakenArray(column))) {
    return DescribeScalar(column.type, column, options, fidelity);
  }
  const ColumnType item = compat && column.domain_items ? ColumnType::kOther : column.type;
  ConnectType described = Plain("array");
  described.contents = ",\"items\":" + SchemaJson(DescribeScalar(item, column, options, fidelity),
                                                  {!compat || !HasRequiredItems(item), "", ""});
  return described;
}

std::string StructJson(std::string_view fields, bool optional, std::string_view name, int version,
                       std::string_view field) {
  ConnectType type = Named("struct", name, version);
  type.contents.append(",\"fields\":[").append(fields).append("]");
  return SchemaJson(type, {optional, "", field});
}

}  // namespace sluice::debezium
