#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace sluice {

/// How many of the last records were refused (delivery contract, part 9): a topic none of whose
/// records fits its index must not drain into the dead letters.
///
/// Records that were not read yet count as good ones: the first kRecords of a start may hold as
/// many refused ones as any others, and a single bad record among the first ten is no reason to
/// halt. A refusal counts where it was told, which is up to a full queue behind its record.
///
/// A value: no clock. Memory: eight bytes a refusal that counts.
class RejectionShare {
 public:
  static constexpr int64_t kRecords = 10'000;
  static constexpr int64_t kMillion = 1'000'000;

  /// `max_ppm`: the largest share, in millionths; kMillion or more: no limit.
  explicit RejectionShare(int64_t max_ppm) : max_ppm_(max_ppm) {}

  void Read(uint64_t records) { read_ += records; }
  /// One more was refused. False: those are too many.
  [[nodiscard]] bool Refuse();
  /// How many of the last kRecords were refused.
  [[nodiscard]] size_t refused() const { return at_.size(); }

 private:
  int64_t max_ppm_;
  uint64_t read_ = 0;
  std::deque<uint64_t> at_;  // how many were read when each was refused
};

}  // namespace sluice
