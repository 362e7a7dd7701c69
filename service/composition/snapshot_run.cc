#include "service/composition/snapshot_run.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "core/operations/change_version.h"
#include "service/composition/capture_settings.h"

namespace sluice::service {
namespace {

constexpr std::chrono::milliseconds kReportEvery{200};
constexpr std::chrono::milliseconds kRoomWait{100};
constexpr uint64_t kRowsPerPoll = 1'000;

bool Done(const Failure& failure) {
  return failure.verdict.disposition == Disposition::kDone;
}

Failure Cancelled() {
  return {{Disposition::kCancelled, FailureReason::kNone, WriteResult::kCreated}, "", ""};
}

Failure Internal(const Error& error) {
  return {
      {Disposition::kHalt, FailureReason::kInternal, WriteResult::kCreated}, "", error.ToString()};
}

}  // namespace

void HeldRow::Assign(Row row) {
  size_t size = 0;
  for (const ColumnValue& value : row) size += value.text.size();
  bytes_.clear();
  bytes_.reserve(size);  // so that no append moves what views point into
  values_.clear();
  for (const ColumnValue& value : row) {
    const size_t begin = bytes_.size();
    bytes_.append(value.text);
    values_.push_back({value.kind, std::string_view(bytes_).substr(begin)});
  }
}

SnapshotRun::SnapshotRun(const Parts& parts, Moment moment,
                         std::vector<postgres::SnapshotTable> tables,
                         std::vector<postgres::SnapshotChunk> chunks)
    : parts_(parts),
      moment_(std::move(moment)),
      tables_(std::move(tables)),
      chunks_(std::move(chunks)),
      rows_(tables_.size()),
      written_(tables_.size()),
      whole_(tables_.size()),
      passed_over_(tables_.size()),
      chunks_left_(tables_.size()),
      last_rows_(chunks_.size()),
      events_(tables_.size()) {
  for (const postgres::SnapshotChunk& chunk : chunks_) ++chunks_left_[chunk.table];
}

Failure SnapshotRun::Run(int threads, const std::stop_token& stop, CaptureStats stats,
                         const Report& report) {
  stats.state = CaptureStats::State::kSnapshot;
  std::vector<std::jthread> workers;
  workers.reserve(static_cast<size_t>(threads));
  {
    const std::lock_guard lock(mutex_);
    working_ = threads;
  }
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([this](const std::stop_token& own_stop) { Work(own_stop); });
  }
  std::unique_lock lock(mutex_);
  while (working_ > 0) {
    changed_.wait_for(lock, kReportEvery);
    if (stop.stop_requested() || !Done(failure_)) {
      for (std::jthread& worker : workers) worker.request_stop();
    }
    lock.unlock();
    Fill(stats);
    report(stats);
    lock.lock();
  }
  lock.unlock();
  workers.clear();
  if (!Done(failure_)) return failure_;
  const Failure failure = PublishLast(stop);
  Fill(stats);
  report(stats);
  return failure;
}

Failure SnapshotRun::PublishLast(const std::stop_token& stop) {
  if (stop.stop_requested()) return Cancelled();
  if (tables_.empty()) return {};
  const size_t table = tables_.size() - 1;
  if (!very_last_.empty()) {
    std::unique_ptr<Hand> hand;
    if (Failure failure = MakeHand(hand); !Done(failure)) return failure;
    Failure failure = Publish(*hand, table, very_last_.row(), SnapshotMark::kLast);
    if (Done(failure)) failure = Settle(*hand);
    if (!Done(failure)) return failure;
  }
  whole_[table] = !passed_over_[table];
  return {};
}

std::vector<const Table*> SnapshotRun::acknowledged() const {
  std::vector<const Table*> done;
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (whole_[i] && written_[i] == rows_[i]) done.push_back(tables_[i].table);
  }
  return done;
}

std::vector<const Table*> SnapshotRun::passed_over() const {
  std::vector<const Table*> tables;
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (passed_over_[i]) tables.push_back(tables_[i].table);
  }
  return tables;
}

