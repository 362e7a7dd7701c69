#include "tests/fakes/fake_event_publisher.h"

#include <algorithm>

namespace sluice::testing {
namespace {

std::optional<std::string> Copy(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

StreamSlot FakeEventPublisher::Open(const std::string& stream) {
  const auto at = std::find(streams_.begin(), streams_.end(), stream);
  const auto slot = static_cast<uint32_t>(at - streams_.begin());
  if (at == streams_.end()) streams_.push_back(stream);
  return StreamSlot{slot};
}

uint32_t FakeEventPublisher::CountPartitions(StreamSlot) {
  partitions_asked_ = !partitions_asked_;
  return partitions_asked_ ? 0 : partitions_;
}

bool FakeEventPublisher::Publish(const OutgoingEvent& event) {
  if (queue_.size() >= capacity_) return false;
  PublishedRecord record{streams_[event.stream.value],
                         Copy(event.key),
                         Copy(event.value),
                         {},
                         event.token,
                         event.partition,
                         {},
                         event.timestamp_ms};
  for (const HeaderView& header : event.headers) {
    record.headers.emplace(header.name, header.value.value_or("(null)"));
    record.all_headers.push_back({std::string(header.name), Copy(header.value)});
  }
  queue_.push_back(std::move(record));
  return true;
}

void FakeEventPublisher::Poll(std::vector<PublishAck>& acks) {
  for (size_t i = 0; i < acks_per_poll_ && !queue_.empty(); ++i) {
    const uint64_t token = queue_.front().token;
    if (failure_) {
      acks.push_back({token, 1, std::move(*failure_)});
      failure_.reset();
      queue_.pop_front();
      return;
    }
    const auto& record = queue_.front();
    const int64_t offset = next_offsets_[{record.stream, record.partition.value_or(0)}]++;
    log_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (acks.empty() || acks.back().token != token) acks.push_back({token, 0, {}});
    ++acks.back().count;
    acks.back().offset = offset;
  }
}

void FakeEventPublisher::Crash(size_t written) {
  for (; written > 0 && !queue_.empty(); --written) {
    log_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_.clear();
}

std::optional<Failure> FakePositionStore::Poll() {
  if (!waiting_ || held_) return std::nullopt;
  Failure answer;
  if (failure_) {
    answer = std::move(*failure_);
    failure_.reset();
  } else {
    stored_ = *waiting_;
  }
  waiting_.reset();
  return answer;
}

}  // namespace sluice::testing
