#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/model/divergence.h"

namespace sluice {

/// The versions by which one id became divergent, as far as they are told apart.
///
/// A value: no clock, no I/O. Memory: at most kMost versions.
class DivergenceCauses {
 public:
  static constexpr size_t kMost = 8;

  DivergenceCauses() = default;
  /// Of an entry that is stored; one without `causes` is taken for a cause that reaches from
  /// `since` to `version`.
  explicit DivergenceCauses(const Divergence& entry);

  void Add(int64_t version);
  void Add(const DivergenceCauses& others);

  /// Whether a cause lies above `older` and below `newer`: then values of the one state may not
  /// stand for those that the other's record did not carry.
  [[nodiscard]] bool Between(int64_t older, int64_t newer) const;
  /// Whether all of the others are among these.
  [[nodiscard]] bool Cover(const DivergenceCauses& others) const;

  /// Of the oldest. 0: there is none.
  [[nodiscard]] int64_t since() const { return since_; }
  /// Of the newest. 0: there is none.
  [[nodiscard]] int64_t newest() const { return versions_.empty() ? 0 : versions_.back(); }
  /// Ascending; what lies between since() and the first of them is not told apart from that.
  [[nodiscard]] const std::vector<int64_t>& versions() const { return versions_; }

 private:
  void Widen(int64_t since, int64_t until);

  int64_t since_ = 0;
  std::vector<int64_t> versions_;
};

}  // namespace sluice
