#include "tests/fakes/fake_record_source.h"

#include <algorithm>
#include <utility>

#include "core/model/check.h"

namespace sluice::testing {

size_t FakeRecordSource::Poll(std::span<Record> out) {
  SLUICE_CHECK(!unreleased_, "the records of the former Poll() must have been released");
  if (!commits_held_) AnswerCommit();
  FinishClose();
  if (out.empty() || records_held_ || paused_ || slots_.empty()) return 0;
  const size_t most = std::min(out.size(), batch_limit_);
  size_t count = 0;
  // One record of each partition in turn, so that partitions are interleaved as a broker does.
  for (size_t dry = 0; dry < slots_.size() && count < most; ++turn_) {
    const auto number = static_cast<uint32_t>(turn_ % slots_.size());
    const bool read = ReadOne(slots_[number], PartitionSlot{number}, out[count]);
    dry = read ? 0 : dry + 1;
    count += read ? 1 : 0;
  }
  unreleased_ = count > 0;
  return count;
}

bool FakeRecordSource::ReadOne(Slot& slot, PartitionSlot number, Record& out) {
  if (slot.state != State::kReading || slot.kept_back || slot.held) return false;
  const OwnedRecord* record = log_.Next(slot.name, slot.next);
  if (record == nullptr) {
    TellEnd(slot, number);
    return false;
  }
  const auto view = [this](const std::optional<std::string>& from) {
    return from ? std::optional<std::string_view>(bytes_.emplace_back(*from)) : std::nullopt;
  };
  out.partition = number;
  out.number = static_cast<uint32_t>(handed_.size());
  handed_.push_back(record);
  out.offset = record->offset;
  out.leader_epoch = log_.LeaderEpoch(slot.name, record->offset);
  out.timestamp_ms = record->timestamp_ms;
  out.key = view(record->key);
  out.value = view(record->value);
  slot.next = record->offset.Next();
  slot.end_seen = log_.End(slot.name).value;
  slot.end_told = false;
  return true;
}

void FakeRecordSource::TellEnd(Slot& slot, PartitionSlot number) {
  const Offset end = log_.End(slot.name);
  if (slot.end_told && slot.end_seen == end.value) return;
  slot.end_told = true;
  slot.end_seen = end.value;
  slot.next = end;
  SourceEvent event;
  event.kind = SourceEvent::Kind::kEndOfPartition;
  event.slots = {number};
  event.offset = end;
  events_.push_back(std::move(event));
}

std::optional<std::string_view> FakeRecordSource::HeaderOf(const Record& record,
                                                           const char* name) const {
  SLUICE_CHECK(record.number < handed_.size(), "a record has headers until it is released");
  const std::vector<Header>& headers = handed_[record.number]->headers;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->name == name && header->value) return bytes_.emplace_back(*header->value);
  }
  return std::nullopt;
}

void FakeRecordSource::Release() {
  handed_.clear();
  for (; released_ < bytes_.size(); ++released_)
    std::fill(bytes_[released_].begin(), bytes_[released_].end(), '\xDD');
  // Some are kept, overwritten, so that a stale view reads garbage and not freed memory.
  for (; bytes_.size() > 256; --released_) bytes_.pop_front();
  unreleased_ = false;
}

bool FakeRecordSource::NextEvent(SourceEvent& event) {
  if (events_.empty()) return false;
  event = std::move(events_.front());
  events_.pop_front();
  if (event.kind == SourceEvent::Kind::kAssigned) {
    for (const AssignedPartition& partition : event.assigned) to_start_.push_back(partition.slot);
  }
  return true;
}

const TopicPartition& FakeRecordSource::Name(PartitionSlot slot) const {
  SLUICE_CHECK(slot.value < slots_.size(), "a slot comes from this source");
  return slots_[slot.value].name;
}

int64_t FakeRecordSource::EndOffset(PartitionSlot slot) const {
  SLUICE_CHECK(slot.value < slots_.size(), "a slot comes from this source");
  return slots_[slot.value].end_seen;
}

