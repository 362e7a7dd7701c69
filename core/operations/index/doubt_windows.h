#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

namespace sluice {

/// For how long a late copy of a write may still be applied: one window per document id whose
/// request had an unknown outcome (delivery contract, part 4). Ids are told apart by their hash
/// alone: two that share one only share a window that is longer than it need be.
///
/// A value: copyable, no clock. Memory: kBytesEach for each id in doubt during the last window.
class DoubtWindows {
 public:
  static constexpr size_t kBytesEach = 72;

  /// `length_us`: how long after its unknown outcome no copy of a request can be alive; 0: no
  /// window is ever opened.
  explicit DoubtWindows(int64_t length_us) : length_us_(length_us) {}

  void Open(uint32_t hash, int64_t now_us);
  /// Forgets the windows that are closed.
  void Tick(int64_t now_us);

  /// When the id's window closes; INT64_MIN: it has none.
  [[nodiscard]] int64_t ClosesAt(uint32_t hash) const;
  /// When the last of them closes; of no meaning when there is none.
  [[nodiscard]] int64_t last_closes_us() const { return last_closes_us_; }
  [[nodiscard]] bool empty() const { return closes_at_.empty(); }
  [[nodiscard]] size_t size() const { return closes_at_.size(); }
  [[nodiscard]] int64_t length_us() const { return length_us_; }
  /// Appends what is open and for how long, as numbers (IndexMachine::AppendState()). Tick() has
  /// come before, so that nothing else is there.
  void AppendState(int64_t now_us, std::vector<int64_t>& words) const;

 private:
  struct Entry {
    int64_t look_us = 0;
    uint32_t hash = 0;
  };

  int64_t length_us_;
  int64_t last_closes_us_ = INT64_MIN;
  std::unordered_map<uint32_t, int64_t> closes_at_;
  std::deque<Entry> to_look_at_;  // one an id, rising
};

}  // namespace sluice
