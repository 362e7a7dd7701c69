#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/dead_letters.h"

namespace sluice::testing {

/// A dead letter as it was stored, with memory of its own.
struct StoredDeadLetter {
  TopicPartition stream;
  Offset offset;
  DeadLetter::Content content = DeadLetter::Content::kOriginal;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<Header> headers;
  std::string stage;
  RejectReason reason = RejectReason::kBadJson;
  std::string destination;
  std::string index;
  std::string id;
  int64_t version = 0;
  std::string operation;
  std::string error_type;
  std::string error_detail;
  uint32_t attempts = 0;
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  std::vector<Offset> replaced;
};

/// Dead letters in memory; stored once they are acknowledged.
///
/// Threads:   one call at a time.
/// Ownership: what is passed is copied.
/// Time:      never blocks.
/// Errors:    as scripted.
class FakeDeadLetters : public DeadLetters {
 public:
  explicit FakeDeadLetters(size_t capacity = SIZE_MAX) : capacity_(capacity) {}

  [[nodiscard]] bool Send(uint64_t token, const DeadLetter& letter) override;
  void Poll(std::vector<DeadLetterAck>& acks) override;

  /// Nothing is acknowledged while held; the queue fills up.
  void HoldAcks(bool hold) { held_ = hold; }
  void SetCapacity(size_t capacity) { capacity_ = capacity; }
  /// A key and value of more bytes are refused for their size.
  void SetMaxBytes(size_t bytes) { max_bytes_ = bytes; }
  /// The next letters are answered so, one each, and not stored.
  void FailNext(Verdict verdict) { failures_.push_back(verdict); }

  [[nodiscard]] const std::vector<StoredDeadLetter>& stored() const { return stored_; }
  [[nodiscard]] size_t open() const { return queue_.size(); }

 private:
  struct Waiting {
    uint64_t token = 0;
    StoredDeadLetter letter;
  };
  std::deque<Waiting> queue_;
  std::deque<Verdict> failures_;
  std::vector<StoredDeadLetter> stored_;
  size_t capacity_;
  size_t max_bytes_ = SIZE_MAX;
  bool held_ = false;
};

}  // namespace sluice::testing
