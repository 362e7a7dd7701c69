#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/capture_stats.h"
#include "core/operations/plan_records.h"
#include "core/operations/stream_names.h"
#include "core/operations/stream_owners.h"
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
        owners_(settings_.owners) {}

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

  /// A number for a table by its name, for StableKeyHash().
  [[nodiscard]] uint64_t TableHash(const Table& table) { return RouteOf(table).hash; }
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
    Failure clash;  ///< kDone: the stream is this table's.
  };
  const Route& RouteOf(const Table& table);
  void AddOwnHeader(const Table& table, const Row* row, int64_t version);
  void AddLink(const RecordPlan& plan, const SourceChange& change);

  const ChangeWriterSettings settings_;
  const StreamNames& names_;
  EventEncoder& encoder_;
  EventPublisher& publisher_;
  StreamOwners owners_;
  Failure failure_;
  std::vector<Route> routes_;  ///< By Table::number.
  std::vector<TableStats> stats_;
  std::vector<HeaderView> headers_;
  std::string own_header_;
  std::string link_;
};

}  // namespace sluice
