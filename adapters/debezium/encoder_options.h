#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "adapters/debezium/unchanged_shapes.h"
#include "core/model/table.h"

namespace sluice::debezium {

/// `decimal.handling.mode`
enum class DecimalMode : uint8_t { kPrecise, kDouble, kString };
/// `time.precision.mode`
enum class TimeMode : uint8_t {
  kAdaptive,
  kAdaptiveTimeMicroseconds,
  kConnect,
  kIsoString,
  kMicroseconds,
  kNanoseconds,
};
/// `interval.handling.mode`
enum class IntervalMode : uint8_t { kNumeric, kString };
/// `binary.handling.mode`
enum class BinaryMode : uint8_t { kBytes, kBase64, kBase64UrlSafe, kHex };
/// `hstore.handling.mode`
enum class HstoreMode : uint8_t { kJson, kMap };

/// Which of two forms a table's values take where Debezium's own form misleads.
enum class Fidelity : uint8_t {
  kCorrect,  ///< Nothing is lost: docs/FINDINGS.md lists the differences.
  kCompat,   ///< As Debezium 3.7 writes it, its losses included.
};

/// What hides or shortens the values of some columns: `column.mask.…` and `column.truncate.…`.
struct MaskRule {
  enum class Kind : uint8_t {
    kStars,     ///< column.mask.with.N.chars
    kHash,      ///< column.mask.hash.ALGORITHM.with.salt.SALT
    kHashV2,    ///< column.mask.hash.v2.ALGORITHM.with.salt.SALT
    kTruncate,  ///< column.truncate.to.N.chars
  };
  Kind kind = Kind::kStars;
  uint32_t chars = 0;     ///< Of kStars and kTruncate.
  std::string algorithm;  ///< Of the hashes: "SHA-256", as Java names them.
  std::string salt;       ///< Of the hashes.
  /// Which columns; asked once for each column of each table.
  std::function<bool(const Table&, const Column&)> matches;
};

/// Everything that shapes what an encoder writes.
struct EncoderOptions {
  std::string version;  ///< Of this product, as `source` tells it.
  std::string connector = "postgresql";
  std::string logical_name;    ///< topic.prefix
  std::string database;        ///< Of messages, which have no table that could tell it.
  bool key_schemas = false;    ///< key.converter.schemas.enable
  bool value_schemas = false;  ///< value.converter.schemas.enable

  DecimalMode decimal = DecimalMode::kPrecise;
  TimeMode time = TimeMode::kAdaptive;
  IntervalMode interval = IntervalMode::kNumeric;
  BinaryMode binary = BinaryMode::kBytes;
  HstoreMode hstore = HstoreMode::kJson;
  int32_t money_fraction_digits = 2;
  /// include.unknown.datatypes; of compatible tables only: others tell every column.
  bool unknown_types = false;
  /// unavailable.value.placeholder, as PlaceholderBytes() reads it.
  std::string unavailable_value{kDefaultPlaceholder};
  /// The database sends generated columns (PostgreSQL 18 can), so that updates tell them too.
  /// Without it they are left out everywhere: else an update would take away what a snapshot told.
  bool generated_columns = false;

  /// The fidelity of a table, asked once for each shape; none: kCorrect.
  std::function<Fidelity(const Table&)> fidelity;
  /// What a table's schemas are named by; none: `logical_name.schema.table`.
  std::function<std::string(const Table&)> schema_prefix;
  std::vector<MaskRule> masks;  ///< The first that matches a column counts.
};

}  // namespace sluice::debezium
