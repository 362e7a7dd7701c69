#include "core/operations/delivery/delivery_window.h"

#include "core/model/check.h"

namespace sluice {

void DeliveryWindow::Add(uint64_t id, const std::string& order, size_t bytes) {
  const auto [entry, added] = entries_.try_emplace(id);
  SLUICE_CHECK(added, "a delivery is taken in once");
  entry->second.order = order;
  entry->second.bytes = bytes;
  bytes_ += bytes;
  std::deque<uint64_t>& lane = lanes_[order];
  lane.push_back(id);
  if (lane.size() == 1) ready_.emplace(0, id);
}

std::optional<uint64_t> DeliveryWindow::Take(int64_t now_us) {
  if (ready_.empty() || ready_.begin()->first > now_us) return std::nullopt;
  const uint64_t id = ready_.begin()->second;
  ready_.erase(ready_.begin());
  entries_.at(id).state = State::kUnderWay;
  ++under_way_;
  return id;
}

void DeliveryWindow::Again(uint64_t id, int64_t not_before_us) {
  Entry& entry = entries_.at(id);
  SLUICE_CHECK(entry.state == State::kUnderWay, "what is sent again was sent");
  entry.state = State::kWaiting;
  entry.not_before_us = not_before_us;
  --under_way_;
  ready_.emplace(not_before_us, id);
}

void DeliveryWindow::Withhold(uint64_t id) {
  Entry& entry = entries_.at(id);
  if (entry.state == State::kUnderWay) --under_way_;
  if (entry.state == State::kWaiting) ready_.erase({entry.not_before_us, id});
  entry.state = State::kWithheld;
}

void DeliveryWindow::Remove(uint64_t id) {
  Withhold(id);
  const auto found = entries_.find(id);
  const auto lane = lanes_.find(found->second.order);
  SLUICE_CHECK(lane->second.front() == id, "of a key the oldest becomes terminal first");
  lane->second.pop_front();
  bytes_ -= found->second.bytes;
  entries_.erase(found);
  if (lane->second.empty()) {
    lanes_.erase(lane);
  } else {
    ready_.emplace(0, lane->second.front());
  }
}

int64_t DeliveryWindow::due_us() const {
  return ready_.empty() ? INT64_MAX : ready_.begin()->first;
}

}  // namespace sluice
