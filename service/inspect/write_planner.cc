#include "service/inspect/write_planner.h"

#include "adapters/elasticsearch/index_names.h"
#include "core/model/outcome.h"
#include "core/operations/plan_document.h"

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
    case Action::kSkip: return "skip";
    case Action::kReject: return "reject";
    case Action::kHalt: return "halt";
  }
  return "";
}

WritePlanner::WritePlanner(PlannerSettings settings)
    : settings_(std::move(settings)), decoder_(settings_.decoder), describer_(settings_.decoder) {}

PartitionSlot WritePlanner::SlotOf(const TopicPartition& stream) {
  return slots_.try_emplace(stream, PartitionSlot{static_cast<uint32_t>(slots_.size())})
      .first->second;
}

Record WritePlanner::RecordOf(const OwnedRecord& owned) {
  Record record;
  record.partition = SlotOf(owned.stream);
  record.offset = owned.offset;
  record.timestamp_ms = owned.timestamp_ms;
  record.key = owned.key;
  record.value = owned.value;
  return record;
}

InspectedRecord WritePlanner::Inspect(const OwnedRecord& owned) {
  const Record record = RecordOf(owned);
  InspectedRecord inspected;
  inspected.description = describer_.Describe(record);
  inspected.write = PlanRecord(record, owned.stream.topic, kFirstIncarnation);
  return inspected;
}

PlannedWrite WritePlanner::Plan(const OwnedRecord& owned, uint16_t incarnation) {
  return PlanRecord(RecordOf(owned), owned.stream.topic, incarnation);
}

PlannedWrite WritePlanner::PlanRecord(const Record& record, const std::string& topic,
                                      uint16_t incarnation) {
  decoder_.Decode(record, event_);
  switch (PlanOf(event_.kind)) {
    case Plan::kWrite: return PlanRow(record, topic, incarnation);
    case Plan::kSkip: return Without(Action::kSkip, SkipRuleName(event_.skip));
    case Plan::kReject: return Without(Action::kReject, RejectReasonName(event_.reject));
    case Plan::kTruncate: break;
  }
  switch (settings_.pipeline.truncate_mode) {
    case TruncateMode::kIgnore:
      return Without(Action::kSkip, SkipRuleName(SkipRule::kTruncateIgnored));
    case TruncateMode::kHalt: break;
  }
  return Without(Action::kHalt, FailureReasonName(FailureReason::kTruncateRefused));
}

PlannedWrite WritePlanner::PlanRow(const Record& record, const std::string& topic,
                                   uint16_t incarnation) {
  PlannedWrite write;
  write.id = ids_.Build(event_.key);
  write.version = OffsetVersion(incarnation, record.offset);
  write.kind = event_.kind;
  switch (ActionOf(event_.kind)) {
    case WriteAction::kDelete: write.action = Action::kDelete; break;
    case WriteAction::kIndex:
      write.action = Action::kIndex;
      write.document = PlanDocument(event_, ids_.full_text(), scratch_, write.open);
      if (write.document.size() > settings_.pipeline.document_max_bytes) {
        return Without(Action::kReject, RejectReasonName(RejectReason::kDocumentTooLarge));
      }
      break;
  }
  const auto name = elasticsearch::IndexNameOf(topic, settings_.index_names);
  if (!name) return Without(Action::kHalt, FailureReasonName(FailureReason::kIndexUnsuitable));
  write.index = *name;
  return write;
}

}  // namespace sluice::inspect
