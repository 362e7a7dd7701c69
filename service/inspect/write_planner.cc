#include "service/inspect/write_planner.h"

#include "adapters/elasticsearch/index_names.h"
#include "core/model/outcome.h"
#include "core/operations/index/plan_document.h"

namespace sluice::inspect {
namespace {

using Action = PlannedWrite::Action;

/// What an index has as long as no operator raised it.
constexpr uint16_t kFirstIncarnation = 1;

PlannedWrite Without(Action action, std::string reason) {
  PlannedWrite write;
  write.action = action;
  write.reason = std::move(reason);
  return write;
}

}  // namespace

const char* ActionName(PlannedWrite::Action action) {
  switch (action) {
    case Action::kIndex: return "index";
    case Action::kDelete: return "delete";
    case Action::kTruncate: return "truncate";
    case Action::kSkip: return "skip";
    case Action::kReject: return "reject";
    case Action::kHalt: return "halt";
  }
  return "";
}

WritePlanner::WritePlanner(PlannerSettings settings)
    : settings_(std::move(settings)),
      decoder_(settings_.decoder),
      describer_(settings_.decoder.envelopes) {}

PartitionSlot WritePlanner::SlotOf(const TopicPartition& stream) {
  const auto [entry, is_new] =
      slots_.try_emplace(stream, PartitionSlot{static_cast<uint32_t>(slots_.size())});
  if (is_new) decoder_.Bind(entry->second, stream);
  return entry->second;
}

/// The record, and what its headers say into `header_` and `event_id_`.
Record WritePlanner::TakeRecord(const OwnedRecord& owned) {
  Record record;
  record.partition = SlotOf(owned.stream);
  record.offset = owned.offset;
  record.timestamp_ms = owned.timestamp_ms;
  record.key = owned.key;
  record.value = owned.value;
  header_.reset();
  event_id_.reset();
  for (const Header& header : owned.headers) {
    if (header.name == kChangeHeaderName && header.value)
      header_ = ParseChangeHeader(*header.value);
    if (header.name == kEventIdHeader) event_id_ = header.value;
  }
  return record;
}

InspectedRecord WritePlanner::Inspect(const OwnedRecord& owned) {
  InspectedRecord inspected;
  inspected.write = Plan(owned, kFirstIncarnation);
  const Record record = TakeRecord(owned);
  inspected.description = decoder_.HoldsDocuments(record.partition)
                              ? describer_.DescribeDocument(record, event_)
                              : describer_.Describe(record);
  return inspected;
}

PlannedWrite WritePlanner::Plan(const OwnedRecord& owned, uint16_t incarnation) {
  PlannedWrite write = PlanEvent(TakeRecord(owned), owned.stream.topic, incarnation);
  if (header_) write.epoch = header_->epoch;
  return write;
}

PlannedWrite WritePlanner::PlanEvent(const Record& record, const std::string& topic,
                                     uint16_t incarnation) {
  decoder_.Decode(record, event_);
  if (event_.wants_id) decoder_.SetId(event_id_, event_);
  PlannedWrite write = PlanDecoded(record, topic, incarnation);
  write.kind = event_.kind;
  return write;
}

PlannedWrite WritePlanner::PlanDecoded(const Record& record, const std::string& topic,
                                       uint16_t incarnation) {
  const auto plan = PlanOf(event_.kind);
  if (by_header() && !header_ && (plan == Plan::kWrite || plan == Plan::kTruncate))
    return Without(Action::kHalt, FailureReasonName(FailureReason::kHeaderMissing));
  switch (plan) {
    case Plan::kWrite: return PlanRow(record, topic, incarnation);
    case Plan::kSkip: return Without(Action::kSkip, SkipRuleName(event_.skip));
    case Plan::kReject: return Without(Action::kReject, RejectReasonName(event_.reject));
    case Plan::kTruncate: break;
  }
  switch (settings_.pipeline.truncate_mode) {
    case TruncateMode::kIgnore:
      return Without(Action::kSkip, SkipRuleName(SkipRule::kTruncateIgnored));
    case TruncateMode::kApply: {
      PlannedWrite write;
      write.action = Action::kTruncate;
      write.version = VersionOf(record, incarnation);
      return Named(std::move(write), topic);
    }
    case TruncateMode::kHalt: break;
  }
  return Without(Action::kHalt, FailureReasonName(FailureReason::kTruncateRefused));
}

int64_t WritePlanner::VersionOf(const Record& record, uint16_t incarnation) const {
  return by_header() ? header_->version : OffsetVersion(incarnation, record.offset);
}

/// As `sluice index` does: a header is believed where a value seems not to have been sent. False:
/// the row does not have all columns that it names.
bool WritePlanner::TakeUnchanged() {
  if (!header_ || (!by_header() && event_.unchanged.empty())) return true;
  ReadUnchangedColumns(header_->unchanged, column_names_);
  return decoder_.SetUnchanged(column_names_, event_);
}

PlannedWrite WritePlanner::PlanRow(const Record& record, const std::string& topic,
                                   uint16_t incarnation) {
  PlannedWrite write;
  write.id = ids_.Build(event_.key);
  write.version = VersionOf(record, incarnation);
  switch (ActionOf(event_.kind)) {
    case WriteAction::kDelete: write.action = Action::kDelete; break;
    case WriteAction::kIndex:
      write.action = Action::kIndex;
      if (!TakeUnchanged())
        return Without(Action::kReject, RejectReasonName(RejectReason::kBadHeader));
      write.document = PlanDocument(event_, ids_.full_text(), scratch_, write.open);
      if (write.document.size() > settings_.pipeline.document_max_bytes) {
        return Without(Action::kReject, RejectReasonName(RejectReason::kDocumentTooLarge));
      }
      break;
  }
  return Named(std::move(write), topic);
}

PlannedWrite WritePlanner::Named(PlannedWrite write, const std::string& topic) const {
  const auto name = elasticsearch::IndexNameOf(topic, settings_.index_names);
  if (!name) return Without(Action::kHalt, FailureReasonName(FailureReason::kIndexUnsuitable));
  write.index = *name;
  return write;
}

}  // namespace sluice::inspect
