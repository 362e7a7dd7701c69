#include "tests/fakes/fake_log.h"

#include <utility>

#include "core/model/check.h"

namespace sluice::testing {

void FakeLog::CreateTopic(const std::string& topic, int32_t partitions) {
  SLUICE_CHECK(Partitions(topic).empty(), "a fake topic is created once");
  GrowTopic(topic, partitions);
}

void FakeLog::GrowTopic(const std::string& topic, int32_t partitions) {
  for (int32_t i = 0; i < partitions; ++i) partitions_.try_emplace(TopicPartition{topic, i});
}

std::vector<TopicPartition> FakeLog::Partitions(const std::string& topic) const {
  std::vector<TopicPartition> names;
  for (auto it = partitions_.lower_bound(TopicPartition{topic, 0});
       it != partitions_.end() && it->first.topic == topic; ++it) {
    names.push_back(it->first);
  }
  return names;
}

Offset FakeLog::Append(const TopicPartition& stream, std::optional<std::string> key,
                       std::optional<std::string> value, std::vector<Header> headers,
                       int64_t timestamp_ms) {
  Partition& partition = Get(stream);
  const Offset offset = partition.end;
  auto record = std::make_unique<OwnedRecord>();
  record->stream = stream;
  record->offset = offset;
  record->timestamp_ms = timestamp_ms;
  record->key = std::move(key);
  record->value = std::move(value);
  record->headers = std::move(headers);
  partition.records[offset.value] = Entry{std::move(record), partition.leader_epoch};
  partition.end = offset.Next();
  return offset;
}

void FakeLog::SkipOffsets(const TopicPartition& stream, int64_t count) {
  Get(stream).end.value += count;
}

void FakeLog::Compact(const TopicPartition& stream, Offset offset) {
  Partition& partition = Get(stream);
  const auto it = partition.records.find(offset.value);
  SLUICE_CHECK(it != partition.records.end(), "only an existing record can be compacted away");
  partition.removed.push_back(std::move(it->second.record));
  partition.records.erase(it);
}

void FakeLog::TruncateBefore(const TopicPartition& stream, Offset beginning) {
  Partition& partition = Get(stream);
  while (!partition.records.empty() && partition.records.begin()->first < beginning.value) {
    partition.removed.push_back(std::move(partition.records.begin()->second.record));
    partition.records.erase(partition.records.begin());
  }
  partition.beginning = beginning;
  if (partition.end < beginning) partition.end = beginning;
}

void FakeLog::SetLeaderEpoch(const TopicPartition& stream, int32_t epoch) {
  Get(stream).leader_epoch = epoch;
}

Offset FakeLog::Beginning(const TopicPartition& stream) const {
  return Get(stream).beginning;
}

Offset FakeLog::End(const TopicPartition& stream) const {
  return Get(stream).end;
}

const OwnedRecord* FakeLog::Next(const TopicPartition& stream, Offset from) const {
  const Partition& partition = Get(stream);
  const auto it = partition.records.lower_bound(from.value);
  return it == partition.records.end() ? nullptr : it->second.record.get();
}

const OwnedRecord* FakeLog::At(const TopicPartition& stream, Offset offset) const {
  const OwnedRecord* next = Next(stream, offset);
  return next != nullptr && next->offset == offset ? next : nullptr;
}

int32_t FakeLog::LeaderEpoch(const TopicPartition& stream, Offset offset) const {
  const Partition& partition = Get(stream);
  const auto it = partition.records.find(offset.value);
  return it == partition.records.end() ? -1 : it->second.leader_epoch;
}

std::optional<CommitPosition> FakeLog::Committed(const TopicPartition& stream) const {
  return Get(stream).committed;
}

void FakeLog::SetCommitted(const TopicPartition& stream, CommitPosition position,
                           std::string note) {
  if (on_commit) on_commit(stream, position);
  Get(stream).committed = position;
  Get(stream).note = std::move(note);
}

std::string FakeLog::Note(const TopicPartition& stream) const {
  return Get(stream).note;
}

FakeLog::Partition& FakeLog::Get(const TopicPartition& stream) {
  const auto it = partitions_.find(stream);
  SLUICE_CHECK(it != partitions_.end(), "the fake topic or partition does not exist");
  return it->second;
}

const FakeLog::Partition& FakeLog::Get(const TopicPartition& stream) const {
  const auto it = partitions_.find(stream);
  SLUICE_CHECK(it != partitions_.end(), "the fake topic or partition does not exist");
  return it->second;
}

}  // namespace sluice::testing
