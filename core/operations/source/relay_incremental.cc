// Signals, and rows that are read while streaming.
#include "core/operations/source/relay.h"

namespace sluice {

bool Relay::PollChunks() {
  std::optional<ChunkAnswer> answer = ports_.chunks.Poll();
  const bool any = answer.has_value();
  if (answer) incremental_.OnAnswer(std::move(*answer), now_us_);
  if (const auto request = incremental_.NextRequest(now_us_)) ports_.chunks.Ask(*request);
  TellNotes();
  if (!in_transaction_ && incremental_.TakeChanged()) {
    milestones_.push_back({stats_.received, incremental_.progress()});
  }
  StopAtEnd();
  return any;
}

void Relay::TellNotes() {
  for (const IncrementalNote& note : incremental_.TakeNotes()) {
    ports_.observer.OnIncremental(note);
  }
}

void Relay::OnSignal(const Result<SnapshotSignal>& signal) {
  if (signal) {
    incremental_.OnSignal(*signal, [this](const std::string& pattern, const std::string& name) {
      return ports_.chunks.Means(pattern, name);
    });
    ports_.observer.OnRemark("signal " + signal->id + " was taken");
  } else {
    IncrementalNote note;
    note.kind = IncrementalNote::Kind::kRefused;
    note.text = "a signal is not understood and was passed over: " + signal.error().ToString();
    ports_.observer.OnIncremental(note);
  }
}

void Relay::OnSignalRow() {
  const Table& table = *change_.table;
  // By place, as Debezium reads them: id, type, data.
  if (table.columns.size() < 3 || table.schema + "." + table.name != settings_.signal_table) return;
  const Row row = *change_.after;
  OnSignal(ports_.signals.Decode(row[0].text, row[1].text, row[2].text));
}

void Relay::BeginChunkRows() {
  PollChunks();  // the answer is there, but it may not have been looked at
  if (!in_transaction_ || !incremental_.OnWatermark(change_.content, now_us_)) return;
  SourceChange read;
  read.kind = ChangeKind::kRead;
  const RecordPlans plans = PlanRecords(read, settings_.tombstones_on_delete);
  const bool any = incremental_.row_count() > 0;
  const int64_t version =
      ReadVersion(commit_, settings_.version_bias, any && writer_.IsOutbox(incremental_.table()));
  for (size_t row = 0; row < incremental_.row_count(); ++row) {
    steps_.push_back({Step::Kind::kChunkRow, plans.all().front(), version, std::nullopt, row});
  }
  if (!any) return;
  writer_.StatsOf(incremental_.table()).changes[static_cast<size_t>(CountedChange::kRead)] +=
      incremental_.row_count();
  stats_.incremental_rows += incremental_.row_count();
}

bool Relay::EmitChunkRow(const Step& step) {
  SourceChange read;
  read.kind = ChangeKind::kRead;
  read.lsn = commit_;
  read.table = &incremental_.table();
  read.after = incremental_.row(step.row);
  ChangeContext context = context_;
  context.lsn = commit_;
  context.transaction_id.reset();  // they belong to no transaction
  context.place.reset();
  context.mark = SnapshotMark::kIncremental;
  return writer_.Write(step.plan, read, context, step.version, token_);
}

}  // namespace sluice
