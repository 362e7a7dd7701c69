#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/capture_stats.h"
#include "core/operations/outbox/outbox_writer.h"
#include "core/operations/source/plan_records.h"
#include "core/operations/source/stream_names.h"
#include "core/operations/source/stream_owners.h"
#include "core/ports/event_encoder.h"
#include "core/ports/event_publisher.h"

namespace sluice {

/// A header that stands on every record of a table, with memory of its own.
struct FixedHeader {
  std::string name;
  std::string value;
};

/// What is the same for all records of a source.
struct ChangeWriterSettings {
  int64_t epoch = 1;
  /// Tables whose records carry `fixed_headers` as well.
  std::function<bool(const Table&)> has_fixed_headers;
  std::vector<FixedHeader> fixed_headers;
  /// Tables whose truncates are told once, and not in each partition.
  std::function<bool(const Table&)> tells_truncates_once;
  StreamOwners owners{};  ///< Of the tables that are known at the start.
  OutboxSettings outbox{};
};

/// Hands the records of changes to a publisher: stream, key, value and headers of each.
///
/// Threads:   one.
/// Ownership: borrows encoder, publisher and names.
/// Time:      no call waits.
/// Errors:    a full publisher is `false`; so is a table whose stream is another's, and a row whose
///            key does not tell it from others, with `failure()`.
class ChangeWriter {
 public:
  ChangeWriter(ChangeWriterSettings settings, const StreamNames& names, EventEncoder& encoder,
               EventPublisher& publisher)
      : settings_(std::move(settings)),
        names_(names),
        encoder_(encoder),
        publisher_(publisher),
        owners_(settings_.owners),
        outbox_(settings_.outbox, encoder, publisher) {}

  /// Whether a record of a change is written at all: of an outbox only new rows are. What is not is
  /// counted. False with a `failure()`: the change must not be passed over.
  [[nodiscard]] bool Keeps(const RecordPlan& plan, const SourceChange& change);
  /// Writes one record of a change. False: nothing was written; where there is no `failure()` the
  /// publisher is full, and the same is to be written later.
  /// `partition`: where it is to stand; none: by its key.
  [[nodiscard]] bool Write(const RecordPlan& plan, const SourceChange& change,
                           const ChangeContext& context, int64_t version, uint64_t token,
                           std::optional<uint32_t> partition = std::nullopt);
  /// In how many partitions a truncate of the table is told, so that each reader of one learns of
  /// it; 1: in any one. 0: not known yet; call again later.
  [[nodiscard]] uint32_t PlacesOfTruncate(const Table& table);

  /// kDone, or why a record must not be written.
  [[nodiscard]] const Failure& failure() const { return failure_; }

  /// A number for the key that a row is told under, for ranks.
  [[nodiscard]] uint64_t KeyHash(const Table& table, Row row);
  [[nodiscard]] bool IsOutbox(const Table& table) { return RouteOf(table).outbox; }
  /// Where changes of the table are counted.
  [[nodiscard]] TableStats& StatsOf(const Table& table);
  [[nodiscard]] const std::vector<TableStats>& stats() const { return stats_; }

 private:
  struct Route {
    bool open = false;
    StreamSlot stream;
    uint64_t hash = 0;
    bool fixed_headers = false;
    size_t stats = 0;
    Failure clash;  ///< kDone: the stream is this table's, and an outbox has its columns.
    bool outbox = false;
    bool retold = false;  ///< Of an outbox: a row under a changed key is an event anew.
    OutboxPlan plan;      ///< Of an outbox.
  };
  const Route& RouteOf(const Table& table);
  void OpenOutbox(const Table& table, Route& route);
  /// Makes the event of an outbox's row; none: it is to be told as a row. False: nothing can be
  /// written now.
  [[nodiscard]] bool FillEvent(const Route& route, const SourceChange& change, OutgoingEvent& event,
                               std::optional<OutboxFate>& fate);
  /// False: the row's key must not be written.
  [[nodiscard]] bool FillRow(const RecordPlan& plan, const SourceChange& change,
                             const ChangeContext& context, OutgoingEvent& event);
  void AddOwnHeader(const Table& table, const Row* row, int64_t version);
  void AddLink(const RecordPlan& plan, const SourceChange& change);

  const ChangeWriterSettings settings_;
  const StreamNames& names_;
  EventEncoder& encoder_;
  EventPublisher& publisher_;
  StreamOwners owners_;
  OutboxWriter outbox_;
  Failure failure_;
  std::vector<Route> routes_;  ///< By Table::number.
  std::vector<TableStats> stats_;
  std::vector<HeaderView> headers_;
  std::string own_header_;
  std::string link_;
};

}  // namespace sluice
