#include "service/letters/explain.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/operations/change_version.h"
#include "core/operations/index/conflict_rule.h"
#include "core/operations/index/plan_write.h"
#include "service/letters/letter_groups.h"

namespace sluice::letters {
namespace {

using Action = inspect::PlannedWrite::Action;

/// One explaining: the steps share what they found.
class Explainer {
 public:
  Explainer(const ExplainOptions& options, ExplainSides& sides, inspect::WritePlanner& planner)
      : options_(options), sides_(sides), planner_(planner) {}

  Result<Explanation> Run(const std::string& index, const std::string& id) {
    explanation_.index = index;
    explanation_.id = id;
    const auto stored = sides_.Get(index, id);
    if (!stored) return stored.error();
    explanation_.exists = stored->exists;
    explanation_.version = stored->version;
    auto divergent = sides_.Divergent(index, id);
    if (!divergent) return divergent.error();
    explanation_.divergent = std::move(*divergent);
    auto history = sides_.Look(index);
    if (!history) return history.error();
    history_ = std::move(*history);
    if (!history_.recorded) {
      explanation_.notes.emplace_back(
          "there is no control record: `sluice index` has not written "
          "this index");
      return std::move(explanation_);
    }
    if (Status status = TakeLetters(); !status) return status.error();
    ReadVersion();
    if (Status status = FindWritten(); !status) return status.error();
    if (Status status = ScanLog(); !status) return status.error();
    return std::move(explanation_);
  }

 private:
  Status TakeLetters() {
    return sides_.Letters([this](kafka::StoredLetter letter) {
      if (letter.index != explanation_.index || letter.id != explanation_.id) return;
      // Of another incarnation it says nothing: the record was read again since.
      const auto found = refused_.find({letter.record.stream, letter.record.offset});
      const bool newer = found == refused_.end() || found->second.version <= letter.version;
      if (newer)
        refused_[{letter.record.stream, letter.record.offset}] = {PlaceText(letter),
                                                                  letter.version};
      letter.record.key.reset();
      letter.record.value.reset();
      explanation_.letters.push_back(std::move(letter));
    });
  }

  void ReadVersion() {
    explanation_.mode = history_.recorded->version_mode;
    explanation_.recorded_incarnation = history_.recorded->incarnation;
    if (!explanation_.exists) return;
    if (explanation_.mode == VersionMode::kHeader) {
      const auto version = static_cast<uint64_t>(explanation_.version);
      explanation_.commit_lsn = (version >> kRankBits) * 8 - options_.version_bias;
      explanation_.rank = static_cast<uint32_t>(version & kRankMost);
      if (!options_.since)
        explanation_.notes.emplace_back(
            "the version tells a position of the database's log; give "
            "--since to have the topic searched for its records");
      return;
    }
    explanation_.incarnation = IncarnationOf(explanation_.version);
    explanation_.offset = OffsetOf(explanation_.version);
    if (explanation_.incarnation != explanation_.recorded_incarnation)
      explanation_.notes.push_back(
          "the version is of incarnation " + std::to_string(explanation_.incarnation) +
          ", and the index has " + std::to_string(explanation_.recorded_incarnation) +
          ": the document was written before, or by something else");
  }

  std::optional<KeyEvent> EventOf(const OwnedRecord& record) {
    const auto incarnation = static_cast<uint16_t>(history_.recorded->incarnation);
    const inspect::PlannedWrite plan = planner_.Plan(record, incarnation);
    const bool stale = IsStale(record.stream, plan);
    if (!IsAbout(plan)) return std::nullopt;
    const inspect::InspectedRecord inspected = planner_.Inspect(record);
    KeyEvent event;
    event.stream = record.stream;
    event.offset = record.offset;
    event.timestamp_ms = record.timestamp_ms;
    event.version = plan.version;
    event.action = plan.action;
    event.kind = EventKindName(plan.kind);
    event.tx_id = inspected.description.tx_id;
    event.lsn = inspected.description.lsn;
    event.source_ms = inspected.description.source_ms;
    // Letters of before ids were noted in all of them tell no version.
    const auto refused = refused_.find({record.stream, record.offset});
    if (refused != refused_.end() &&
        (refused->second.version == 0 || refused->second.version == plan.version))
      event.letter = refused->second.place;
    event.replayed =
        !event.letter.empty() && explanation_.exists && plan.version == explanation_.version;
    event.stale = stale;
    return event;
  }

