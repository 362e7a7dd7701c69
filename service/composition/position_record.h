#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/kafka/compacted_topic.h"
#include "core/model/result.h"
#include "core/ports/clock.h"
#include "core/ports/position_store.h"

namespace sluice::service {

/// A position as one JSON object, and back.
///
///   {"schema":"sluice.position/1","epoch":1,"system_id":"7…","timeline":1,"database":"shop",
///    "slot":"sluice","flushed":"0/16B3748","snapshot":"not_taken"|"running"|"done"}
///
/// with, while a snapshot runs, the tables that are done:
///
///   "snapshot_tables":["public.a"]
///
/// and, while rows are read beside the stream,
///
///   "incremental":{"paused":false,"wanted":[{"pattern":"public.a","condition":""}],
///    "tables":[{"schema":"public","name":"b","key":["id"],"condition":""}],
///    "last_key":["7"],"end_key":["9"]}
[[nodiscard]] std::string RenderPosition(const SourcePosition& position);
[[nodiscard]] Result<SourcePosition> ParsePosition(std::string_view text);

/// Tables that are captured, each with its number in the database: one that the publication has no
/// more lost changes, and must not be added again as if it were new.
///
///   {"schema":"sluice.tables/1","tables":{"public.users":16400}}
using CapturedNames = std::map<std::string, uint32_t>;
[[nodiscard]] std::string RenderTables(const CapturedNames& tables);
[[nodiscard]] Result<CapturedNames> ParseTables(std::string_view text);
/// Where the tables of the position of that name are kept.
[[nodiscard]] std::string TablesName(const std::string& name);

/// Positions in a compacted topic, one a name.
///
/// Threads:   one call at a time.
/// Ownership: owns the topic's client.
/// Time:      Load() and StoreAndWait() wait for the brokers, Store() and Poll() never.
/// Errors:    in the results.
class PositionRecord : public PositionStore {
 public:
  PositionRecord(kafka::CompactedTopic topic, std::string name, Clock& clock)
      : topic_(std::move(topic)), name_(std::move(name)), clock_(clock) {}

  [[nodiscard]] Result<std::optional<SourcePosition>> Load();
  void Store(const SourcePosition& position) override {
    topic_.Store(name_, RenderPosition(position));
  }
  std::optional<Failure> Poll() override { return topic_.Poll(); }
  /// Stores and waits for the answer, as long as a record may take.
  [[nodiscard]] Failure StoreAndWait(const SourcePosition& position);
  /// None known: empty.
  [[nodiscard]] Result<CapturedNames> LoadTables();
  [[nodiscard]] Failure StoreTablesAndWait(const CapturedNames& tables);
  [[nodiscard]] int descriptor() const { return topic_.descriptor(); }

 private:
  [[nodiscard]] Failure StoreAndWait(const std::string& name, const std::string& value);

  kafka::CompactedTopic topic_;
  const std::string name_;
  Clock& clock_;
};

}  // namespace sluice::service
