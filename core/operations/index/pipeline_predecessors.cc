// What a refused operation had replaced: read from the log again and applied, the newest first,
// until one is accepted (delivery contract, part 6). Columns that a record did not carry come from
// the records before it, as they did when they were merged.
#include <string>
#include <utility>

#include "core/operations/index/pipeline_loop.h"
#include "core/operations/index/plan_document.h"
#include "core/operations/index/plan_write.h"

namespace sluice {
namespace {

/// The value of the last header of that name.
std::optional<std::string_view> HeaderOf(const OwnedRecord& record, std::string_view name) {
  for (auto header = record.headers.rbegin(); header != record.headers.rend(); ++header)
    if (header->name == name) return header->value;
  return std::nullopt;
}

}  // namespace

bool Pipeline::Loop::PollRereads() {
  OpIndex op = kNoOp;
  for (; !to_reread_.empty(); to_reread_.pop_front()) {
    const uint64_t token = to_reread_.front();
    if (!machine_.Rereads(token, op)) {
      rebuilds_.erase(token);
      continue;
    }
    const RecordRef& wanted = rebuilds_.at(token).wanted;
    if (!rereads_.Request(RecordRereads::User::kPredecessors, token,
                          ports_.source.Name(wanted.partition), wanted.offset))
      break;
  }
  if (!rereads_.Awaits(RecordRereads::User::kPredecessors)) return false;
  reread_.clear();
  rereads_.Poll(RecordRereads::User::kPredecessors, reread_);
  for (const ArchivedRecord& answer : reread_) {
    if (!machine_.Rereads(answer.token, op)) {
      rebuilds_.erase(answer.token);
    } else if (answer.verdict.disposition != Disposition::kDone) {
      Hold(HoldPlace::kPredecessors, answer.verdict.reason,
           std::string("what a refused record had replaced is read again and the broker does not "
                       "answer (") +
               FailureReasonName(answer.verdict.reason) + ")");
    } else {
      EndHold(HoldPlace::kPredecessors);
      TakeReread(answer.token, op, answer);
    }
  }
  RunCommands();
  return !reread_.empty();
}

void Pipeline::Loop::TakeReread(uint64_t token, OpIndex op, const ArchivedRecord& answer) {
  Rebuild& rebuild = rebuilds_.at(token);
  const bool there = answer.record && DecodeAgain(rebuild.wanted, *answer.record);
  if (!rebuild.filling && !there) {
    rebuilds_.erase(token);
    machine_.RecordGone(op);
    return;
  }
  bool updates = false;  // so far nothing but updates with open fields
  if (there) {
    updates = event_.kind == EventKind::kUpdate && !open_.empty();
    if (rebuild.filling) {
      const int64_t older = VersionOf(rebuild.wanted.partition, rebuild.wanted.offset);
      const IndexMachine::Op& fills = machine_.op(op);
      if (!Bars(fills.index, fills.id, older, rebuild.proposal.version)) FillAgain(op);
    } else {
      rebuild.proposal.action = ActionOf(event_.kind);
      rebuild.proposal.kind = event_.kind;
      rebuild.proposal.version = VersionOf(rebuild.wanted.partition, rebuild.wanted.offset);
      rebuild.proposal.source_ms = event_.source_ms;
      rebuild.proposal.open = !open_.empty();
      if (op >= kept_.size()) kept_.resize(op + 1);
      kept_[op].document = scratch_;
      kept_[op].open = open_;
      kept_[op].version = rebuild.proposal.version;
    }
  }
  const auto older = machine_.ReplacedBefore(op, rebuild.wanted.offset);
  if (updates && !kept_[op].open.empty() && older) {
    rebuild.wanted = *older;
    rebuild.filling = true;
    to_reread_.push_back(token);
    return;
  }
  machine_.TakeAgain(op, rebuild.proposal, updates);
  rebuilds_.erase(token);
  machine_.Kept(op, kept_[op].document.size(), !kept_[op].open.empty());
}

/// Its document in `scratch_`, its open fields in `open_`; false: it is no write (any more).
bool Pipeline::Loop::DecodeAgain(const RecordRef& ref, const OwnedRecord& from) {
  Record record;
  record.partition = ref.partition;
  record.offset = from.offset;
  record.timestamp_ms = from.timestamp_ms;
  if (from.key) record.key = *from.key;
  if (from.value) record.value = *from.value;
  ports_.decoder.Decode(record, event_);
  if (event_.wants_id) ports_.decoder.SetId(HeaderOf(from, kEventIdHeader), event_);
  if (PlanOf(event_.kind) != Plan::kWrite) return false;
  const std::optional<std::string_view> text = HeaderOf(from, kChangeHeaderName);
  if (by_header_) {
    const auto header = text ? ParseChangeHeader(*text) : std::nullopt;
    if (!header) return false;
    header_ = *header;
  }
  static_cast<void>(ids_.Build(event_.key));  // the document may hold the key's full text
  open_.clear();
  scratch_.clear();
  if (ActionOf(event_.kind) == WriteAction::kIndex) {
    if (!TakeUnchanged(text)) return false;
    scratch_ = PlanDocument(event_, ids_.full_text(), with_key_, open_);
  }
  return true;
}

/// Gives the open fields that are kept for `op` the values of the record just decoded.
void Pipeline::Loop::FillAgain(OpIndex op) {
  if (ActionOf(event_.kind) != WriteAction::kIndex) return;
  Kept& kept = kept_[op];
  std::string merged;
  ports_.merger.Fill(kept.document, kept.open, scratch_, open_, merged, still_open_);
  machine_.stats().unchanged_filled_waiting += kept.open.size() - still_open_.size();
  kept.document = std::move(merged);
  kept.open.swap(still_open_);
}

}  // namespace sluice
