#include "tests/fakes/fake_destinations.h"

#include <algorithm>
#include <utility>

#include "core/model/check.h"

namespace sluice::testing {

void FakeDestinations::Send(const OutgoingDelivery& delivery) {
  ArrivedDelivery arrived{delivery.destination, std::string(delivery.body),
                          std::string(delivery.idempotency_key), delivery.attempt,
                          Disposition::kDone};
  Waiting waiting;
  waiting.delivery = delivery;
  waiting.arrival = arrived_.size();
  waiting.sent_us = clock_.NowUs();
  if (reply) waiting.reply = reply(arrived);
  arrived.answered = waiting.reply.failure.verdict.disposition;
  arrived_.push_back(std::move(arrived));
  waiting_.push_back(std::move(waiting));
}

void FakeDestinations::Poll(std::vector<DeliveryAnswer>& answers) {
  for (DeliveryAnswer& answer : std::exchange(cancelled_, {})) answers.push_back(std::move(answer));
  const int64_t now_us = clock_.NowUs();
  for (const Waiting& waiting : waiting_) {
    if (waiting.sent_us + waiting.reply.after_us > now_us) continue;
    SLUICE_CHECK(waiting.delivery.body == arrived_[waiting.arrival].body,
                 "a body lives until its answer was taken");
    answers.push_back({waiting.delivery.token, waiting.reply.failure, waiting.reply.retry_after_us,
                       now_us - waiting.sent_us});
  }
  std::erase_if(waiting_, [now_us](const Waiting& waiting) {
    return waiting.sent_us + waiting.reply.after_us <= now_us;
  });
}

void FakeDestinations::CancelAll() {
  for (const Waiting& waiting : waiting_) {
    DeliveryAnswer& answer = cancelled_.emplace_back();
    answer.token = waiting.delivery.token;
    answer.failure.verdict = {Disposition::kCancelled, FailureReason::kNone, WriteResult::kCreated};
  }
  waiting_.clear();
}

size_t FakeDestinations::under_way(DestinationSlot destination) const {
  return static_cast<size_t>(
      std::count_if(waiting_.begin(), waiting_.end(), [destination](const Waiting& waiting) {
        return waiting.delivery.destination == destination;
      }));
}

}  // namespace sluice::testing
