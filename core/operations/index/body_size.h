#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// How large a body grows before it is sent. Larger ones save the node work for each request until
/// that is small beside the work for the documents; from then on they only cost memory and hold
/// answers back. Where that is depends on node and documents, so it is tried out: the size is
/// doubled while that brings a tenth more acknowledged bytes a second, and halved where the node
/// refuses. Bodies that went out before they were full say nothing: then the load is the limit.
///
/// A value: no clock; times are microseconds of any one clock, sizes bytes.
class BodySize {
 public:
  static constexpr size_t kFirstBytes = 1024 * 1024;
  /// A node that refuses even less is served by splitting each body.
  static constexpr size_t kLeastBytes = 64 * 1024;
  /// Full bodies acknowledged one after another that make one measurement.
  static constexpr uint32_t kTrialBodies = 32;
  /// Measurements that a size which was found stays untouched.
  static constexpr uint32_t kSettledTrials = 64;

  /// Begins with kFirstBytes; never above `most_bytes`.
  explicit BodySize(size_t most_bytes);

  [[nodiscard]] size_t bytes() const { return bytes_; }

  /// `full`: the body was sent because it had reached the size.
  void Acknowledged(size_t body_bytes, bool full, int64_t now_us);
  /// The node refuses bodies of that size: none is to become as large again.
  void TooLarge(size_t body_bytes);
  /// The node has more to do than it can: smaller bodies, and another trial later.
  void Overloaded();

 private:
  void Judge(double bytes_per_us);
  void Settle(size_t bytes);
  void ForgetTrial() { trial_bodies_ = 0; }

  size_t most_bytes_;
  size_t bytes_;
  double rate_before_ = 0;       // of half the size; 0: not known
  uint32_t settled_trials_ = 0;  // that are left; 0: growing

  uint32_t trial_bodies_ = 0;
  size_t trial_bytes_ = 0;  // without the first body, whose time is the beginning
  int64_t trial_began_us_ = 0;
};

}  // namespace sluice
