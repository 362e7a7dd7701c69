#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/change_event.h"
#include "core/model/record.h"
#include "core/operations/group/record_rereads.h"
#include "core/operations/index/index_machine.h"
#include "core/operations/index/pipeline_settings.h"
#include "core/ports/dead_letters.h"

namespace sluice {

/// Sees each refused record through to an acknowledged dead letter: fetches its original bytes from
/// the log where they are no longer at hand, sends, sends again, and falls back to a reference
/// where the log no longer has the record or the broker refuses its size.
///
/// Threads:   the pipeline's.
/// Ownership: keeps references to records, not their bytes, but for the few being sent.
/// Time:      no call blocks. The number of open letters is bounded by its user.
/// Errors:    none: a letter stays open until it is acknowledged; hold_reason() says why it is not.
class DeadLetterDesk {
 public:
  /// A refused record and all that is known of it.
  struct Letter {
    OpIndex op = kNoOp;  ///< The operation that waits for it, or none.
    RecordRef record;    ///< Settled by the desk's user when there is no operation.
    TopicPartition stream;
    RejectReason reason = RejectReason::kBadJson;
    const char* stage = "decode";
    std::string destination;
    std::string index;
    std::string id;
    int64_t version = 0;
    const char* operation = "";
    std::string error_type;
    std::string error_detail;
    std::string refused_write;  ///< Sent instead of a record that the log no longer has.
    uint32_t attempts = 1;
    int64_t first_ms = 0;
    int64_t last_ms = 0;
    std::vector<Offset> replaced;
    uint64_t ticket = 0;  ///< By which its id is known to be divergent; of the desk's user.
  };

  DeadLetterDesk(DeadLetters& sink, RecordRereads& rereads, const BackoffSettings& backoff,
                 uint64_t seed);

  /// Takes a refused record on. Its bytes come from the archive, headers and all, also when they
  /// are still in hand: one way for every refusal.
  void Open(Letter letter);
  /// Moves letters on; appends those that were acknowledged.
  void Poll(int64_t now_us, std::vector<Letter>& acknowledged);
  [[nodiscard]] size_t open() const { return open_.size(); }
  /// What is kept for the open letters, in bytes (I8).
  [[nodiscard]] uint64_t held_bytes() const { return held_bytes_; }
  [[nodiscard]] uint64_t references() const { return references_; }
  [[nodiscard]] FailureReason hold_reason() const {
    return sink_hold_ != FailureReason::kNone ? sink_hold_ : archive_hold_;
  }
  /// Of hold_reason(), for people.
  [[nodiscard]] std::string hold_sentence() const;

 private:
  enum class Step : uint8_t { kWantsRecord, kReading, kWantsSending, kSent };
  /// How much of a record is sent: less after each refusal for its size.
  enum class Extent : uint8_t { kWhole, kWithoutValue, kBare };
  struct Entry {
    Letter letter;
    Step step = Step::kWantsRecord;
    std::optional<OwnedRecord> record;
    Extent extent = Extent::kWhole;
    uint32_t failures = 0;
    int64_t not_before_us = 0;

    [[nodiscard]] bool as_reference() const { return extent != Extent::kWhole || !record; }
    [[nodiscard]] uint64_t bytes() const;
  };

  void TakeRecords();
  void TakeAcks(int64_t now_us, std::vector<Letter>& acknowledged);
  void Advance(uint64_t token, Entry& entry, int64_t now_us);
  [[nodiscard]] bool SendEntry(uint64_t token, const Entry& entry);
  void Delay(Entry& entry, const Verdict& verdict, int64_t now_us);

  DeadLetters& sink_;
  RecordRereads& rereads_;
  const BackoffSettings backoff_;
  uint64_t random_;
  uint64_t next_token_ = 1;
  std::unordered_map<uint64_t, Entry> open_;
  uint64_t references_ = 0;
  uint64_t held_bytes_ = 0;
  FailureReason archive_hold_ = FailureReason::kNone;
  FailureReason sink_hold_ = FailureReason::kNone;
  std::vector<ArchivedRecord> answers_;
  std::vector<DeadLetterAck> acks_;
};

}  // namespace sluice
