#include "adapters/kafka/row_topic.h"

#include <chrono>
#include <utility>

#include "core/operations/changelog/row_text.h"
#include "core/operations/json_string.h"

namespace sluice::kafka {
namespace {

constexpr std::chrono::milliseconds kWait{50};

/// Before the place, of which topic it is: "rows TOPIC LF". Places of before that say nothing.
constexpr std::string_view kOfTopic = "rows ";

bool IsDone(const Failure& failure) {
  return failure.verdict.disposition == Disposition::kDone;
}

std::string WithTopic(const std::string& topic, const std::string& positions) {
  return std::string(kOfTopic) + topic + "\n" + positions;
}

/// Takes the topic off a stored place. Empty: it tells none.
std::string TakeTopic(std::string& stored) {
  const size_t end = stored.find('\n');
  if (!stored.starts_with(kOfTopic) || end == std::string::npos) return "";
  std::string topic = stored.substr(kOfTopic.size(), end - kOfTopic.size());
  // The name of a source's topic has no blank behind it there: "rows 0 …" is a line of places.
  if (topic.find(' ') != std::string::npos) return "";
  stored.erase(0, end + 1);
  return topic;
}

}  // namespace

RowTopic::RowTopic(RowTopicSettings settings, std::unique_ptr<CompactedTopic> positions,
                   std::unique_ptr<RecordPublisher> publisher, Waiter& waiter, Clock& clock)
    : settings_(std::move(settings)),
      positions_(std::move(positions)),
      publisher_(std::move(publisher)),
      waiter_(waiter),
      clock_(clock) {}

Failure RowTopic::Load(std::string& positions) {
  auto stored = positions_->Load(settings_.positions_name);
  if (!stored) {
    return {{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated},
            "",
            "the place of the change log cannot be read from topic " + settings_.positions_topic +
                ": " + stored.error().ToString()};
  }
  positions = stored->value_or("");
  const bool known = !positions.empty();
  const std::string topic = TakeTopic(positions);
  if (!topic.empty() && topic != settings_.topic) return OfAnother(topic);
  // One that does not tell its topic is written anew.
  kept_ = known && topic.empty() ? std::nullopt : std::optional(positions);
  stream_ = publisher_->Open(settings_.topic);
  return {};
}

Failure RowTopic::OfAnother(const std::string& topic) const {
  return {{Disposition::kHalt, FailureReason::kStorageMismatch, WriteResult::kCreated},
          "",
          "the place that is kept as " + settings_.positions_name + " in topic " +
              settings_.positions_topic + " is that of the rows in topic " + topic +
              ", and changelog.topic is " + settings_.topic +
              ": what was told there would be missing here, and what is told here there; give each "
              "change log a changelog.name of its own (a new one begins at the beginning)"};
}

template <typename Done>
Failure RowTopic::AwaitUntil(const Done& done, const std::string& what) {
  const int64_t until_us = clock_.NowUs() + settings_.keep_timeout_us;
  for (;;) {
    if (Failure failure = Poll(); !IsDone(failure)) return failure;
    if (done()) return {};
    if (clock_.NowUs() >= until_us) break;
    waiter_.Wait(kWait);
  }
  Failure failure = publisher_->trouble();
  if (IsDone(failure)) failure.verdict.reason = FailureReason::kBrokerUnreachable;
  failure.verdict.disposition = Disposition::kHold;
  failure.detail = what + (failure.detail.empty() ? "" : ": " + failure.detail);
  return failure;
}

Failure RowTopic::Append(const ChangelogRow& row) {
  key_.clear();
  value_.clear();
  AppendJsonString(row.id, key_);
  AppendRowJson(settings_.columns, row, value_);
  OutgoingEvent event;
  event.stream = stream_;
  event.key = key_;
  event.value = value_;
  const auto publish = [this, &event] { return publisher_->Publish(event); };
  if (!publish()) {
    if (Failure failure = AwaitUntil(publish, "the brokers take no more rows"); !IsDone(failure))
      return failure;
  }
  ++open_;
  bytes_ += value_.size();
  return {};
}

Failure RowTopic::Poll() {
  acks_.clear();
  publisher_->Poll(acks_);
  for (const PublishAck& ack : acks_) {
    if (!IsDone(ack.failure)) {
      Failure failure = ack.failure;
      // The publisher has to be given up; what a new one cannot do either, a person has to see to.
      if (failure.verdict.disposition != Disposition::kHalt)
        failure.verdict.disposition = Disposition::kHold;
      return failure;
    }
    open_ -= ack.count;
  }
  return {};
}

Failure RowTopic::Keep(const std::string& positions) {
  if (Failure failure =
          AwaitUntil([this] { return open_ == 0; }, "rows are not acknowledged by the brokers");
      !IsDone(failure)) {
    return failure;
  }
  if (positions != kept_) {
    positions_->Store(settings_.positions_name, WithTopic(settings_.topic, positions));
    std::optional<Failure> answer;
    const auto answered = [this, &answer] {
      answer = positions_->Poll();
      return answer.has_value();
    };
    if (Failure failure = AwaitUntil(answered, "the place of the change log is not acknowledged");
        !IsDone(failure)) {
      return failure;
    }
    if (!IsDone(*answer)) {
      answer->verdict.disposition = Disposition::kHold;
      return *answer;
    }
    kept_ = positions;
  }
  counts_.bytes += std::exchange(bytes_, 0);
  return {};
}

}  // namespace sluice::kafka
