#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/operations/source/relay.h"
#include "tests/fakes/fake_change_log.h"
#include "tests/fakes/fake_chunk_reader.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_event_encoder.h"
#include "tests/fakes/fake_event_publisher.h"
#include "tests/fakes/fake_waiter.h"

namespace sluice::testing {

/// A relay on fakes. Database, written log and recorded position outlive a run: Start() begins a
/// new one as a new process would.
class RelayRig : public CaptureObserver {
 public:
  RelayRig() : waiter(clock), names("p", ".") {
    settings.signal_prefix = "sluice.signal";
    settings.watermark_prefix = "sluice.watermark";
  }

  void Start() {
    source = std::make_unique<FakeChangeSource>(log, slot);
    SourcePosition start = positions.stored();
    ++start.epoch;
    positions.stored() = start;
    chunks = std::make_unique<FakeChunkReader>(log);
    relay = std::make_unique<Relay>(
        settings, ChangeWriterSettings{start.epoch, {}, {}, tells_truncates_once, owners, outbox},
        names, start,
        RelayPorts{*source, encoder, publisher, positions, *chunks, signals, waiter, clock, *this});
  }
  /// The process dies; `written` of the records on their way are written.
  void Crash(size_t written) {
    publisher.Crash(written);
    slot = source->flushed();
    positions.Poll();
    relay.reset();
  }
  void RunFor(int64_t ms) {
    for (const int64_t end = clock.NowUs() + ms * 1'000; clock.NowUs() < end && !relay->ended();) {
      if (!relay->Turn()) clock.AdvanceMs(1);
    }
  }
  /// "key=value" of each record written, in order; a tombstone is "key=null".
  [[nodiscard]] std::vector<std::string> Written() const {
    std::vector<std::string> texts;
    for (const PublishedRecord& record : publisher.log()) {
      texts.push_back(record.key.value_or("-") + "=" + record.value.value_or("null"));
    }
    return texts;
  }

  void OnCaptureStats(const CaptureStats& stats) override { last = stats; }
  void OnRemark(const std::string& text) override { remarks.push_back(text); }
  void OnSkippedTruncate(const std::string& table) override { skipped_truncates.push_back(table); }
  void OnIncremental(const IncrementalNote& note) override {
    switch (note.kind) {
      case IncrementalNote::Kind::kRemark: remarks.push_back(note.text); break;
      case IncrementalNote::Kind::kRefused: refusals.push_back(note.text); break;
      case IncrementalNote::Kind::kHeld: holds.push_back(note.text); break;
      case IncrementalNote::Kind::kSnapshotDone: tables.emplace_back("snapshot done"); break;
      case IncrementalNote::Kind::kBegins: tables.push_back("begins " + note.table); break;
      case IncrementalNote::Kind::kEnds:
        tables.push_back("ends " + note.table + " " + std::to_string(note.rows));
        break;
    }
  }

  FakeClock clock;
  FakeWaiter waiter;
  StreamNames names;
  RelaySettings settings;
  std::function<bool(const Table&)> tells_truncates_once;
  StreamOwners owners;  ///< Of the tables that a start has found.
  OutboxSettings outbox;
  FakeChangeLog log;
  FakeEventEncoder encoder;
  FakeEventPublisher publisher;
  FakePositionStore positions;
  Lsn slot{0};  ///< What the database was told last.
  FakeSignalDecoder signals;
  std::unique_ptr<FakeChangeSource> source;
  std::unique_ptr<FakeChunkReader> chunks;
  std::unique_ptr<Relay> relay;
  CaptureStats last;
  std::vector<std::string> remarks;
  std::vector<std::string> skipped_truncates;
  std::vector<std::string> refusals;
  std::vector<std::string> holds;
  std::vector<std::string> tables;  ///< Begun and ended.
};

}  // namespace sluice::testing
