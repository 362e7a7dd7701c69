// What the headers of our own source say: versions, runs, columns that were not sent (delivery
// contract, parts 3 and 5).
#include <algorithm>
#include <string>

#include "core/operations/change_version.h"
#include "core/operations/index/control_choices.h"
#include "core/operations/index/pipeline_loop.h"
#include "core/operations/index/plan_write.h"

namespace sluice {

int64_t Pipeline::Loop::VersionOf(PartitionSlot slot, Offset offset) const {
  return by_header_ ? header_.version
                    : OffsetVersion(destinations_[slot.value].incarnation, offset);
}

/// Reads the header that a row's version comes from. False: the record needs nothing more.
bool Pipeline::Loop::TakeHeader(const Record& record, const RecordRef& ref) {
  const auto text = ports_.source.HeaderOf(record, kChangeHeaderName.data());
  const auto header = text ? ParseChangeHeader(*text) : std::nullopt;
  if (!header) [[unlikely]] {
    const TopicPartition& name = ports_.source.Name(record.partition);
    Halt(
        FailureReason::kHeaderMissing,
        "the record at offset " + std::to_string(record.offset.value) + " of topic " + name.topic +
            ", partition " + std::to_string(name.partition) +
            (text ? " has a header `sluice` that is not understood" : " has no header `sluice`") +
            ", from which version.mode: header takes the document's version: another source than "
            "`sluice capture` has written it, or a newer one; set version.mode to offset and build "
            "the index anew, or leave that record behind by moving the group's offset");
    return false;
  }
  header_ = *header;
  return IsOfNewestRun(ref);
}

/// The same for a record that is refused anyhow: without a header it has no version. False: as
/// above.
bool Pipeline::Loop::TakeHeaderOfRefused(const Record& record, const RecordRef& ref) {
  const auto text = ports_.source.HeaderOf(record, kChangeHeaderName.data());
  const auto header = text ? ParseChangeHeader(*text) : std::nullopt;
  header_ = header.value_or(ChangeHeader());
  return !header || IsOfNewestRun(ref);
}

/// False: the record is of an older run, and was passed over.
bool Pipeline::Loop::IsOfNewestRun(const RecordRef& ref) {
  if (told_[ref.partition.value].Take(ref.offset, header_.epoch, header_.version)) return true;
  ++machine_.stats().skipped[static_cast<size_t>(SkipRule::kStaleEpoch)];
  machine_.SettleRecord(ref, Fate::kSkipped);
  return false;
}

/// Where the source has told which columns it did not send, these are the event's unchanged ones,
/// whatever their values look like. False: the row does not have them all.
bool Pipeline::Loop::TakeUnchanged(std::optional<std::string_view> header) {
  if (!by_header_) {
    const auto read = header ? ParseChangeHeader(*header) : std::nullopt;
    if (!read) return true;  // another source's: it stays with what the values look like
    header_ = *read;
  }
  if (header_.unchanged.empty()) {
    event_.unchanged = {};
    return true;
  }
  ReadUnchangedColumns(header_.unchanged, column_names_);
  return ports_.decoder.SetUnchanged(column_names_, event_);
}

/// A document has a version that its partition has not told, though it was read to its end. As
/// long as the source may still tell it, as a truncate that is not in all partitions yet, no
/// offset is committed past what it refused; then it is not the source's.
void Pipeline::Loop::WatchUntold() {
  const PartitionSlot* slot = nullptr;
  for (const PartitionSlot& assigned : assigned_) {
    if (told_[assigned.value].untold() == 0) continue;
    const int64_t end = ports_.source.EndOffset(assigned);
    if (end >= 0 && machine_.stats().partitions[assigned.value].position >= end) slot = &assigned;
  }
  if (slot == nullptr || phase_ != Phase::kRunning) {
    untold_since_us_ = -1;
    EndHold(HoldPlace::kUntold);
    return;
  }
  const TopicPartition& name = ports_.source.Name(*slot);
  const Destination& destination = destinations_[slot->value];
  const std::string& index = ports_.index.IndexName(destination.index);
  const std::string fact = "a document of index " + index + " has version " +
                           VersionText(told_[slot->value].untold()) + ", and topic " + name.topic +
                           ", partition " + std::to_string(name.partition) +
                           " has told none above " + VersionText(told_[slot->value].version());
  if (untold_since_us_ < 0) untold_since_us_ = now_us_;
  if (now_us_ - untold_since_us_ < settings_.window_us) {
    Hold(HoldPlace::kUntold, FailureReason::kForeignVersion,
         fact + ": no offset is committed past it until the source tells it");
    return;
  }
  Halt(FailureReason::kForeignVersion,
       fact + ": another writer, or another history, was there" +
           ForeignChoices(settings_.version_mode, index,
                          control_.record(destination.index).destination.backing, false));
}

}  // namespace sluice
