#pragma once

#include <cstdint>

namespace sluice {

/// How long a member may send without hearing from the group again (delivery contract, part 4): an
/// offset commit that was accepted for all its partitions proves that they were its own when that
/// commit was sent. Whoever gets them later waits out what was sent within `length_us` of that.
///
/// A value: copyable, no clock.
class OwnershipLease {
 public:
  explicit OwnershipLease(int64_t length_us) : length_us_(length_us) {}

  /// A commit goes out. `covers_all`: it is for every partition of this member.
  void CommitSent(int64_t now_us, bool covers_all) {
    sent_us_ = now_us;
    covers_all_ = covers_all;
  }
  /// The commit that was sent last was accepted.
  void CommitAccepted() {
    if (covers_all_) proven_us_ = sent_us_;
  }
  /// Nothing is proven any more, nor will be by a commit that is under way.
  void End() {
    proven_us_ = INT64_MIN;
    covers_all_ = false;
  }

  [[nodiscard]] bool proven() const { return proven_us_ != INT64_MIN; }
  /// When the newest commit was sent that proves something; INT64_MIN: there is none.
  [[nodiscard]] int64_t proven_us() const { return proven_us_; }
  /// Nothing is sent from then on; INT64_MIN: nothing at all.
  [[nodiscard]] int64_t until_us() const { return proven() ? proven_us_ + length_us_ : INT64_MIN; }

 private:
  int64_t length_us_;
  int64_t sent_us_ = INT64_MIN;
  bool covers_all_ = false;
  int64_t proven_us_ = INT64_MIN;
};

}  // namespace sluice
