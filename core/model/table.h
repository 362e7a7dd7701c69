#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What the values of a column are. Domains are told as what they are made of.
enum class ColumnType : uint8_t {
  kBoolean,
  kInt16,
  kInt32,
  kInt64,  ///< Object numbers (oid) too.
  kFloat32,
  kFloat64,
  kDecimal,  ///< A number of `precision` digits, `scale` of them after the point.
  kNumeric,  ///< A number without declared precision: each value has a scale of its own.
  kMoney,
  kText,   ///< Character types, network addresses, ranges: told by their text.
  kBytes,  ///< bytea.
  kBits,   ///< bit(n) and varbit(n); `length` is n, or -1 without limit.
  kDate,
  kTime,         ///< `scale` is the number of digits of a second, 0 to 6.
  kTimeTz,       ///< As kTime.
  kTimestamp,    ///< As kTime.
  kTimestampTz,  ///< As kTime.
  kInterval,
  kUuid,
  kJson,  ///< json and jsonb.
  kXml,
  kEnum,  ///< `allowed` are its labels, in order.
  kHstore,
  kLtree,
  kTsvector,
  kPoint,
  kBox,
  kLineSegment,
  kPath,
  kPolygon,
  kCircle,
  kLine,
  kGeometry,   ///< PostGIS.
  kGeography,  ///< PostGIS.
  kVector,
  kHalfVector,
  kSparseVector,
  kComposite,  ///< A row type.
  kOther,      ///< A type that nothing is known about: told by its text.
};

/// A column of a table as it was when a change was made.
struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool array = false;                ///< An array, of any number of dimensions, of `type`.
  int32_t length = -1;               ///< Declared length of bits and character types; -1: none.
  int32_t precision = -1;            ///< Of kDecimal.
  int32_t scale = -1;                ///< Of kDecimal, times and timestamps.
  std::vector<std::string> allowed;  ///< Of kEnum.
  std::string type_name;      ///< The database's own name of the type: "numeric(12,2)", "mood[]".
  bool untyped = false;       ///< Its type was dropped, and what it was is not known.
  bool domain_items = false;  ///< Of an array: its items are declared by a domain.
  bool optional = true;       ///< Null is allowed.
  bool generated = false;     ///< Computed from other columns and stored.
  /// The default in the database's text form, when it is a plain value; "" is a value too.
  std::optional<std::string> default_text;
  /// There is a default, and it is an expression such as now() that has no value of its own.
  bool default_computed = false;
};

/// Which columns of the old row the database writes to its log when a row changes.
enum class ReplicaIdentity : uint8_t { kDefault, kNothing, kFull, kIndex };

/// A table's shape. A change of shape makes a new object with a new number.
struct Table {
  /// Dense and never used twice within one source: readers may keep what they derived of it.
  uint32_t number = 0;
  uint32_t id = 0;  ///< The database's own number (oid).
  std::string database;
  std::string schema;
  std::string name;
  std::vector<Column> columns;
  std::vector<uint32_t> key;  ///< Positions in `columns`, in the key's order; empty: no key.
  ReplicaIdentity identity = ReplicaIdentity::kDefault;
};

}  // namespace sluice
