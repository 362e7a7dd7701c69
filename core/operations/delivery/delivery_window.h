#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace sluice {

/// The deliveries of one destination that are in memory. One is under way for each key at most, in
/// the order in which they came; different keys do not wait for each other.
///
/// A value: copyable, no clock. Its size is bounded by its user (`size()`, `bytes()`).
class DeliveryWindow {
 public:
  /// `id`: rising.
  void Add(uint64_t id, const std::string& order, size_t bytes);
  /// The next one that may be sent, which is under way from then on; none: nothing is due.
  std::optional<uint64_t> Take(int64_t now_us);
  /// One that is under way is to be sent again, not before that time.
  void Again(uint64_t id, int64_t not_before_us);
  /// It is under way no more and is not sent again; those behind it wait until it is removed.
  void Withhold(uint64_t id);
  /// It is terminal: the next one of its key may go.
  void Remove(uint64_t id);

  [[nodiscard]] size_t size() const { return entries_.size(); }
  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] uint32_t under_way() const { return under_way_; }
  [[nodiscard]] bool Contains(uint64_t id) const { return entries_.contains(id); }
  /// When Take() may have something, as far as time decides; INT64_MAX: not by time.
  [[nodiscard]] int64_t due_us() const;

 private:
  enum class State : uint8_t { kWaiting, kUnderWay, kWithheld };
  struct Entry {
    std::string order;
    size_t bytes = 0;
    State state = State::kWaiting;
    int64_t not_before_us = 0;
  };

  std::unordered_map<uint64_t, Entry> entries_;
  std::unordered_map<std::string, std::deque<uint64_t>> lanes_;  ///< By order; never empty ones.
  std::set<std::pair<int64_t, uint64_t>> ready_;  ///< Heads of lanes that wait: not before, id.
  size_t bytes_ = 0;
  uint32_t under_way_ = 0;
};

}  // namespace sluice
