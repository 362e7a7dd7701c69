// From records to proposals: what is read, what it means, and where its document goes.
#include <algorithm>
#include <utility>

#include "core/model/check.h"
#include "core/operations/index/pipeline_loop.h"
#include "core/operations/index/plan_document.h"
#include "core/operations/index/plan_write.h"

namespace sluice {
namespace {

/// Whether a text is a part of the record itself, and so outlives the decoding of the next one.
bool LiesIn(std::string_view part, const std::optional<std::string_view>& whole) {
  if (part.empty()) return true;
  return whole && part.data() >= whole->data() &&
         part.data() + part.size() <= whole->data() + whole->size();
}

/// A record lies where another thread has left it: it begins to travel here before it is read.
constexpr size_t kRecordsAhead = 2;

/// Begins to load a text, as much of it as an ordinary record has. Inlined by force: g++ 12 drops
/// calls of a function that does nothing else.
__attribute__((always_inline)) inline void PrefetchText(
    const std::optional<std::string_view>& text) {
  constexpr size_t kCacheLine = 64;
  constexpr size_t kBytesMax = 1024;
  if (!text) return;
  const size_t bytes = std::min(text->size(), kBytesMax);
  for (size_t at = 0; at < bytes; at += kCacheLine) __builtin_prefetch(text->data() + at);
}

}  // namespace

bool Pipeline::Loop::MayRead() {
  if (!ReadsOn()) return false;
  const uint64_t held = machine_.held_bytes() + desk_.held_bytes();
  const bool full =
      held >= settings_.queue_max_bytes || letters_open() >= settings_.dead_letters_max_open;
  if (paused_) {
    if (held > settings_.queue_max_bytes / 2 || full) return false;
    paused_ = false;
    ports_.source.ResumeFetching();
  }
  if (!full) {
    full_since_us_ = -1;
    return true;
  }
  if (full_since_us_ < 0) full_since_us_ = now_us_;
  // Pausing throws prefetched records away, so a short jam only stops the reading.
  if (now_us_ - full_since_us_ >= settings_.pause_after_us) {
    paused_ = true;
    ++machine_.stats().pauses;
    ports_.source.PauseFetching();
  }
  return false;
}

bool Pipeline::Loop::Intake() {
  if (!MayRead()) {
    ports_.source.Poll({});
    ports_.source.Release();
    return false;
  }
  const size_t count = ports_.source.Poll(records_);
  rejections_.Read(count);
  for (size_t i = 0; i < count && phase_ == Phase::kRunning; ++i) {
    if (i + kRecordsAhead < count) PrefetchText(records_[i + kRecordsAhead].value);
    TakeRecord(records_[i]);
  }
  if (phase_ == Phase::kRunning) AdmitDeferred();
  deferred_.reset();
  ports_.source.Release();
  return count > 0;
}

void Pipeline::Loop::TakeRecord(const Record& record) {
  if (record.offset.value >= kOffsetEnd && !by_header_) [[unlikely]] {
    const TopicPartition& name = ports_.source.Name(record.partition);
    Halt(FailureReason::kInternal,
         "offset " + std::to_string(record.offset.value) + " of topic " + name.topic +
             ", partition " + std::to_string(name.partition) +
             " does not fit into a document version: copy the topic to a new one, whose offsets "
             "begin at 0, and build the index anew from it");
    return;
  }
  const RecordRef ref = machine_.Track(record);
  PipelineStats& stats = machine_.stats();
  stats.record_bytes +=
      (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  ports_.decoder.Decode(record, event_);
  if (event_.wants_id) [[unlikely]]
    ports_.decoder.SetId(ports_.source.HeaderOf(record, kEventIdHeader.data()), event_);
  if (event_.first_of_snapshot && !SnapshotExpected(record)) [[unlikely]]
    return;
  ++stats.events[static_cast<size_t>(event_.kind)];
  const Plan plan = PlanOf(event_.kind);
  if (by_header_ && (plan == Plan::kWrite || plan == Plan::kTruncate) && !TakeHeader(record, ref))
    return;
  switch (plan) {
    case Plan::kWrite: ProposeWrite(record, ref); return;
    case Plan::kSkip:
      ++stats.skipped[static_cast<size_t>(event_.skip)];
      machine_.SettleRecord(ref, Fate::kSkipped);
      return;
    case Plan::kReject:
      if (!by_header_ || TakeHeaderOfRefused(record, ref))
        Refuse(record, ref, event_.reject, "decode");
      return;
    case Plan::kTruncate: TakeTruncate(record, ref); return;
  }
}

void Pipeline::Loop::ProposeWrite(const Record& record, const RecordRef& ref) {
  const Destination& destination = destinations_[record.partition.value];
  if (event_.key_encoding != destination.key_encoding) [[unlikely]] {
    if (!KeySeen(record.partition)) return;
  }
  PlannedWrite write;
  Proposal& proposal = write.proposal;
  proposal.action = ActionOf(event_.kind);
  proposal.kind = event_.kind;
  proposal.index = destination.index;
  proposal.id = ids_.Build(event_.key);
  proposal.version = VersionOf(record.partition, record.offset);
  proposal.record = ref;
  proposal.source_ms = event_.source_ms;
  open_.clear();
  if (proposal.action == WriteAction::kIndex) {
    // A header is no guess: it is believed where a value seems not to have been sent.
    if (by_header_ || !event_.unchanged.empty()) {
      if (!TakeUnchanged(ports_.source.HeaderOf(record, kChangeHeaderName.data()))) {
        Refuse(record, ref, RejectReason::kBadHeader, "decode");
        return;
      }
    }
    write.document = PlanDocument(event_, ids_.full_text(), with_key_, open_);
    if (settings_.soft_deletes) {
      const std::string_view field = StubFieldOf(write.document);
      if (!field.empty()) [[unlikely]]
        return HaltStubField(record, field);
    }
  }
  if (write.document.size() > settings_.document_max_bytes) {
    Refuse(record, ref, RejectReason::kDocumentTooLarge, "plan");
    return;
  }
  proposal.open = !open_.empty();

  machine_.Prepare(proposal);
  AdmitDeferred();
  if (open_.empty() && LiesIn(proposal.id, record.key) && LiesIn(write.document, record.value)) {
    deferred_ = write;
  } else {
    Admit(write, open_);
  }
}

/// Searches would hide such a row as if it were deleted.
void Pipeline::Loop::HaltStubField(const Record& record, std::string_view field) {
  const TopicPartition& name = ports_.source.Name(record.partition);
  Halt(FailureReason::kIndexUnsuitable,
       "a row of " + name.topic + " (partition " + std::to_string(name.partition) + ", offset " +
           std::to_string(record.offset.value) + ") has a column " + std::string(field) +
           ", the name of a field by which index.deletes: soft marks deleted documents: rename the "
           "column, or leave it out where it is captured (of column.include.list, or by "
           "column.exclude.list) and have the topic told anew, or set index.deletes: hard and "
           "rebuild the index");
}

void Pipeline::Loop::AdmitDeferred() {
  if (!deferred_) return;
  Admit(*deferred_, {});
  deferred_.reset();
}

/// What only the stub of a delete tells.
int32_t Pipeline::Loop::StubPartition(WriteAction action, PartitionSlot slot) const {
  const bool told = settings_.soft_deletes && action == WriteAction::kDelete;
  return told ? ports_.source.Name(slot).partition : -1;
}

void Pipeline::Loop::Admit(const PlannedWrite& planned, const std::vector<OpenField>& open) {
  const Proposal& proposal = planned.proposal;
  const Admission admission = machine_.Admit(proposal);
  switch (admission.action) {
    case Admission::Action::kAppend: {
      const DocumentWrite write{proposal.action,
                                proposal.index,
                                proposal.id,
                                proposal.version,
                                planned.document,
                                StubPartition(proposal.action, proposal.record.partition),
                                false};
      machine_.Appended(admission.batch, ports_.index.Append(HandleOf(admission.batch), write));
      return;
    }
    case Admission::Action::kKeep: KeepDocument(admission.op, planned.document, open); break;
    case Admission::Action::kMerge: {
      const Kept& older = kept_[admission.op];
      if (Bars(proposal.index, proposal.id, older.version, proposal.version)) [[unlikely]] {
        KeepDocument(admission.op, planned.document, open);
        break;
      }
      ports_.merger.Fill(planned.document, open, older.document, older.open, scratch_, still_open_);
      machine_.stats().unchanged_filled_waiting += open.size() - still_open_.size();
      KeepDocument(admission.op, scratch_, still_open_);
      break;
    }
    case Admission::Action::kNothing: break;
  }
  RunCommands();
}

void Pipeline::Loop::KeepDocument(OpIndex op, std::string_view document,
                                  const std::vector<OpenField>& open) {
  if (op >= kept_.size()) kept_.resize(op + 1);
  Kept& kept = kept_[op];
  if (kept.document.capacity() == 0 && !spare_.empty()) {
    kept.document = std::move(spare_.back());
    spare_.pop_back();
    spare_bytes_ -= kept.document.capacity();
  }
  kept.document.assign(document);
  kept.open = open;
  kept.version = machine_.op(op).version;
  machine_.Kept(op, document.size(), !open.empty());
}

void Pipeline::Loop::ReleaseDocument(Kept& kept) {
  constexpr size_t kSpareBytesMax = size_t{4} * 1024 * 1024;
  kept.open.clear();
  const size_t bytes = kept.document.capacity();
  if (bytes > 64 && spare_bytes_ + bytes <= kSpareBytesMax) {
    spare_bytes_ += bytes;
    spare_.push_back(std::move(kept.document));
  }
  kept.document = std::string();
}

/// A topic whose records do not fit is not drained into the dead letters: that halts.
bool Pipeline::Loop::TooManyRefused(const DeadLetterDesk::Letter& letter) {
  if (rejections_.Refuse()) return false;
  std::string why = RejectReasonName(letter.reason);
  if (!letter.error_type.empty()) why += " (" + letter.error_type + ")";
  Halt(FailureReason::kTooManyRejected,
       std::to_string(rejections_.refused()) + " of the last " +
           std::to_string(RejectionShare::kRecords) +
           " records were refused, and dead_letters.max_share allows " +
           std::to_string(settings_.rejected_max_ppm * RejectionShare::kRecords /
                          RejectionShare::kMillion) +
           "; the last one is of topic " + letter.stream.topic + ", partition " +
           std::to_string(letter.stream.partition) + ", offset " +
           std::to_string(letter.record.offset.value) + ": " + why +
           ". Mend what refuses them (`sluice dlq list` shows the causes: a mapping, a topic that "
           "is no change log) and start again; or raise dead_letters.max_share (1: no limit) to "
           "have them all in the dead-letter topic");
  return true;
}

void Pipeline::Loop::Refuse(const Record& record, const RecordRef& ref, RejectReason reason,
                            const char* stage) {
  ++machine_.stats().rejected[static_cast<size_t>(reason)];
  DeadLetterDesk::Letter letter;
  letter.record = ref;
  letter.stream = ports_.source.Name(ref.partition);
  letter.reason = reason;
  letter.stage = stage;
  letter.operation = event_.kind == EventKind::kReject ? "" : EventKindName(event_.kind);
  letter.first_ms = letter.last_ms = ports_.clock.WallMs();
  const int64_t version = VersionOf(ref.partition, record.offset);
  if (!event_.key.empty() && version != 0) {
    const Destination& destination = destinations_[ref.partition.value];
    letter.index = ports_.index.IndexName(destination.index);
    letter.id = ids_.Build(event_.key);
    letter.version = version;
    letter.ticket = NoteDivergence(destination.index, letter.id, letter.version, ref,
                                   DivergenceReason::kRefused, {});
  }
  ports_.observer.OnRejected(worker_,
                             RejectedRecord{letter.stream, ref.offset, reason, letter.index, ""});
  if (TooManyRefused(letter)) return;
  desk_.Open(std::move(letter));
}

}  // namespace sluice
