#include "core/operations/group/dead_letter_desk.h"

#include <utility>

#include "core/operations/group/backoff.h"

namespace sluice {

DeadLetterDesk::DeadLetterDesk(DeadLetters& sink, RecordRereads& rereads,
                               const BackoffSettings& backoff, uint64_t seed)
    : sink_(sink), rereads_(rereads), backoff_(backoff), random_(seed | 1) {}

uint64_t DeadLetterDesk::Entry::bytes() const {
  uint64_t bytes = sizeof(Entry) + letter.refused_write.size();
  if (record)
    bytes += (record->key ? record->key->size() : 0) + (record->value ? record->value->size() : 0);
  return bytes;
}

void DeadLetterDesk::Open(Letter letter) {
  Entry entry;
  entry.letter = std::move(letter);
  held_bytes_ += entry.bytes();
  open_.emplace(next_token_++, std::move(entry));
}

void DeadLetterDesk::Poll(int64_t now_us, std::vector<Letter>& acknowledged) {
  TakeRecords();
  TakeAcks(now_us, acknowledged);
  held_bytes_ = 0;
  for (auto& [token, entry] : open_) {
    Advance(token, entry, now_us);
    held_bytes_ += entry.bytes();
  }
}

void DeadLetterDesk::TakeRecords() {
  answers_.clear();
  rereads_.Poll(RecordRereads::User::kDeadLetters, answers_);
  for (ArchivedRecord& answer : answers_) {
    const auto found = open_.find(answer.token);
    const bool final_answer = answer.verdict.disposition == Disposition::kDone;
    if (found == open_.end() || found->second.step != Step::kReading) continue;
    if (!final_answer) {  // the archive keeps trying and says why it takes so long
      archive_hold_ = answer.verdict.reason;
      continue;
    }
    archive_hold_ = FailureReason::kNone;
    found->second.record = std::move(answer.record);
    found->second.step = Step::kWantsSending;
  }
}

void DeadLetterDesk::TakeAcks(int64_t now_us, std::vector<Letter>& acknowledged) {
  acks_.clear();
  sink_.Poll(acks_);
  for (const DeadLetterAck& ack : acks_) {
    const auto found = open_.find(ack.token);
    if (found == open_.end()) continue;
    Entry& entry = found->second;
    if (ack.verdict.disposition == Disposition::kDone) {
      if (entry.as_reference()) ++references_;
      sink_hold_ = FailureReason::kNone;
      acknowledged.push_back(std::move(entry.letter));
      open_.erase(found);
    } else if (ack.verdict.disposition == Disposition::kReject && entry.extent != Extent::kBare) {
      // Too large for the dead-letter topic: without its value, at last without its key as well.
      entry.extent = entry.extent == Extent::kWhole ? Extent::kWithoutValue : Extent::kBare;
      entry.step = Step::kWantsSending;
    } else {
      Delay(entry, ack.verdict, now_us);
    }
  }
}

void DeadLetterDesk::Delay(Entry& entry, const Verdict& verdict, int64_t now_us) {
  sink_hold_ = verdict.reason;
  ++entry.failures;
  random_ = random_ * 6364136223846793005 + 1442695040888963407;
  entry.not_before_us = now_us + BackoffUs(backoff_, entry.failures, random_ >> 16);
  // The bytes are read again rather than kept: a broker that is away for long costs no memory.
  entry.step = entry.extent == Extent::kBare ? Step::kWantsSending : Step::kWantsRecord;
  entry.record.reset();
}

void DeadLetterDesk::Advance(uint64_t token, Entry& entry, int64_t now_us) {
  if (entry.not_before_us > now_us) return;
  switch (entry.step) {
    case Step::kWantsRecord:
      if (rereads_.Request(RecordRereads::User::kDeadLetters, token, entry.letter.stream,
                           entry.letter.record.offset))
        entry.step = Step::kReading;
      return;
    case Step::kWantsSending:
      if (!SendEntry(token, entry)) return;  // the queue is full: next turn
      entry.step = Step::kSent;
      return;
    case Step::kReading:
    case Step::kSent: return;
  }
}

bool DeadLetterDesk::SendEntry(uint64_t token, const Entry& entry) {
  const Letter& from = entry.letter;
  DeadLetter letter;
  letter.stream = from.stream;
  letter.offset = from.record.offset;
  letter.content =
      entry.as_reference() ? DeadLetter::Content::kReference : DeadLetter::Content::kOriginal;
  if (entry.record && entry.extent != Extent::kBare) {
    letter.key = entry.record->key;
    letter.headers = entry.record->headers;
  }
  if (entry.extent == Extent::kWhole) {
    if (entry.record) {
      letter.value = entry.record->value;
    } else if (!from.refused_write.empty()) {
      letter.value = from.refused_write;
    }
  }
  letter.stage = from.stage;
  letter.reason = from.reason;
  letter.destination = from.destination;
  letter.index = from.index;
  letter.id = from.id;
  letter.version = from.version;
  letter.operation = from.operation;
  letter.error_type = from.error_type;
  letter.error_detail = from.error_detail;
  letter.attempts = from.attempts;
  letter.first_ms = from.first_ms;
  letter.last_ms = from.last_ms;
  letter.replaced = from.replaced;
  return sink_.Send(token, letter);
}

std::string DeadLetterDesk::hold_sentence() const {
  return std::string("dead letters are not acknowledged by the broker and are sent again (") +
         FailureReasonName(hold_reason()) +
         "): check that the dead-letter topic exists and may be written";
}

}  // namespace sluice