void SnapshotRun::Fill(CaptureStats& stats) const {
  stats.turn_us = parts_.clock.NowUs();
  stats.snapshot_tables = tables_.size();
  stats.snapshot_tables_done = tables_done_;
  stats.goes_on =
      std::any_of(written_.begin(), written_.end(), [](const auto& n) { return n > 0; });
  stats.snapshot_rows = 0;
  stats.snapshot_rows_known = 0;
  for (const postgres::SnapshotChunk& chunk : chunks_) {
    stats.snapshot_rows_known += static_cast<uint64_t>(std::max<int64_t>(0, chunk.rows));
  }
  const std::lock_guard lock(mutex_);
  stats.altered = altered_;
  stats.tables.clear();
  for (size_t i = 0; i < tables_.size(); ++i) {
    TableStats& table = stats.tables.emplace_back(tables_[i].table->schema, tables_[i].table->name);
    table.changes[static_cast<size_t>(CountedChange::kRead)] = rows_[i];
    table.events = events_[i];
    const auto& outbox = parts_.writer.outbox.is_outbox;
    table.outbox = outbox && outbox(*tables_[i].table);
    stats.snapshot_rows += rows_[i];
  }
}

Failure SnapshotRun::MakeHand(std::unique_ptr<Hand>& hand) const {
  hand = std::make_unique<Hand>(parts_);
  auto publisher =
      kafka::RecordPublisher::Make(parts_.kafka, parts_.publisher, parts_.clock, parts_.log);
  if (!publisher) return Internal(publisher.error());
  hand->publisher = std::move(*publisher);
  hand->waiter.Watch({hand->publisher->descriptor()});
  hand->writer =
      std::make_unique<ChangeWriter>(parts_.writer, parts_.names, hand->encoder, *hand->publisher);
  return {};
}

void SnapshotRun::Work(const std::stop_token& stop) {
  std::unique_ptr<Hand> hand;
  Failure failure = MakeHand(hand);
  try {
    if (Done(failure)) failure = WorkOn(*hand, stop);
  } catch (const pattern::MatchFailure& unanswered) {  // of masks, and of the topic's name
    failure = HaltOf(unanswered);
  }
  const std::lock_guard lock(mutex_);
  if (Done(failure_)) failure_ = std::move(failure);
  --working_;
  changed_.notify_all();
}

Failure SnapshotRun::WorkOn(Hand& hand, const std::stop_token& stop) {
  if (!hand.reader.Open(moment_.snapshot)) return hand.reader.failure();
  for (size_t chunk = next_chunk_++; chunk < chunks_.size(); chunk = next_chunk_++) {
    if (stop.stop_requested()) return Cancelled();
    const size_t table = chunks_[chunk].table;
    if (!passed_over_[table]) {
      if (Failure failure = ReadChunk(hand, chunk, stop); !Done(failure)) return failure;
    }
    if (--chunks_left_[table] > 0 || passed_over_[table]) continue;
    if (Failure failure = FinishTable(hand, table); !Done(failure)) return failure;
    whole_[table] = table + 1 < tables_.size();  // the very last row is still held back
    ++tables_done_;
  }
  return Settle(hand);
}

bool SnapshotRun::IsFirstOfTable(size_t chunk) const {
  return chunk == 0 || chunks_[chunk - 1].table != chunks_[chunk].table;
}

// A chunk's last row is held back: it may be the last of its table, which is known later.
Failure SnapshotRun::ReadChunk(Hand& hand, size_t chunk, const std::stop_token& stop) {
  const size_t table = chunks_[chunk].table;
  if (!hand.reader.Start(chunks_[chunk], *tables_[table].table)) {
    if (!hand.reader.out_of_reach()) return hand.reader.failure();
    passed_over_[table] = true;
    return {};
  }
  HeldRow& held = last_rows_[chunk];
  SnapshotMark mark = SnapshotMark::kRow;
  if (IsFirstOfTable(chunk)) {
    mark = chunk == 0 ? SnapshotMark::kFirst : SnapshotMark::kFirstInTable;
  }
  uint64_t rows = 0;
  for (Row row;;) {
    switch (hand.reader.Next(row)) {
      case postgres::SnapshotReader::Progress::kFailed: return hand.reader.failure();
      case postgres::SnapshotReader::Progress::kEnd: return {};
      case postgres::SnapshotReader::Progress::kRow: break;
    }
    if (!held.empty()) {
      if (Failure failure = Publish(hand, table, held.row(), mark); !Done(failure)) return failure;
      mark = SnapshotMark::kRow;
    }
    held.Assign(row);
    if (++rows % kRowsPerPoll != 0) continue;
    if (stop.stop_requested()) return Cancelled();
    if (Failure failure = Poll(hand); !Done(failure)) return failure;
  }
}

