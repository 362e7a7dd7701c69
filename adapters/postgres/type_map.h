#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/table.h"

namespace sluice::postgres {

/// A type as the catalogue describes it.
struct TypeInfo {
  uint32_t id = 0;
  std::string schema;
  std::string name;   ///< "numeric", "_int4", "mood".
  char kind = 'b';    ///< `typtype`: base, composite, domain, enum, pseudo, range, multirange.
  uint32_t base = 0;  ///< Of a domain.
  int32_t base_modifier = -1;  ///< Of a domain.
  uint32_t element = 0;        ///< Of an array; 0: no array.
  bool not_null = false;       ///< Of a domain.
  /// The catalogue has it no more: only the name is known, of a domain that of what it is made of.
  bool gone = false;
  std::vector<std::string> labels;  ///< Of an enum, in order.
};

/// Types by their number. What the catalogue has no more stays, for changes may be told later.
using KnownTypes = std::map<uint32_t, TypeInfo>;

/// A type by its number; null when it is not known.
using TypeLookup = std::function<const TypeInfo*(uint32_t id)>;

/// Fills type, array, length, precision, scale and allowed of a column from its declared type and
/// modifier; a domain is told as what it is made of, and is not optional where it forbids null. Of
/// a type that is gone the name tells it where it can; else the column is untyped.
void DescribeType(uint32_t type, int32_t modifier, const TypeLookup& lookup, Column& column);

/// What a base type is by its name. `schema` keeps a user's own type apart that is called like a
/// built-in one; types of extensions may be in any schema.
[[nodiscard]] ColumnType BaseType(std::string_view schema, std::string_view name);

/// The declared name with its modifier: "numeric(12,2)", "mood[]", "timestamp(3) with time zone".
[[nodiscard]] std::string DeclaredName(uint32_t type, int32_t modifier, const TypeLookup& lookup);

/// What a built-in type, a domain over one or an array of one is called in a cast; empty for every
/// other type.
[[nodiscard]] std::string CastName(uint32_t type, int32_t modifier, const TypeLookup& lookup);

}  // namespace sluice::postgres
