#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/envelope_encoder.h"
#include "adapters/kafka/record_publisher.h"
#include "adapters/postgres/snapshot_plan.h"
#include "adapters/postgres/snapshot_reader.h"
#include "core/model/capture_stats.h"
#include "core/operations/source/change_writer.h"
#include "core/operations/source/stream_names.h"
#include "core/ports/clock.h"
#include "service/composition/descriptor_waiter.h"

namespace sluice::service {

/// A row with memory of its own.
class HeldRow {
 public:
  void Assign(Row row);
  [[nodiscard]] Row row() const { return values_; }
  [[nodiscard]] bool empty() const { return values_.empty(); }

 private:
  std::string bytes_;
  std::vector<ColumnValue> values_;
};

/// Publishes the rows of tables as they were at one moment, over several connections at once.
///
/// Threads:   Run() from one thread; it starts `threads` of its own and joins them.
/// Ownership: borrows what its parts refer to.
/// Time:      Run() returns when every row is acknowledged, or within some seconds of a stop.
/// Errors:    as the failure that Run() returns; kDone: everything is written, but for tables that
///            were passed over.
class SnapshotRun {
 public:
  struct Parts {
    const postgres::Settings& database;
    const postgres::SnapshotSettings& snapshot;
    const kafka::Settings& kafka;
    const kafka::PublisherSettings& publisher;
    const debezium::EncoderOptions& encoder;
    const ChangeWriterSettings& writer;
    const StreamNames& names;
    Clock& clock;
    kafka::LogSink log;
    uint64_t version_bias = 0;
  };
  /// What the rows are as of.
  struct Moment {
    std::string snapshot;  ///< The exported snapshot's name.
    Lsn lsn;
    int64_t commit_us = 0;
    std::optional<uint32_t> transaction_id;
  };
  using Report = std::function<void(const CaptureStats&)>;

  SnapshotRun(const Parts& parts, Moment moment, std::vector<postgres::SnapshotTable> tables,
              std::vector<postgres::SnapshotChunk> chunks);

  /// Tables of which every row is written by now; from the thread of Run() alone.
  [[nodiscard]] std::vector<const Table*> acknowledged() const;
  /// Tables that cannot be read as they were at that moment: passed over. After Run().
  [[nodiscard]] std::vector<const Table*> passed_over() const;

  /// Reports at least every half second, `stats` being what it starts from.
  [[nodiscard]] Failure Run(int threads, const std::stop_token& stop, CaptureStats stats,
                            const Report& report);

 private:
  /// One connection with what it needs to publish rows.
  struct Hand {
    explicit Hand(const Parts& parts)
        : encoder(parts.encoder), reader(parts.database, parts.snapshot) {}

    debezium::EnvelopeEncoder encoder;
    postgres::SnapshotReader reader;
    std::unique_ptr<kafka::RecordPublisher> publisher;
    std::unique_ptr<ChangeWriter> writer;
    DescriptorWaiter waiter;  ///< For room in the publisher.
    std::vector<PublishAck> acks;
    HeldRow held;
    std::vector<TableStats> told;  ///< The writer's, as they were added to `events_`.
  };

  Failure MakeHand(std::unique_ptr<Hand>& hand) const;
  void Work(const std::stop_token& stop);
  Failure WorkOn(Hand& hand, const std::stop_token& stop);
  Failure ReadChunk(Hand& hand, size_t chunk, const std::stop_token& stop);
  Failure FinishTable(Hand& hand, size_t table);
  Failure PublishLast(const std::stop_token& stop);
  Failure Publish(Hand& hand, size_t table, Row row, SnapshotMark mark);
  Failure Settle(Hand& hand);
  Failure Poll(Hand& hand);
  void AddEvents(Hand& hand);
  [[nodiscard]] bool IsFirstOfTable(size_t chunk) const;
  void Fill(CaptureStats& stats) const;

  const Parts parts_;
  const Moment moment_;
  const std::vector<postgres::SnapshotTable> tables_;
  const std::vector<postgres::SnapshotChunk> chunks_;

  std::atomic<size_t> next_chunk_ = 0;
  std::vector<std::atomic<uint64_t>> rows_;       ///< Published, by table.
  std::vector<std::atomic<uint64_t>> written_;    ///< Acknowledged, by table.
  std::vector<std::atomic<bool>> whole_;          ///< By table: its last row was published.
  std::vector<std::atomic<bool>> passed_over_;    ///< By table.
  std::vector<std::atomic<size_t>> chunks_left_;  ///< By table.
  std::vector<HeldRow> last_rows_;                ///< Of each chunk; written by its reader alone.
  HeldRow very_last_;  ///< Of the last table; published when all else is written.
  std::atomic<size_t> tables_done_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Failure failure_;        // guarded by mutex_; the first that was met
  int working_ = 0;        // guarded by mutex_
  AlteredValues altered_;  // guarded by mutex_
  std::vector<std::array<uint64_t, kOutboxFates>> events_;  // guarded by mutex_; by table
};

}  // namespace sluice::service
