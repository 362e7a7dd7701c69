#include "adapters/postgres/type_map.h"

#include <algorithm>
#include <array>

namespace sluice::postgres {
namespace {

struct NamedType {
  std::string_view name;
  ColumnType type;
};

/// Sorted by name: types of pg_catalog. What is not here and not in kExtensionTypes is kOther.
constexpr auto kBuiltInTypes = std::to_array<NamedType>({
    {"bit", ColumnType::kBits},
    {"bool", ColumnType::kBoolean},
    {"box", ColumnType::kBox},
    {"bpchar", ColumnType::kText},
    {"bytea", ColumnType::kBytes},
    {"char", ColumnType::kText},
    {"cidr", ColumnType::kText},
    {"circle", ColumnType::kCircle},
    {"date", ColumnType::kDate},
    {"float4", ColumnType::kFloat32},
    {"float8", ColumnType::kFloat64},
    {"inet", ColumnType::kText},
    {"int2", ColumnType::kInt16},
    {"int4", ColumnType::kInt32},
    {"int8", ColumnType::kInt64},
    {"interval", ColumnType::kInterval},
    {"json", ColumnType::kJson},
    {"jsonb", ColumnType::kJson},
    {"line", ColumnType::kLine},
    {"lseg", ColumnType::kLineSegment},
    {"macaddr", ColumnType::kText},
    {"macaddr8", ColumnType::kText},
    {"money", ColumnType::kMoney},
    {"name", ColumnType::kText},
    {"numeric", ColumnType::kNumeric},
    {"oid", ColumnType::kInt64},
    {"path", ColumnType::kPath},
    {"point", ColumnType::kPoint},
    {"polygon", ColumnType::kPolygon},
    {"text", ColumnType::kText},
    {"time", ColumnType::kTime},
    {"timestamp", ColumnType::kTimestamp},
    {"timestamptz", ColumnType::kTimestampTz},
    {"timetz", ColumnType::kTimeTz},
    {"tsvector", ColumnType::kTsvector},
    {"uuid", ColumnType::kUuid},
    {"varbit", ColumnType::kBits},
    {"varchar", ColumnType::kText},
    {"xml", ColumnType::kXml},
});

constexpr auto kExtensionTypes = std::to_array<NamedType>({
    {"citext", ColumnType::kText},
    {"geography", ColumnType::kGeography},
    {"geometry", ColumnType::kGeometry},
    {"halfvec", ColumnType::kHalfVector},
    {"hstore", ColumnType::kHstore},
    {"ltree", ColumnType::kLtree},
    {"sparsevec", ColumnType::kSparseVector},
    {"vector", ColumnType::kVector},
});

template <size_t N>
ColumnType Find(const std::array<NamedType, N>& types, std::string_view name) {
  const auto it = std::lower_bound(
      types.begin(), types.end(), name,
      [](const NamedType& type, std::string_view wanted) { return type.name < wanted; });
  return it != types.end() && it->name == name ? it->type : ColumnType::kOther;
}

/// Lengths and precisions are kept with 4 added (VARHDRSZ).
constexpr int32_t kHeaderSize = 4;
constexpr int32_t kSecondDigitsMax = 6;
/// A domain over a domain over an array over a domain ends; a damaged catalogue may not.
constexpr int kDomainDepthMax = 32;

void DescribeNumeric(int32_t modifier, Column& column) {
  if (modifier < kHeaderSize) return;
  const int32_t bits = modifier - kHeaderSize;
  column.type = ColumnType::kDecimal;
  column.precision = (bits >> 16) & 0xFFFF;
  // Eleven bits with sign: before version 15 scales were 0 to 1000, which read the same.
  column.scale = ((bits & 0x7FF) ^ 0x400) - 0x400;
}

int32_t SecondDigits(int32_t modifier) {
  return modifier < 0 || modifier > kSecondDigitsMax ? kSecondDigitsMax : modifier;
}

void DescribeModifier(std::string_view name, int32_t modifier, Column& column) {
  switch (column.type) {
    case ColumnType::kNumeric: DescribeNumeric(modifier, column); return;
    case ColumnType::kText:
      if (modifier >= kHeaderSize && (name == "varchar" || name == "bpchar")) {
        column.length = modifier - kHeaderSize;
      }
      return;
    case ColumnType::kBits:
    case ColumnType::kVector:
    case ColumnType::kHalfVector:
    case ColumnType::kSparseVector: column.length = modifier < 1 ? -1 : modifier; return;
    case ColumnType::kTime:
    case ColumnType::kTimeTz:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz: column.scale = SecondDigits(modifier); return;
    case ColumnType::kInterval:
      column.scale = SecondDigits(modifier < 0 ? -1 : modifier & 0xFFFF);
      return;
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kDecimal:
    case ColumnType::kMoney:
    case ColumnType::kBytes:
    case ColumnType::kDate:
    case ColumnType::kUuid:
    case ColumnType::kJson:
    case ColumnType::kXml:
    case ColumnType::kEnum:
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
    case ColumnType::kComposite:
    case ColumnType::kOther: return;
  }
}

/// "timestamp(3) with time zone" and its like; other names are told as they are.
std::string TimeName(std::string_view plain, int32_t modifier, std::string_view zone) {
  std::string name(plain);
  if (modifier >= 0) name += "(" + std::to_string(modifier) + ")";
  name += zone;
  return name;
}

std::string BuiltInName(const TypeInfo& type, int32_t modifier) {
  constexpr std::string_view kWith = " with time zone";
  constexpr std::string_view kWithout = " without time zone";
  const auto counted = [](std::string_view plain, int32_t count) {
    return std::string(plain) + (count > 0 ? "(" + std::to_string(count) + ")" : "");
  };
  const std::string_view name = type.name;
  if (name == "numeric") {
    Column column;
    DescribeNumeric(modifier, column);
    if (column.precision < 0) return "numeric";
    return "numeric(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
  }
  if (name == "varchar") return counted("character varying", modifier - kHeaderSize);
  // Without a length "character" and "bit" would mean one.
  if (name == "bpchar" && modifier >= kHeaderSize)
    return counted("character", modifier - kHeaderSize);
  if (name == "bit") return modifier < 1 ? "\"bit\"" : counted("bit", modifier);
  if (name == "varbit") return counted("bit varying", modifier);
  if (name == "time") return TimeName("time", modifier, kWithout);
  if (name == "timetz") return TimeName("time", modifier, kWith);
  if (name == "timestamp") return TimeName("timestamp", modifier, kWithout);
  if (name == "timestamptz") return TimeName("timestamp", modifier, kWith);
  if (name == "bool") return "boolean";
  if (name == "int2") return "smallint";
  if (name == "int4") return "integer";
  if (name == "int8") return "bigint";
  if (name == "float4") return "real";
  if (name == "float8") return "double precision";
  if (name == "char") return "\"char\"";
  return type.name;
}

/// Whether a type's name alone says how its values are told; the modifier of a domain that is gone
/// is not known.
bool IsToldByName(ColumnType type) {
  switch (type) {
    case ColumnType::kNumeric:
    case ColumnType::kDecimal:
    case ColumnType::kBits:
    case ColumnType::kTime:
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampTz:
    case ColumnType::kEnum:
    case ColumnType::kComposite:
    case ColumnType::kOther: return false;
    case ColumnType::kBoolean:
    case ColumnType::kInt16:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kFloat32:
    case ColumnType::kFloat64:
    case ColumnType::kMoney:
    case ColumnType::kText:
    case ColumnType::kBytes:
    case ColumnType::kDate:
    case ColumnType::kTimeTz:
    case ColumnType::kInterval:
    case ColumnType::kUuid:
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
    case ColumnType::kSparseVector: break;
  }
  return true;
}

}  // namespace

ColumnType BaseType(std::string_view schema, std::string_view name) {
  return schema == "pg_catalog" ? Find(kBuiltInTypes, name) : Find(kExtensionTypes, name);
}

void DescribeType(uint32_t type, int32_t modifier, const TypeLookup& lookup, Column& column) {
  column.type = ColumnType::kOther;
  const TypeInfo* info = lookup(type);
  for (int depth = 0; info != nullptr && depth < kDomainDepthMax; ++depth) {
    if (info->kind == 'd') {
      // A domain of the elements says nothing about the column.
      if (info->not_null && !column.array) column.optional = false;
      column.domain_items = column.array;
      modifier = info->base_modifier;
      info = lookup(info->base);
    } else if (info->element != 0) {
      if (column.array) return;  // an array of a domain of arrays: told by its text
      column.array = true;
      info = lookup(info->element);
    } else {
      break;
    }
  }
  if (info == nullptr) {
    column.untyped = true;
    return;
  }
  if (info->gone && !IsToldByName(BaseType(info->schema, info->name))) {
    column.untyped = true;
    column.array = false;
    return;
  }
  switch (info->kind) {
    case 'e':
      column.type = ColumnType::kEnum;
      column.allowed = info->labels;
      return;
    case 'c': column.type = ColumnType::kComposite; return;
    case 'r':
    case 'm': column.type = ColumnType::kText; return;
    default: column.type = BaseType(info->schema, info->name); break;
  }
  DescribeModifier(info->name, modifier, column);
}

std::string DeclaredName(uint32_t type, int32_t modifier, const TypeLookup& lookup) {
  const TypeInfo* info = lookup(type);
  if (info == nullptr) return "type " + std::to_string(type);
  if (info->element != 0) return DeclaredName(info->element, modifier, lookup) + "[]";
  if (info->schema == "pg_catalog") return BuiltInName(*info, modifier);
  return info->name;
}

std::string CastName(uint32_t type, int32_t modifier, const TypeLookup& lookup) {
  const TypeInfo* info = lookup(type);
  for (int depth = 0; info != nullptr && info->kind == 'd' && depth < kDomainDepthMax; ++depth) {
    type = info->base;
    modifier = info->base_modifier;
    info = lookup(type);
  }
  if (info == nullptr || info->kind == 'd') return "";
  const TypeInfo* inner = info->element == 0 ? info : lookup(info->element);
  if (inner == nullptr || inner->schema != "pg_catalog" || inner->kind != 'b') return "";
  return DeclaredName(type, modifier, lookup);
}

}  // namespace sluice::postgres
