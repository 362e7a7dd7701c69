#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/kafka/written_topics.h"
#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/known_tables.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/server_checks.h"
#include "adapters/postgres/slot.h"
#include "adapters/postgres/snapshot_plan.h"
#include "adapters/postgres/table_book.h"
#include "adapters/postgres/table_filter.h"
#include "core/operations/source/relay.h"
#include "core/operations/source/start_decision.h"
#include "core/operations/source/stream_names.h"
#include "service/composition/capture_settings.h"
#include "service/composition/descriptor_waiter.h"
#include "service/composition/guardian.h"
#include "service/composition/position_record.h"
#include "service/composition/system_clock.h"
#include "service/config/config.h"
#include "service/telemetry/log.h"

namespace sluice::service {

class SnapshotRun;

/// How one run of the source ended.
struct SessionEnd {
  enum class Kind : uint8_t {
    kStopped,   ///< Asked to stop; everything published is acknowledged and recorded.
    kTimedOut,  ///< Asked to stop; what was not acknowledged in time is sent again.
    kDone,      ///< Everything that was asked for is done.
    kRetry,     ///< `failure` may pass: begin anew.
    kHalt,      ///< `failure` says why going on could lose data, and the choices.
  };
  Kind kind = Kind::kStopped;
  Failure failure;
};

/// What outlives a run: settings made once, and the shapes of tables.
struct CaptureFrame {
  static Result<std::unique_ptr<CaptureFrame>> Make(const config::Config& config,
                                                    const std::string& version,
                                                    CaptureObserver& observer, telemetry::Log& log);

  const config::Config& config;
  CaptureObserver& observer;
  telemetry::Log& log;
  bool once = false;  ///< End at what is the end of the log when the stream begins.

  SystemClock clock;
  postgres::Settings database;
  postgres::SnapshotSettings snapshot;
  postgres::StreamSettings stream;
  postgres::ChunkSettings chunks;
  kafka::Settings kafka;
  kafka::PublisherSettings publisher;
  kafka::LogSink kafka_log;
  postgres::TableFilter filter;
  StreamNames names;
  debezium::EncoderOptions encoder;
  ChangeWriterSettings writer;
  RelaySettings relay;
  postgres::TableBook book;
  DescriptorWaiter waiter;
  GuardianMemory guardian;  ///< Of one run at a time.
  kafka::WrittenTopics topics;
};

/// One run of the source: connects, compares what was recorded with what is there, reads existing
/// rows where that is due, and relays changes until something ends it.
///
/// Threads:   Run() from one thread; a snapshot starts threads of its own.
/// Ownership: borrows the frame.
/// Time:      Run() returns within the shutdown timeout after a stop was requested and the frame's
///            waiter woken.
/// Errors:    as the end of the run.
class CaptureSession {
 public:
  explicit CaptureSession(CaptureFrame& frame)
      : frame_(frame), catalogue_(connection_, &frame.book.types()) {}

  [[nodiscard]] SessionEnd Run(const std::stop_token& stop);

 private:
  using Ended = std::optional<SessionEnd>;  ///< None: go on.

  Ended Connect();
  Ended ReadTables();
  Ended CheckServer();
  Ended CheckTables(std::vector<postgres::Finding> findings);
  /// Whether all may be read that a first snapshot reads.
  Ended CheckReading();
  Ended CheckColumns();
  Ended OpenStores();
  Ended Decide();
  Ended CheckKnown(const postgres::Coverage& coverage);
  Ended CheckTopics();
  Ended CheckPublication();
  Ended CheckCoverage();
  /// As FindLostTables().
  [[nodiscard]] Failure LostSince(const postgres::Coverage& coverage,
                                  const postgres::KnownTables& known) const;
  Ended Begin(const std::stop_token& stop);
  Ended Resume(const std::stop_token& stop);
  /// The captured tables that can be read while streaming.
  [[nodiscard]] std::vector<IncrementalProgress::Entry> PagedTables() const;
  [[nodiscard]] std::string TemporarySlot() const;
  Result<postgres::CreatedSlot> MakeSlot(bool temporary, bool exports);
  Ended ReadTablesOf(const postgres::CreatedSlot& slot);
  [[nodiscard]] postgres::TableList KeylessLeft() const;
  /// Tables that could not be read as the slot's snapshot sees them are added to `left`.
  Ended ReadRows(const postgres::CreatedSlot& slot, const postgres::TableList& wanted,
                 std::vector<std::string>& left, const std::stop_token& stop);
  Ended ReadAgain(std::vector<std::string> left, bool was_temporary, const std::stop_token& stop);
  void RecordTables(const SnapshotRun& run);
  void TellSnapshotDone() const;
  Ended RecordStart();
  Ended RecordKnown();
  SessionEnd Stream(const std::stop_token& stop);
  [[nodiscard]] std::vector<postgres::SnapshotTable> SnapshotTables(
      const postgres::TableList& wanted);
  [[nodiscard]] Ended FailedOn(const postgres::Connection& connection) const;

  CaptureFrame& frame_;
  postgres::Connection connection_;
  postgres::Connection replication_;
  postgres::Catalogue catalogue_;
  std::vector<postgres::CatalogueTable> all_tables_;
  std::vector<postgres::CatalogueTable> unlogged_;  ///< Not written to the log.
  postgres::TableList tables_;
  postgres::KnownTables known_;  ///< Captured tables, as they are to be recorded.
  std::unique_ptr<PositionRecord> positions_;
  SourcePosition position_;
  StartDecision decision_;
};

/// The end that a failure means.
[[nodiscard]] SessionEnd EndOf(Failure failure);
/// That going on would lose something.
[[nodiscard]] Failure HaltOf(FailureReason reason, const Error& error);
/// That the brokers cannot be asked or told.
[[nodiscard]] Failure HoldOf(const Error& error);

/// How long the brokers may take to record what the guardian found, for its end waits for it.
inline constexpr std::chrono::milliseconds kRecordTimeout{5'000};
/// Records which topics were written, where that has changed; waits for the brokers.
[[nodiscard]] Failure RecordTopics(CaptureFrame& frame, const std::stop_token& stop);

}  // namespace sluice::service