  /// A truncate is about every document.
  [[nodiscard]] bool IsAbout(const inspect::PlannedWrite& plan) const {
    if (plan.index != explanation_.index) return false;
    switch (plan.action) {
      case Action::kIndex:
      case Action::kDelete: return plan.id == explanation_.id;
      case Action::kTruncate: return true;
      case Action::kSkip:
      case Action::kReject:
      case Action::kHalt: break;
    }
    return false;
  }

  /// Whether `sluice index` has passed over it, in so far as the records read here tell.
  [[nodiscard]] bool IsStale(const TopicPartition& stream, const inspect::PlannedWrite& plan) {
    if (explanation_.mode != VersionMode::kHeader || plan.epoch == 0) return false;
    int64_t& newest = newest_epochs_[stream];
    newest = std::max(newest, plan.epoch);
    return plan.epoch < newest;
  }

  /// The record that the version names: its partition is the one that has a record of this id at
  /// that offset.
  Status FindWritten() {
    if (!explanation_.exists || explanation_.mode == VersionMode::kHeader ||
        explanation_.incarnation != explanation_.recorded_incarnation)
      return {};
    const std::vector<StreamFacts::Partition>& partitions = history_.seen.stream.partitions;
    bool lost = false;
    for (size_t i = 0; i < partitions.size() && !explanation_.written; ++i) {
      if (explanation_.offset >= partitions[i].end) continue;
      if (explanation_.offset < partitions[i].beginning) {
        lost = true;
        continue;
      }
      kafka::ReadRequest request;
      request.topic = history_.recorded->topic;
      request.partitions = {static_cast<int32_t>(i)};
      request.range = {kafka::ReadRange::From::kOffset, explanation_.offset, {}, false};
      request.records_max = 1;
      request.stop_at_end = true;
      if (Status status = sides_.Read(request,
                                      [this](const OwnedRecord& record) {
                                        if (record.offset.value == explanation_.offset)
                                          explanation_.written = EventOf(record);
                                        return false;
                                      });
          !status)
        return status;
    }
    if (!explanation_.written)
      explanation_.notes.push_back("no partition of topic " + history_.recorded->topic +
                                   " has a record of this id at offset " +
                                   std::to_string(explanation_.offset) +
                                   (lost ? ": the log has lost its beginning"
                                         : ": it was compacted away, or another writer was there"));
    return {};
  }

  Status ScanLog() {
    if (explanation_.mode == VersionMode::kHeader && !options_.since) return {};
    kafka::ReadRequest request;
    request.topic = history_.recorded->topic;
    if (explanation_.written) request.partitions = {explanation_.written->stream.partition};
    if (options_.since) request.range = *options_.since;
    request.stop_at_end = true;
    Status status = sides_.Read(request, [this](const OwnedRecord& record) {
      if (auto event = EventOf(record)) {
        const bool written = explanation_.mode == VersionMode::kHeader && explanation_.exists &&
                             event->version == explanation_.version && !event->stale;
        if (written) explanation_.written = event;
        explanation_.events.push_back(std::move(*event));
        if (explanation_.events.size() > options_.limit) {
          explanation_.events.pop_front();
          ++explanation_.more;
        }
      }
      return true;
    });
    KeepOwnTruncates();
    // Each gives way to the next one that was accepted.
    int64_t next = -1;
    for (auto event = explanation_.events.rbegin(); event != explanation_.events.rend(); ++event) {
      event->superseded_by = next;
      if (!event->refused() && !event->stale) next = event->offset.value;
    }
    return status;
  }

  /// Each partition tells a truncate: that of the id's own is what counts.
  void KeepOwnTruncates() {
    const auto truncates = [](const KeyEvent& event) { return event.action == Action::kTruncate; };
    std::deque<KeyEvent>& events = explanation_.events;
    const auto own = std::find_if_not(events.begin(), events.end(), truncates);
    if (own == events.end()) return;
    std::erase_if(events, [&, stream = own->stream](const KeyEvent& event) {
      return truncates(event) && event.stream != stream;
    });
  }

  const ExplainOptions& options_;
  ExplainSides& sides_;
  inspect::WritePlanner& planner_;
  Explanation explanation_;
  ExplainSides::History history_;
  struct Refusal {
    std::string place;  ///< Of the letter.
    int64_t version = 0;
  };
  std::map<std::pair<TopicPartition, Offset>, Refusal> refused_;
  std::map<TopicPartition, int64_t> newest_epochs_;
};

}  // namespace

Result<Explanation> Explain(const std::string& index, const std::string& id,
                            const ExplainOptions& options, ExplainSides& sides,
                            inspect::WritePlanner& planner) {
  return Explainer(options, sides, planner).Run(index, id);
}

}  // namespace sluice::letters
