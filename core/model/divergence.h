#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/position.h"

namespace sluice {

/// Why the document of an id may be something else than its row.
enum class DivergenceReason : uint8_t {
  kValueMissing,  ///< A row was written without a value that nobody had.
  kRefused,       ///< A record of the id is a dead letter: what it changed is not in the document.
};
inline constexpr int kDivergenceReasons = 2;

[[nodiscard]] const char* DivergenceReasonName(DivergenceReason reason);  ///< "value_missing", …

/// A divergent id: what its document holds may be older than the last change of the row, so that no
/// value of it may stand for one that a record did not carry (delivery contract, part 5). It stays
/// so until a write that carried every column was applied above `version`, or a repair.
struct Divergence {
  std::string index;
  std::string id;
  std::vector<std::string> fields;  ///< That are missing; of kValueMissing.
  DivergenceReason reason = DivergenceReason::kValueMissing;
  TopicPartition stream;  ///< Of the record that is the newest cause.
  Offset offset;
  int64_t version = 0;  ///< Of the newest cause.
  int64_t since = 0;    ///< Of the oldest one: what is not above it may be filled as always.
  /// Of the newest ones, ascending, the last being `version`; what lies between `since` and the
  /// first of them is not told apart from that (DivergenceCauses). Empty: nothing is.
  std::vector<int64_t> causes;
  int64_t noted_ms = 0;

  bool operator==(const Divergence&) const = default;
};

}  // namespace sluice
