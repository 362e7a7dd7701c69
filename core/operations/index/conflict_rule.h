#pragma once

#include <cstdint>

#include "core/model/control.h"

namespace sluice {

/// What a version conflict means (409; delivery contract, part 3).
enum class ConflictRuling : uint8_t {
  kApplied,     ///< This very version is there.
  kSuperseded,  ///< A later record of our log is there.
  kBeyondEnd,   ///< It would be a record that our log does not have, as far as is known.
  kForeign,     ///< No record of our log has it.
};

/// The upper part of a version in offset mode.
[[nodiscard]] int32_t IncarnationOf(int64_t version);
/// The offset that a version in offset mode was made of.
[[nodiscard]] int64_t OffsetOf(int64_t version);

/// Pure. `stored` is the version that refused `sent`. `known`: how far the partition of the record
/// is known to go; in offset mode the next offset to be written, in header mode the highest version
/// that its records have told.
[[nodiscard]] ConflictRuling RuleConflict(VersionMode mode, int64_t sent, int64_t stored,
                                          int64_t known);

}  // namespace sluice