Failure SnapshotRun::FinishTable(Hand& hand, size_t table) {
  HeldRow* last = nullptr;
  size_t of = 0;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    if (chunks_[i].table != table || last_rows_[i].empty()) continue;
    if (last != nullptr) {
      if (Failure failure = Publish(hand, table, last->row(), SnapshotMark::kRow); !Done(failure)) {
        return failure;
      }
    }
    last = &last_rows_[i];
    of = i;
  }
  if (last == nullptr) return {};
  if (table + 1 == tables_.size()) {
    very_last_.Assign(last->row());
    return {};
  }
  const bool only = of == 0 && rows_[table] == 0;
  return Publish(hand, table, last->row(),
                 only ? SnapshotMark::kFirst : SnapshotMark::kLastInTable);
}

Failure SnapshotRun::Publish(Hand& hand, size_t table, Row row, SnapshotMark mark) {
  SourceChange change;
  change.kind = ChangeKind::kRead;
  change.table = tables_[table].table;
  change.lsn = moment_.lsn;
  change.after = row;
  ChangeContext context;
  context.lsn = moment_.lsn;
  context.transaction_id = moment_.transaction_id;
  context.commit_us = moment_.commit_us;
  context.now_ns = parts_.clock.WallNs();
  context.mark = mark;
  const RecordPlans plans = PlanRecords(change, false);
  const int64_t version =
      ReadVersion(moment_.lsn, parts_.version_bias, hand.writer->IsOutbox(*change.table));
  while (!hand.writer->Write(plans.all().front(), change, context, version, table + 1)) {
    if (!Done(hand.writer->failure())) return hand.writer->failure();
    if (Failure failure = Poll(hand); !Done(failure)) return failure;
    hand.waiter.Wait(kRoomWait);
  }
  ++rows_[table];
  return {};
}

void SnapshotRun::AddEvents(Hand& hand) {
  const std::vector<TableStats>& stats = hand.writer->stats();
  hand.told.resize(stats.size());
  for (size_t i = 0; i < stats.size(); ++i) {
    if (!stats[i].outbox) continue;
    const auto table = std::find_if(tables_.begin(), tables_.end(), [&](const auto& one) {
      return one.table->schema == stats[i].schema && one.table->name == stats[i].name;
    });
    if (table == tables_.end()) continue;
    const std::lock_guard lock(mutex_);
    auto& events = events_[static_cast<size_t>(table - tables_.begin())];
    for (size_t fate = 0; fate < events.size(); ++fate) {
      events[fate] += stats[i].events[fate] - hand.told[i].events[fate];
    }
    hand.told[i].events = stats[i].events;
  }
}

Failure SnapshotRun::Poll(Hand& hand) {
  AddEvents(hand);
  if (const AlteredValues altered = hand.encoder.TakeAltered(); !altered.empty()) {
    const std::lock_guard lock(mutex_);
    AddAltered(altered_, altered);
  }
  hand.acks.clear();
  hand.publisher->Poll(hand.acks);
  for (PublishAck& ack : hand.acks) {
    if (!Done(ack.failure)) return std::move(ack.failure);
    written_[ack.token - 1] += ack.count;
  }
  return {};
}

// A record that is never acknowledged counts as not written after `message_timeout_ms`, so that
// this ends.
Failure SnapshotRun::Settle(Hand& hand) {
  while (hand.publisher->queued_records() > 0) {
    if (Failure failure = Poll(hand); !Done(failure)) return failure;
    hand.waiter.Wait(kRoomWait);
  }
  return Poll(hand);
}

}  // namespace sluice::service