void FakeRecordSource::AskStream(const std::string& topic) {
  ++streams_asked_;
  SourceEvent event;
  event.kind = SourceEvent::Kind::kStreamFacts;
  event.stream.topic = topic;
  event.stream.cluster_id = log_.cluster_id;
  event.stream.topic_id = log_.topic_id;
  for (const TopicPartition& name : log_.Partitions(topic)) {
    const std::optional<CommitPosition> committed = log_.Committed(name);
    event.stream.partitions.push_back(
        {log_.Beginning(name).value, log_.End(name).value, committed ? committed->next.value : -1});
  }
  events_.push_back(std::move(event));
}

void FakeRecordSource::StartReading() {
  paused_ = false;
  for (const PartitionSlot number : to_start_) {
    Slot& slot = slots_[number.value];
    if (slot.state == State::kAssigned) slot.state = State::kReading;
  }
  to_start_.clear();
}

void FakeRecordSource::CompleteRevoke() {
  SLUICE_CHECK(!to_revoke_.empty(), "CompleteRevoke() answers a kRevoking or kLost");
  for (const PartitionSlot number : to_revoke_) {
    slots_[number.value].state = State::kIdle;
    std::erase(to_start_, number);  // given again, it is started by its new assignment only
  }
  to_revoke_.clear();
  in_flight_.reset();  // ends the wait for it: whether it arrived is not known
  FinishClose();
}

void FakeRecordSource::KeepBack(std::span<const PartitionSlot> slots) {
  for (uint32_t i = 0; i < slots_.size(); ++i)
    slots_[i].kept_back = std::find(slots.begin(), slots.end(), PartitionSlot{i}) != slots.end();
}

void FakeRecordSource::PauseFetching() {
  paused_ = true;
}

void FakeRecordSource::ResumeFetching() {
  paused_ = false;
}

void FakeRecordSource::Hold(PartitionSlot number, Offset next) {
  SLUICE_CHECK(number.value < slots_.size(), "a slot comes from this source");
  Slot& slot = slots_[number.value];
  slot.held = true;
  slot.next = next;
  slot.end_told = false;
  std::erase_if(events_, [number](const SourceEvent& event) {
    return event.kind == SourceEvent::Kind::kEndOfPartition && event.slots.front() == number;
  });
}

void FakeRecordSource::GoOn(PartitionSlot number) {
  SLUICE_CHECK(number.value < slots_.size(), "a slot comes from this source");
  slots_[number.value].held = false;
}

void FakeRecordSource::Commit(std::span<const Position> positions) {
  SLUICE_CHECK(!in_flight_, "one commit at a time");
  ++commits_asked_;
  in_flight_.emplace();
  for (const Position& position : positions) {
    in_flight_->push_back({Name(position.slot), position.position, position.note});
  }
}

void FakeRecordSource::AnswerCommit() {
  if (!in_flight_) return;
  SourceEvent event;
  event.kind = SourceEvent::Kind::kCommitted;
  if (!commit_failures_.empty()) {
    event.kind = SourceEvent::Kind::kCommitFailed;
    event.failure = std::move(commit_failures_.front());
    commit_failures_.pop_front();
  }
  for (const Commitment& commitment : *in_flight_) {
    if (slots_[SlotOf(commitment.name).value].state != State::kIdle) continue;
    event.kind = SourceEvent::Kind::kCommitFailed;
    event.failure.verdict = {Disposition::kCancelled, FailureReason::kAssignmentLost,
                             WriteResult::kCreated};
    event.failure.detail = "the partition was lost before the commit";
  }
  if (event.kind == SourceEvent::Kind::kCommitted) {
    for (const Commitment& commitment : *in_flight_) {
      log_.SetCommitted(commitment.name, commitment.position, commitment.note);
    }
  }
  in_flight_.reset();
  events_.push_back(std::move(event));
}

void FakeRecordSource::HoldCommits(bool hold) {
  commits_held_ = hold;
  if (!hold) AnswerCommit();
}

