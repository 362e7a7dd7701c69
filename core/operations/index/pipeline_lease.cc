// The lease: nothing is sent unless the group has said a short while ago that the partitions are
// this member's. Whoever has them after it waits out what this member may have sent (delivery
// contract, part 4).
#include <string>

#include "core/operations/index/pipeline_loop.h"

namespace sluice {

/// The process was stopped, or the machine slept: others may own the partitions by now.
void Pipeline::Loop::NoticeGap() {
  const int64_t last_us = machine_.stats().turn_us;
  if (last_us == 0 || now_us_ - last_us <= settings_.session_timeout_us / 2) return;
  EndLease();
  ports_.index.CancelTransfers();
}

void Pipeline::Loop::EndLease() {
  lease_.End();
  machine_.SetLease(lease_.until_us());
}

/// When a commit is wanted though nothing has moved.
int64_t Pipeline::Loop::RenewalUs() const {
  return lease_.proven() ? lease_.proven_us() + settings_.session_timeout_us / 4 : INT64_MIN;
}

void Pipeline::Loop::ReportLease() {
  if (!machine_.lease_over() || machine_.idle() || phase_ == Phase::kClosing || ended()) {
    EndHold(HoldPlace::kLease);
  } else if (lease_.proven()) {
    Hold(HoldPlace::kLease, FailureReason::kOwnershipUnproven,
         "nothing is written: the broker has not accepted an offset commit for " +
             std::to_string(settings_.lease_us / 1'000'000) +
             " s, so that another member may own the partitions; it goes on when one is accepted");
  }
  if (full_since_us_ < 0 || machine_.remembered() == 0 || machine_.windows_left_us() == 0) {
    EndHold(HoldPlace::kWindows);
  } else {
    Hold(HoldPlace::kWindows, FailureReason::kWindowOpen,
         "memory is full of deletes that are sent again when no late copy of an older write can be "
         "alive, in " +
             std::to_string(machine_.windows_left_us() / 1'000'000 + 1) +
             " s at most; raise queue.max.bytes, or lower the timeouts that make up the window");
  }
}

}  // namespace sluice
