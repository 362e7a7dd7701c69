#include "tests/fakes/fake_dead_letters.h"

#include <utility>

namespace sluice::testing {
namespace {

std::optional<std::string> Copy(const std::optional<std::string_view>& view) {
  return view ? std::optional<std::string>(*view) : std::nullopt;
}

StoredDeadLetter Copy(const DeadLetter& letter) {
  StoredDeadLetter stored;
  stored.stream = letter.stream;
  stored.offset = letter.offset;
  stored.content = letter.content;
  stored.key = Copy(letter.key);
  stored.value = Copy(letter.value);
  stored.headers.assign(letter.headers.begin(), letter.headers.end());
  stored.stage = letter.stage;
  stored.reason = letter.reason;
  stored.destination = letter.destination;
  stored.index = letter.index;
  stored.id = letter.id;
  stored.version = letter.version;
  stored.operation = letter.operation;
  stored.error_type = letter.error_type;
  stored.error_detail = letter.error_detail;
  stored.attempts = letter.attempts;
  stored.first_ms = letter.first_ms;
  stored.last_ms = letter.last_ms;
  stored.replaced.assign(letter.replaced.begin(), letter.replaced.end());
  return stored;
}

size_t Bytes(const StoredDeadLetter& letter) {
  return (letter.key ? letter.key->size() : 0) + (letter.value ? letter.value->size() : 0);
}

}  // namespace

bool FakeDeadLetters::Send(uint64_t token, const DeadLetter& letter) {
  if (queue_.size() >= capacity_) return false;
  queue_.push_back({token, Copy(letter)});
  return true;
}

void FakeDeadLetters::Poll(std::vector<DeadLetterAck>& acks) {
  if (held_) return;
  for (Waiting& waiting : queue_) {
    DeadLetterAck ack;
    ack.token = waiting.token;
    if (!failures_.empty()) {
      ack.verdict = failures_.front();
      failures_.pop_front();
    } else if (Bytes(waiting.letter) > max_bytes_) {
      ack.verdict = {Disposition::kReject, FailureReason::kRecordTooLarge, WriteResult::kCreated};
    } else {
      stored_.push_back(std::move(waiting.letter));
    }
    acks.push_back(ack);
  }
  queue_.clear();
}

}  // namespace sluice::testing
