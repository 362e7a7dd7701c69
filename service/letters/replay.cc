#include "service/letters/replay.h"

#include <algorithm>

#include "core/operations/change_version.h"
#include "core/operations/index/conflict_rule.h"

namespace sluice::letters {
namespace {

using Action = inspect::PlannedWrite::Action;

/// As Changelog writes it.
constexpr std::string_view kChangelogStage = "changelog";
constexpr const char* kAskTheSource =
    "have the source tell the row again: `sluice verify --repair`, or a snapshot of it";

std::string Joined(const std::string& document, const std::vector<OpenField>& open) {
  std::string names;
  for (const OpenField& field : open) {
    names += names.empty() ? "" : ", ";
    names += document.substr(field.name_begin, field.name_end - field.name_begin);
  }
  return names;
}

}  // namespace

const char* ReplayResultName(ReplayOutcome::Result result) {
  switch (result) {
    case ReplayOutcome::Result::kWritten: return "written";
    case ReplayOutcome::Result::kWouldTry: return "would try";
    case ReplayOutcome::Result::kSuperseded: return "superseded";
    case ReplayOutcome::Result::kThere: return "there";
    case ReplayOutcome::Result::kRefused: return "refused";
    case ReplayOutcome::Result::kLeft: return "left";
    case ReplayOutcome::Result::kUnknown: return "unknown";
  }
  return "?";
}

std::string RefusalOf(const kafka::StoredLetter& letter, const inspect::PlannedWrite& plan,
                      const ReplaySides::History& history) {
  if (!history.recorded || !history.seen.destination.exists)
    return "index " + plan.index +
           " has no control record, or is not there: let `sluice index` run";
  const ControlRecord& record = *history.recorded;
  const ControlDecision decision = DecideControl(history.recorded, history.seen);
  if (decision.kind == ControlDecision::Kind::kHalt)
    return "a start of `sluice index` would halt for this index: see `sluice control show " +
           plan.index + "`";
  if (!letter.index.empty() && letter.index != plan.index)
    return "it was refused by index " + letter.index + ", and its topic is written to " +
           plan.index + " now; " + kAskTheSource;
  if (letter.record.stream.topic != record.topic)
    return "the index is written from topic " + record.topic + " now";
  const auto partition = static_cast<size_t>(letter.record.stream.partition);
  if (partition >= record.starts.size() || partition >= history.seen.stream.partitions.size())
    return "topic " + record.topic + " has no such partition now";
  switch (record.version_mode) {
    case VersionMode::kOffset: {
      // Letters of before ids were noted in all of them tell no version.
      const int64_t incarnation = letter.version != 0 ? IncarnationOf(letter.version) : 1;
      if (incarnation == record.incarnation) break;
      return "it is of incarnation " + std::to_string(incarnation) + ", and the index has " +
             std::to_string(record.incarnation) + "; " + kAskTheSource;
    }
    case VersionMode::kHeader:
      if (!RankIsFull(plan.version)) break;
      return std::string("other changes of the same row have its version; ") + kAskTheSource;
  }
  if (letter.version != 0 && (letter.version != plan.version || letter.id != plan.id))
    return "its id or version is another one now (" + plan.id + ", " +
           std::to_string(plan.version) + "); " + kAskTheSource;
  if (letter.record.offset.value < record.starts[partition] ||
      letter.record.offset.value >= history.seen.stream.partitions[partition].end)
    return "its offset is none of this incarnation's; " + std::string(kAskTheSource);
  if (partition < record.floors.size() && letter.record.offset.value < record.floors[partition])
    return "it is older than offset " + std::to_string(record.floors[partition]) +
           ", before which the stubs of deleted rows were removed; " + kAskTheSource;
  return {};
}

void Replayer::Tell(kafka::StoredLetter letter, Result result, std::string why) {
  ReplayOutcome outcome;
  letter.record.key.reset();
  letter.record.value.reset();
  outcome.letter = std::move(letter);
  outcome.result = result;
  outcome.why = std::move(why);
  told_(outcome);
}

sluice::Result<const ReplaySides::History*> Replayer::HistoryOf(const std::string& index) {
  auto known = histories_.find(index);
  if (known == histories_.end()) {
    auto history = sides_.Look(index);
    if (!history) return history.error();
    known = histories_.emplace(index, std::move(*history)).first;
  }
  return known->second ? &*known->second : nullptr;
}

/// Puts a letter to the others of its id, or tells why it cannot be replayed.
Status Replayer::Sort(kafka::StoredLetter letter) {
  if (!letter.original) {
    Tell(std::move(letter), Result::kLeft,
         std::string("it holds a reference only, and not the record; ") + kAskTheSource);
    return {};
  }
  if (letter.stage == kChangelogStage) {
    Tell(std::move(letter), Result::kLeft,
         "a change log has refused it, and no index: mend what its reason names, and begin the "
         "change log anew under another changelog.name where its rows are needed");
    return {};
  }
  // First which index, then with which incarnation.
  inspect::PlannedWrite plan = planner_.Plan(letter.record, 1);
  if (plan.action == Action::kReject || plan.action == Action::kHalt) {
    Tell(std::move(letter), Result::kRefused, plan.reason);
    return {};
  }
  if (plan.action == Action::kTruncate) {
    Tell(std::move(letter), Result::kLeft, "it empties a table: only `sluice index` applies that");
    return {};
  }
  if (plan.action == Action::kSkip) {
    Tell(std::move(letter), Result::kLeft, "nothing is written for it: " + plan.reason);
    return {};
  }
  const auto history = HistoryOf(plan.index);
  if (!history) return history.error();
  if (*history == nullptr) {
    Tell(std::move(letter), Result::kLeft,
         "no topic that is there is written to index " + plan.index +
             " by this configuration: name it in kafka.topics, or purge the letter");
    return {};
  }
  const auto incarnation =
      static_cast<uint16_t>((*history)->recorded ? (*history)->recorded->incarnation : 1);
  plan.version = planner_.Plan(letter.record, incarnation).version;
  std::string refusal = RefusalOf(letter, plan, **history);
  if (!refusal.empty()) {
    Tell(std::move(letter), Result::kLeft, std::move(refusal));
    return {};
  }
  Stream& stream = streams_[letter.record.stream];
  stream.incarnation = incarnation;
  if (letter.record.offset.value < stream.first) {
    stream.first = letter.record.offset.value;
    stream.epoch = plan.epoch;
  }
  Row& row = stream.rows[{plan.index, plan.id}];
  row.letters.push_back({std::move(letter), std::move(plan), *history});
  return {};
}

/// What the log says of the rows that letters are about.
Status Replayer::Look(const TopicPartition& name, Stream& stream, Offset from) {
  int64_t expected = from.value;
  Status status = sides_.Scan(name, from, [&](const OwnedRecord& record) {
    // Retention and compaction leave gaps.
    stream.complete = stream.complete && record.offset.value == expected;
    expected = record.offset.value + 1;
    TakeSeen(stream, record);
  });
  stream.next = expected;
  return status;
}

void Replayer::TakeSeen(Stream& stream, const OwnedRecord& record) {
  const inspect::PlannedWrite plan = planner_.Plan(record, stream.incarnation);
  if (planner_.by_header() && plan.epoch != 0) {
    if (plan.epoch < stream.epoch) return;
    stream.epoch = plan.epoch;
  }
  if (refused_.contains({record.stream, record.offset.value})) return;
  // Whether this configuration would empty the index now says nothing of what was done then.
  if (plan.kind == EventKind::kTruncate) stream.truncated = record.offset.value;
  const auto note = [&](Row& row) {
    row.newest = record.offset.value;
    row.newest_deletes = plan.action != Action::kIndex;
    row.newest_version = plan.version;
  };
  switch (plan.action) {
    case Action::kIndex:
    case Action::kDelete: {
      const auto row = stream.rows.find({plan.index, plan.id});
      if (row != stream.rows.end()) note(row->second);
      return;
    }
    case Action::kTruncate:
      for (auto& [id, row] : stream.rows)
        if (id.first == plan.index) note(row);
      return;
    case Action::kSkip:
    case Action::kReject:
    case Action::kHalt: return;
  }
}

Status Replayer::Run(std::vector<kafka::StoredLetter> chosen,
                     const std::set<std::pair<TopicPartition, int64_t>>& refused) {
  refused_ = refused;
  std::sort(chosen.begin(), chosen.end(),
            [](const kafka::StoredLetter& a, const kafka::StoredLetter& b) {
              return std::tie(a.record.stream, a.record.offset, a.place, a.at) <
                     std::tie(b.record.stream, b.record.offset, b.place, b.at);
            });
  for (size_t i = 0; i < chosen.size(); ++i) {
    // One record has several letters where an owner died before it could commit: the last counts.
    const bool again = i + 1 < chosen.size() &&
                       chosen[i + 1].record.stream == chosen[i].record.stream &&
                       chosen[i + 1].record.offset == chosen[i].record.offset;
    if (again) continue;
    if (Status status = Sort(std::move(chosen[i])); !status) return status;
  }
  for (auto& [name, stream] : streams_) {
    if (Status status = Look(name, stream, Offset{stream.first}); !status) return status;
    // The newest records may be gone as well, such as the tombstone of a row.
    const Work& any = stream.rows.begin()->second.letters.front();
    const auto& partitions = any.history->seen.stream.partitions;
    stream.complete =
        stream.complete && stream.next >= partitions[static_cast<size_t>(name.partition)].end;
    for (auto& [id, row] : stream.rows) {
      std::reverse(row.letters.begin(), row.letters.end());
      if (Status status = ReplayRow(stream, row); !status) return status;
    }
  }
  return SendDeletesAgain();
}

/// The newest letter that is accepted stands for those before it.
Status Replayer::ReplayRow(const Stream& stream, Row& row) {
  std::string superseded;
  for (Work& work : row.letters) {
    if (row.newest > work.letter.record.offset.value)
      superseded = "the log has a newer record of it at offset " + std::to_string(row.newest);
    if (!superseded.empty()) {
      // A replay that ended too early may have brought a document back that was deleted since.
      row.written = row.written || (row.newest_deletes && !options_.dry_run);
      row.written_offset = std::max(row.written_offset, work.letter.record.offset.value);
      Tell(std::move(work.letter), Result::kSuperseded, superseded);
      continue;
    }
    if (stream.truncated > work.letter.record.offset.value) {
      Tell(std::move(work.letter), Result::kLeft,
           "its table was emptied behind it, at offset " + std::to_string(stream.truncated) +
               ", and truncate.mode is not apply; " + kAskTheSource);
      continue;
    }
    const auto incomplete = Fill(stream, work);
    if (!incomplete) return incomplete.error();
    if (!incomplete->empty()) {
      Tell(std::move(work.letter), Result::kLeft, *incomplete);
      continue;
    }
    const int64_t offset = work.letter.record.offset.value;
    Result result = Result::kWritten;
    if (options_.dry_run) {
      Tell(std::move(work.letter), Result::kWouldTry);
    } else if (Status status = WriteLetter(row, work, result); !status) {
      return status;
    }
    if (result != Result::kRefused && result != Result::kLeft)
      superseded = "by the letter of its newer record at offset " + std::to_string(offset);
  }
  return {};
}

sluice::Result<std::string> Replayer::Fill(const Stream& stream, Work& work) {
  const inspect::PlannedWrite& plan = work.plan;
  if (plan.action == Action::kDelete) return std::string();
  const auto stored = sides_.Get(plan.index, plan.id);
  if (!stored) return stored.error();
  if (!stored->document && !stream.complete)
    return "the index has no such document, and the log has lost records behind offset " +
           std::to_string(stream.first) + ": its row may have been deleted since; " + kAskTheSource;
  if (plan.open.empty()) return std::string();
  const std::string names = Joined(plan.document, plan.open);
  const std::string missing = "it did not carry " + names + ", and ";
  if (!stored->document)
    return missing + "the index has no document to take that from; " + kAskTheSource;
  const auto divergent = sides_.Divergent(plan.index, plan.id);
  if (!divergent) return divergent.error();
  // Another change than its own is missing in the stored document.
  if (*divergent && (*divergent)->since < plan.version)
    return missing + "what the document has may be older; " + kAskTheSource;
  std::string merged;
  std::vector<OpenField> open;
  merger_.Fill(plan.document, plan.open, *stored->document, {}, merged, open);
  if (!open.empty()) return missing + "neither does the document; " + kAskTheSource;
  work.plan.document = std::move(merged);
  work.plan.open.clear();
  return std::string();
}

Status Replayer::WriteLetter(Row& row, Work& work, Result& result) {
  const inspect::PlannedWrite& plan = work.plan;
  const TopicPartition& name = work.letter.record.stream;
  const bool deletes = plan.action == Action::kDelete;
  const elasticsearch::WriteAnswer answer =
      sides_.Write(name.topic, {deletes ? WriteAction::kDelete : WriteAction::kIndex,
                                {},
                                plan.id,
                                plan.version,
                                plan.document,
                                name.partition});
  doubted_ = doubted_ || answer.doubted;
  std::string why = answer.failure.type;
  if (!answer.failure.detail.empty()) why += (why.empty() ? "" : ": ") + answer.failure.detail;
  result = Result::kUnknown;
  switch (answer.failure.verdict.disposition) {
    case Disposition::kDone:
      why.clear();
      result = Result::kWritten;
      break;
    case Disposition::kReject: result = Result::kRefused; break;
    case Disposition::kHalt: return Error{"index " + plan.index + ": " + why, ""};
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kSplit:
    case Disposition::kCancelled: why += "; run it again"; break;
  }
  const bool conflict = result == Result::kWritten &&
                        (answer.failure.verdict.result == WriteResult::kConflictHigher ||
                         answer.failure.verdict.result == WriteResult::kConflictEqual ||
                         answer.failure.verdict.result == WriteResult::kConflictUnknown);
  if (conflict) {
    const auto& partitions = work.history->seen.stream.partitions;
    const bool equal = answer.failure.verdict.result == WriteResult::kConflictEqual;
    const VersionMode mode = work.history->recorded->version_mode;
    // Of a version that the source has made any higher one may be the source's too.
    const int64_t known = mode == VersionMode::kHeader
                              ? INT64_MAX
                              : partitions[static_cast<size_t>(name.partition)].end;
    switch (RuleConflict(mode, plan.version, equal ? plan.version : answer.stored_version, known)) {
      case ConflictRuling::kApplied: result = Result::kThere; break;
      case ConflictRuling::kBeyondEnd:  // the log went on meanwhile
      case ConflictRuling::kSuperseded:
        result = Result::kSuperseded;
        why = mode == VersionMode::kHeader
                  ? "the index has version " + std::to_string(answer.stored_version)
                  : "the index has offset " + std::to_string(OffsetOf(answer.stored_version));
        break;
      case ConflictRuling::kForeign:
        result = Result::kLeft;
        why = "the index has version " + std::to_string(answer.stored_version) +
              ", which is no record of this incarnation: something else writes there";
        break;
    }
  }
  if (result == Result::kWritten || result == Result::kThere || result == Result::kUnknown) {
    row.written = row.written || !deletes;
    row.written_offset = std::max(row.written_offset, work.letter.record.offset.value);
  }
  if (result == Result::kWritten) {
    if (Status status = sides_.Heal(plan.index, plan.id, plan.version); !status) return status;
  }
  Tell(std::move(work.letter), result, std::move(why));
  return {};
}

/// A delete that came into the log while letters were written may have been applied, and forgotten,
/// before one of them: it is sent once more with its own version, as `sluice index` does in such a
/// case (delivery contract, part 4).
Status Replayer::SendDeletesAgain() {
  if (doubted_) sides_.AwaitWindow();
  for (auto& [name, stream] : streams_) {
    const bool any = std::any_of(stream.rows.begin(), stream.rows.end(),
                                 [](const auto& row) { return row.second.written; });
    if (!any) continue;
    if (Status status = Look(name, stream, Offset{stream.next}); !status) return status;
    for (const auto& [id, row] : stream.rows) {
      if (!row.written || !row.newest_deletes || row.newest <= row.written_offset) continue;
      const elasticsearch::WriteAnswer answer = sides_.Write(
          name.topic,
          {WriteAction::kDelete, {}, id.second, row.newest_version, {}, name.partition});
      if (answer.failure.verdict.disposition != Disposition::kDone)
        return Error{"the row of " + id.first + "/" + id.second +
                         " was deleted while its letter was replayed, and the delete could not be "
                         "sent once more: " +
                         answer.failure.detail,
                     "run `sluice dlq replay` again"};
    }
  }
  return {};
}

}  // namespace sluice::letters
