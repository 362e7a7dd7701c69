// What is sent next, and what an answer means.
#include <algorithm>
#include <utility>

#include "core/operations/delivery/delivery_machine.h"
#include "core/operations/group/backoff.h"

namespace sluice {

void DeliveryMachine::Tick(int64_t now_us) {
  for (auto& [name, line] : lines_) {
    if (line.direct.empty()) continue;
    const Delivery& oldest = deliveries_.at(line.direct.begin()->second);
    const bool late = now_us - oldest.taken_us >= settings_.park_after_us;
    if (late || destinations_[name.second].breaker.open()) BeginRun(line);
  }
}

std::optional<uint64_t> DeliveryMachine::NextToSend(int64_t now_us) {
  const auto count = static_cast<uint32_t>(destinations_.size());
  for (uint32_t i = 0; i < count; ++i) {
    Destination& destination = destinations_[turn_];
    turn_ = (turn_ + 1) % count;
    const uint32_t under_way = destination.window.under_way();
    if (under_way >= settings_.concurrency || !destination.breaker.Allows(now_us, under_way))
      continue;
    if (const std::optional<uint64_t> id = destination.window.Take(now_us)) {
      ++deliveries_.at(*id).attempts;
      return id;
    }
  }
  return std::nullopt;
}

int64_t DeliveryMachine::deadline_us(int64_t now_us) const {
  int64_t due_us = INT64_MAX;
  for (const auto& [name, line] : lines_) {
    if (line.direct.empty()) continue;
    const Delivery& oldest = deliveries_.at(line.direct.begin()->second);
    due_us = std::min(due_us, oldest.taken_us + settings_.park_after_us);
  }
  for (const Destination& destination : destinations_) {
    const uint32_t under_way = destination.window.under_way();
    // With requests under way an answer comes first.
    if (under_way >= settings_.concurrency || destination.window.size() == 0) continue;
    if (destination.breaker.open() && under_way > 0) continue;
    const int64_t ready_us = destination.window.due_us();
    if (ready_us == INT64_MAX) continue;
    due_us = std::min(due_us, std::max(ready_us, destination.breaker.until_us()));
  }
  return std::max(due_us, now_us);
}

const DeliveryMachine::Delivery* DeliveryMachine::Find(uint64_t id) const {
  const auto found = deliveries_.find(id);
  return found == deliveries_.end() ? nullptr : &found->second;
}

uint32_t DeliveryMachine::under_way() const {
  uint32_t sum = 0;
  for (const Destination& destination : destinations_) sum += destination.window.under_way();
  return sum;
}

/// The one table of what becomes of a delivery, and what it says about its destination. A body that
/// is refused counts against the destination too: a row of refusals looks like a wrong address, and
/// must not drain a topic into the dead letters.
void DeliveryMachine::Answer(uint64_t id, const Answered& answer) {
  const auto found = deliveries_.find(id);
  if (found == deliveries_.end()) return;  // given up meanwhile
  Delivery& delivery = found->second;
  Destination& destination = destinations_[delivery.destination.value];
  DestinationStats& stats = stats_.destinations[delivery.destination.value];
  const Verdict& verdict = answer.failure.verdict;
  const bool was_open = destination.breaker.open();
  if (delivery.first_ms == 0) delivery.first_ms = answer.wall_ms;
  if (verdict.disposition != Disposition::kCancelled)
    stats.round_trip_seconds.Add(static_cast<double>(answer.round_trip_us) / 1e6, kSecondsBounds);
  switch (verdict.disposition) {
    case Disposition::kDone:
      destination.breaker.Succeeded();
      ++stats.accepted;
      if (delivery.source_ms > 0) {
        const auto age_ms = std::max<int64_t>(answer.wall_ms - delivery.source_ms, 0);
        stats.age_seconds.Add(static_cast<double>(age_ms) / 1e3, kSecondsBounds);
      }
      return Finish(id, Fate::kApplied);
    case Disposition::kReject:
      ++stats.failures[static_cast<size_t>(verdict.reason)];
      destination.breaker.Failed(answer.now_us);
      if (!was_open && destination.breaker.open()) ++stats.openings;
      return Refuse(id, RejectReason::kDeliveryRefused, answer.failure);
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kSplit:
    case Disposition::kHalt:
      ++stats.failures[static_cast<size_t>(verdict.reason)];
      destination.breaker.Failed(answer.now_us);
      if (!was_open && destination.breaker.open()) ++stats.openings;
      if (settings_.attempts_max > 0 && delivery.attempts >= settings_.attempts_max)
        return Refuse(id, RejectReason::kAttemptsExhausted, answer.failure);
      return TryAgain(id, answer);
    case Disposition::kCancelled:
      --delivery.attempts;
      return destination.window.Again(id, answer.now_us);
  }
}

void DeliveryMachine::TryAgain(uint64_t id, const Answered& answer) {
  const Delivery& delivery = deliveries_.at(id);
  Destination& destination = destinations_[delivery.destination.value];
  random_ = random_ * 6364136223846793005 + 1442695040888963407;
  const int64_t wait_us = BackoffUs(settings_.backoff, delivery.attempts, random_ >> 16);
  // What a destination asks for is granted as far as a breaker would go by itself.
  const int64_t asked_us = std::min(answer.retry_after_us, settings_.breaker.longest_us);
  if (asked_us > 0) destination.breaker.Rest(answer.now_us + asked_us);
  destination.window.Again(id, answer.now_us + std::max(wait_us, asked_us));
}

void DeliveryMachine::Refuse(uint64_t id, RejectReason reason, const Failure& failure) {
  destinations_[deliveries_.at(id).destination.value].window.Withhold(id);
  refused_.push_back({id, reason, failure});
}

bool DeliveryMachine::DeadLettered(uint64_t id) {
  const auto found = deliveries_.find(id);
  if (found == deliveries_.end()) return false;
  ++stats_.destinations[found->second.destination.value].refused;
  Finish(id, Fate::kDeadLettered);
  return true;
}

void DeliveryMachine::Finish(uint64_t id, Fate fate) {
  const auto found = deliveries_.find(id);
  const Delivery delivery = found->second;
  deliveries_.erase(found);
  destinations_[delivery.destination.value].window.Remove(id);
  over_.push_back(id);
  Line& line = LineOf(delivery.partition, delivery.destination);
  line.direct.erase(delivery.origin.value);
  const auto copied = line.copied.find(delivery.origin.value);
  if (copied != line.copied.end() && copied->second == id) copied->second = kOver;
  if (delivery.record) Settle(*delivery.record, fate);
}

}  // namespace sluice
