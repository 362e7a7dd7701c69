#pragma once

#include <cstdint>
#include <string>

#include "core/model/position.h"

namespace sluice::verify {

/// What a pipeline may take until it has committed a row that it has read.
struct WaitBounds {
  int64_t window_us = 0;   ///< For so long deletes and truncates may hold a committed offset.
  int64_t session_us = 0;  ///< After which the partitions of a member that died go to another.
};

/// How long the index is waited for where nobody says: a member may have died just now, and the
/// next one has a window to wait. Pure, as the next ones.
[[nodiscard]] int64_t DefaultWaitUs(const WaitBounds& bounds);

/// What is waited for, one sentence each; `left_us`: for how long at most.
[[nodiscard]] std::string SourceWaitText(const std::string& slot, Lsn confirmed, Lsn wanted,
                                         int64_t left_us);
[[nodiscard]] std::string IndexWaitText(const std::string& group, const std::string& topic,
                                        int64_t lag, int64_t window_us, int64_t left_us);

/// When a wait is told that has not been over until then. Mostly it takes a moment, and then
/// nothing is told; a long one is told again now and then.
class WaitPace {
 public:
  explicit WaitPace(int64_t now_us);
  [[nodiscard]] bool Due(int64_t now_us);

 private:
  int64_t next_us_;
};

}  // namespace sluice::verify
