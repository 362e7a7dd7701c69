#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/model/change_event.h"
#include "core/model/outcome.h"

namespace sluice {

/// What became of a record that a change log has read.
enum class ChangelogFate : uint8_t {
  kTold,       ///< Its rows were written.
  kUntouched,  ///< An update that touched none of the fields.
  kRead,       ///< A row that a snapshot has read: no change.
  kAgain,      ///< Our own source has sent it again: its rows are there.
  kTruncate,   ///< A table was emptied: which rows it had is not told.
  kOther,      ///< A tombstone, heartbeat, message or mark of a transaction.
  kRefused,    ///< No row can be told: a dead letter.
};
inline constexpr int kChangelogFates = 7;
[[nodiscard]] const char* ChangelogFateName(ChangelogFate fate);  ///< "told", "untouched", …

/// What one sink's change log has done and where it stands. Counters never go back.
struct ChangelogStats {
  enum class State : uint8_t { kStarting, kRunning, kStopped, kHalted };
  State state = State::kStarting;
  std::string sink;  ///< "file" or "topic".
  std::array<uint64_t, kChangelogFates> records{};
  std::array<uint64_t, kRejectReasons> refused{};
  uint64_t rows = 0;   ///< Appended.
  uint64_t bytes = 0;  ///< Of rows that were kept.
  uint64_t files = 0;  ///< Sealed.
  uint64_t keeps = 0;  ///< Times that rows and positions were made safe.
  int64_t lag = -1;    ///< Records that are not kept yet; -1: unknown.
  int64_t turn_us = 0;
  std::string hold_reason;                    ///< Empty: nothing is held.
  FailureReason hold = FailureReason::kNone;  ///< Of hold_reason.
  std::string halt_reason;
};

}  // namespace sluice
