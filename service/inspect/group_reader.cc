#include "service/inspect/group_reader.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "core/model/change_event.h"
#include "core/operations/change_header.h"

namespace sluice::inspect {
namespace {

using Kind = SourceEvent::Kind;

constexpr size_t kRecordsMax = 100;  // of one turn
constexpr int64_t kCommitEveryUs = 1'000'000;

}  // namespace

GroupReader::GroupReader(RecordSource& source, const Clock& clock,
                         std::function<bool(const OwnedRecord&)> take, std::ostream& err)
    : source_(source),
      clock_(clock),
      take_(std::move(take)),
      err_(err),
      records_(kRecordsMax),
      last_commit_us_(clock.NowUs()) {}

bool GroupReader::Turn() {
  bool any = Read();
  any |= TakeEvents();
  Advance();
  return any;
}

void GroupReader::Stop() {
  stopping_ = true;
}

bool GroupReader::Read() {
  const bool reads = wants_more() && !stopping_ && !revoking_;
  const size_t count = source_.Poll(reads ? std::span<Record>(records_) : std::span<Record>());
  for (size_t i = 0; i < count && wants_more_; ++i) {
    const Record& record = records_[i];
    wants_more_ = take_(Copy(record));
    Part& part = parts_[record.partition.value];
    part.next = {record.offset.Next(), record.leader_epoch};
    part.changed = true;
  }
  source_.Release();
  return count > 0;
}

OwnedRecord GroupReader::Copy(const Record& record) const {
  OwnedRecord copy;
  copy.stream = source_.Name(record.partition);
  copy.offset = record.offset;
  copy.timestamp_ms = record.timestamp_ms;
  if (record.key) copy.key = std::string(*record.key);
  if (record.value) copy.value = std::string(*record.value);
  // Those that say what would be written; a member of a group asks for headers by their names.
  for (const std::string_view name : {kChangeHeaderName, kEventIdHeader}) {
    if (const auto value = source_.HeaderOf(record, name.data()))
      copy.headers.push_back({std::string(name), std::string(*value)});
  }
  return copy;
}

bool GroupReader::TakeEvents() {
  SourceEvent event;
  bool any = false;
  while (source_.NextEvent(event)) {
    any = true;
    switch (event.kind) {
      case Kind::kAssigned: TakeAssigned(event); break;
      case Kind::kRevoking:
      case Kind::kLost: TakeGivenUp(event); break;
      case Kind::kCommitted: commit_in_flight_ = commit_refused_ = false; break;
      case Kind::kCommitFailed:
        commit_in_flight_ = false;
        commit_refused_ = true;
        for (Part& part : parts_) part.changed = part.assigned;  // the next one carries them again
        break;
      case Kind::kFault:
        if (event.failure.verdict.disposition == Disposition::kHalt) {
          if (!failure_) failure_ = event.failure;
        } else {
          err_ << "sluice inspect: " << event.failure.detail << "\n";
        }
        break;
      case Kind::kRecovered: err_ << "sluice inspect: what was held goes on\n"; break;
      case Kind::kPlace: err_ << "sluice inspect: " << event.sentence << "\n"; break;
      case Kind::kClosed: closed_ = true; break;
      case Kind::kEndOfPartition:
      case Kind::kStreamFacts:
      case Kind::kGroup: break;
    }
  }
  return any;
}

void GroupReader::TakeAssigned(const SourceEvent& event) {
  for (const AssignedPartition& partition : event.assigned) {
    const size_t slot = partition.slot.value;
    if (slot >= parts_.size()) parts_.resize(slot + 1);
    parts_[slot] = {true, partition.start, false};
  }
  if (stopping_) return;
  source_.StartReading();
  TellPartitions();
}

void GroupReader::TakeGivenUp(const SourceEvent& event) {
  revoked_ = event.slots;
  revoking_ = true;
  commit_refused_ = event.kind == Kind::kLost;  // nothing is committed for what is lost
}

void GroupReader::EndRevoke() {
  for (const PartitionSlot slot : revoked_) parts_[slot.value] = {};
  revoked_.clear();
  revoking_ = commit_in_flight_ = commit_refused_ = false;
  source_.CompleteRevoke();
  if (!stopping_) TellPartitions();
}

bool GroupReader::Changed() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.assigned && part.changed; });
}

void GroupReader::Commit() {
  std::vector<RecordSource::Position> positions;
  for (uint32_t slot = 0; slot < parts_.size(); ++slot) {
    Part& part = parts_[slot];
    if (!part.assigned || !part.changed) continue;
    part.changed = false;
    positions.push_back({PartitionSlot{slot}, part.next, ""});
  }
  commit_in_flight_ = true;
  last_commit_us_ = clock_.NowUs();
  source_.Commit(positions);
}

/// A refused commit is not tried again where the partitions go: their next owner prints again.
void GroupReader::Advance() {
  if (commit_in_flight_ && !(revoking_ && commit_refused_)) return;
  const bool last = revoking_ || stopping_;
  if (Changed() && !(last && commit_refused_)) {
    if (last || clock_.NowUs() - last_commit_us_ >= kCommitEveryUs) Commit();
    if (commit_in_flight_) return;
  }
  if (revoking_) {
    EndRevoke();
  } else if (stopping_ && !std::exchange(closing_, true)) {
    source_.Close();
  }
}

void GroupReader::TellPartitions() const {
  std::vector<TopicPartition> names;  // slots are in the order in which partitions first came
  for (uint32_t slot = 0; slot < parts_.size(); ++slot) {
    if (parts_[slot].assigned) names.push_back(source_.Name(PartitionSlot{slot}));
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const TopicPartition& name : names)
    text += (text.empty() ? "" : ", ") + name.topic + " " + std::to_string(name.partition);
  if (text.empty()) text = "nothing: the group has given it no partition";
  err_ << "sluice inspect: reads " << text << "\n";
}

}  // namespace sluice::inspect
