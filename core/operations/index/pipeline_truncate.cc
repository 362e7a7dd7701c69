// A table was emptied: every document that is older is deleted, each with the truncate's version
// (delivery contract, part 2; docs/DELIVERY.md has the argument for several partitions).
#include <algorithm>
#include <string>

#include "core/operations/index/pipeline_loop.h"

namespace sluice {

void Pipeline::Loop::TakeTruncate(const Record& record, const RecordRef& ref) {
  const Destination& destination = destinations_[record.partition.value];
  const int64_t version = VersionOf(record.partition, record.offset);
  const bool can_apply = by_header_ || control_.record(destination.index).partitions == 1;
  switch (settings_.truncate_mode) {
    case TruncateMode::kIgnore:
      ++machine_.stats().skipped[static_cast<size_t>(SkipRule::kTruncateIgnored)];
      machine_.SettleRecord(ref, Fate::kSkipped);
      return;
    case TruncateMode::kHalt:
      HaltTruncate(record,
                   can_apply ? "truncate.mode is halt: set it to apply to have its documents "
                               "deleted, or to ignore to keep them and go on"
                             : "truncate.mode is halt: set it to ignore to go on, and then `sluice "
                               "verify --repair` deletes its documents (apply needs a topic with "
                               "one partition, or version.mode: header)");
      return;
    case TruncateMode::kApply: break;
  }
  if (!can_apply) {
    HaltTruncate(record,
                 "this stands in one of several partitions, whose order is not known: "
                 "truncate.mode: apply needs a topic with one partition, or version.mode: header; "
                 "set truncate.mode to ignore, or empty the index and read the topic again");
    return;
  }
  if (machine_.Shared(version)) {
    HaltTruncate(record,
                 "a row was changed more than a thousand times in the same transaction, so that "
                 "what came before and after cannot be told apart by version: set truncate.mode to "
                 "ignore until it has passed, and have `sluice verify --repair` heal what differs");
    return;
  }
  truncations_.push_back({ref, destination.index, version, event_.source_ms});
  KeepEmptiedBack();
}

void Pipeline::Loop::HaltTruncate(const Record& record, const std::string& why) {
  const TopicPartition& name = ports_.source.Name(record.partition);
  Halt(FailureReason::kTruncateRefused, "the table behind " + name.topic +
                                            " was truncated (partition " +
                                            std::to_string(name.partition) + ", offset " +
                                            std::to_string(record.offset.value) + "), and " + why);
}

/// Nothing is read of a table that is being emptied: the deletes meet no record behind the truncate
/// but those that had come with it. Other tables go on.
void Pipeline::Loop::KeepEmptiedBack() {
  std::vector<PartitionSlot> kept;
  for (const PartitionSlot slot : assigned_) {
    const IndexSlot index = destinations_[slot.value].index;
    const bool emptied =
        std::any_of(truncations_.begin(), truncations_.end(),
                    [index](const Truncation& truncation) { return truncation.index == index; });
    if (emptied) kept.push_back(slot);
  }
  ports_.source.KeepBack(kept);
}

bool Pipeline::Loop::AdvanceTruncate() {
  if (truncations_.empty() || phase_ != Phase::kRunning || revoking_) return false;
  for (Truncation& truncation : truncations_) {
    const RecordRef& record = truncation.record;
    if (truncation.begins_us >= 0) continue;
    if (!machine_.ledger(record.partition).IsOldest(record.number)) continue;
    // A window that opens from now on is of no older write of this partition.
    truncation.begins_us = now_us_ + machine_.windows_left_us();
  }
  const Truncation& first = truncations_.front();
  switch (truncate_step_) {
    case TruncateStep::kWaiting: return BeginTruncate();
    case TruncateStep::kScanning: return TakeScanPage();
    case TruncateStep::kDeleting: break;
  }
  if (machine_.parts_open(first.record.partition) > 0) return false;
  if (!scan_over_) {
    ports_.scan.Next();
    truncate_step_ = TruncateStep::kScanning;
    return true;
  }
  machine_.SettleRecord(first.record, Fate::kApplied);
  ++machine_.stats().truncates;
  truncations_.pop_front();
  KeepEmptiedBack();
  truncate_step_ = TruncateStep::kWaiting;
  return true;
}

/// A document that is older is either found by the scan or gone for good: what stands before the
/// truncate in its partition is applied, and no copy of its writes can be alive.
bool Pipeline::Loop::BeginTruncate() {
  const Truncation& first = truncations_.front();
  if (first.begins_us < 0) return false;
  if (const int64_t left_us = first.begins_us - now_us_; left_us > 0) {
    Hold(HoldPlace::kTruncate, FailureReason::kWindowOpen,
         "the truncate of the table behind topic " +
             ports_.source.Name(first.record.partition).topic +
             " waits, and what comes after it in that topic, until no late copy of an older write "
             "can be alive, for " +
             std::to_string(left_us / 1'000'000 + 1) + " s at most");
    return false;
  }
  EndHold(HoldPlace::kTruncate);
  scan_over_ = false;
  ports_.scan.Begin(first.index);
  truncate_step_ = TruncateStep::kScanning;
  return true;
}

bool Pipeline::Loop::TakeScanPage() {
  std::optional<ScanPage> page = ports_.scan.Poll();
  if (!page) return false;
  const std::string& index = ports_.index.IndexName(truncations_.front().index);
  if (page->failure.verdict.disposition == Disposition::kHalt) {
    Halt(page->failure.verdict.reason,
         "the documents of index " + index + " cannot be listed: " + page->failure.detail);
    return true;
  }
  if (page->failure.verdict.disposition != Disposition::kDone) {
    Hold(HoldPlace::kTruncate, page->failure.verdict.reason,
         "the documents of index " + index +
             " are to be listed for a truncate, and it is tried again: " + page->failure.detail);
    return true;
  }
  EndHold(HoldPlace::kTruncate);
  const Truncation& first = truncations_.front();
  for (const ScannedDocument& document : page->documents) {
    if (document.version >= first.version) continue;
    PlannedWrite planned;
    Proposal& proposal = planned.proposal;
    proposal.action = WriteAction::kDelete;
    proposal.kind = EventKind::kTruncate;
    proposal.index = first.index;
    proposal.id = document.id;
    proposal.version = first.version;
    proposal.record = machine_.PartOf(first.record);
    proposal.source_ms = first.source_ms;
    machine_.Prepare(proposal);
    Admit(planned, {});
    ++machine_.stats().truncate_deletes;
  }
  scan_over_ = page->last;
  truncate_step_ = TruncateStep::kDeleting;
  return true;
}

/// Those of partitions that are somebody else's now, who reads them again.
void Pipeline::Loop::ForgetTruncates() {
  if (truncations_.empty()) return;
  const auto gone = [this](const Truncation& truncation) {
    return std::find(revoked_.begin(), revoked_.end(), truncation.record.partition) !=
           revoked_.end();
  };
  if (gone(truncations_.front())) {
    ports_.scan.End();
    truncate_step_ = TruncateStep::kWaiting;
    EndHold(HoldPlace::kTruncate);
  }
  std::erase_if(truncations_, gone);
}

}  // namespace sluice