void FakeRecordSource::Close() {
  if (closing_) return;
  closing_ = true;
  if (Owned().empty() && to_revoke_.empty()) {
    FinishClose();
  } else if (to_revoke_.empty()) {
    RevokeAll();
  }
}

void FakeRecordSource::FinishClose() {
  if (!closing_ || closed_ || in_flight_ || !to_revoke_.empty()) return;
  if (!Owned().empty()) {
    RevokeAll();
    return;
  }
  closed_ = true;
  SourceEvent event;
  event.kind = SourceEvent::Kind::kClosed;
  events_.push_back(std::move(event));
}

void FakeRecordSource::Assign(const std::vector<TopicPartition>& partitions) {
  SourceEvent event;
  event.kind = SourceEvent::Kind::kAssigned;
  for (const TopicPartition& name : partitions) {
    const PartitionSlot number = SlotOf(name);
    Slot& slot = slots_[number.value];
    SLUICE_CHECK(slot.state == State::kIdle, "a partition is assigned once");
    const std::optional<CommitPosition> committed = log_.Committed(name);
    const CommitPosition start = committed ? *committed : CommitPosition{log_.Beginning(name), -1};
    slot.state = State::kAssigned;
    slot.held = false;
    slot.next = start.next;
    slot.end_told = false;
    event.assigned.push_back({number, name, start, committed.has_value(), log_.Note(name)});
  }
  events_.push_back(std::move(event));
}

void FakeRecordSource::Revoke(const std::vector<TopicPartition>& partitions) {
  GiveUp(partitions, SourceEvent::Kind::kRevoking);
}

void FakeRecordSource::Lose(const std::vector<TopicPartition>& partitions) {
  GiveUp(partitions, SourceEvent::Kind::kLost);
}

void FakeRecordSource::GiveUp(const std::vector<TopicPartition>& partitions,
                              SourceEvent::Kind kind) {
  SLUICE_CHECK(!partitions.empty(), "something is given up");
  SLUICE_CHECK(to_revoke_.empty(), "one revocation at a time");
  SourceEvent event;
  event.kind = kind;
  for (const TopicPartition& name : partitions) {
    const PartitionSlot number = SlotOf(name);
    SLUICE_CHECK(slots_[number.value].state != State::kIdle, "only what is owned is given up");
    // What is lost may have another owner already: its commits are refused at once.
    slots_[number.value].state = kind == SourceEvent::Kind::kLost ? State::kIdle : State::kGivingUp;
    event.slots.push_back(number);
  }
  to_revoke_ = event.slots;
  events_.push_back(std::move(event));
}

void FakeRecordSource::Fault(Failure failure) {
  SourceEvent event;
  event.kind = SourceEvent::Kind::kFault;
  event.failure = std::move(failure);
  events_.push_back(std::move(event));
}

void FakeRecordSource::Recover() {
  SourceEvent event;
  event.kind = SourceEvent::Kind::kRecovered;
  events_.push_back(std::move(event));
}

void FakeRecordSource::Place(GroupPlace place, const std::string& sentence) {
  SourceEvent event;
  event.kind = SourceEvent::Kind::kPlace;
  event.place = place;
  event.sentence = sentence;
  events_.push_back(std::move(event));
}

std::vector<TopicPartition> FakeRecordSource::Owned() const {
  std::vector<TopicPartition> owned;
  for (const Slot& slot : slots_) {
    if (slot.state != State::kIdle && slot.state != State::kGivingUp) owned.push_back(slot.name);
  }
  return owned;
}

PartitionSlot FakeRecordSource::SlotOf(const TopicPartition& stream) {
  const auto [it, added] =
      numbers_.try_emplace(stream, PartitionSlot{static_cast<uint32_t>(slots_.size())});
  if (added) {
    Slot slot;
    slot.name = stream;
    slots_.push_back(std::move(slot));
  }
  return it->second;
}

}  // namespace sluice::testing
