#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "adapters/kafka/compacted_topic.h"
#include "adapters/kafka/written_topics.h"
#include "adapters/postgres/known_tables.h"
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

/// Tables that are captured, each with its number in the database and that by which the publication
/// has it: one that was taken out, put back or not, lost changes, and must not go on as if nothing
/// were missing.
///
///   {"schema":"sluice.tables/2","tables":
///    {"public.users":{"table":16400,"publication":16390,"entries":[16500],"schemas":[],
///      "written_by":731,"owner":10,
///      "place":{"name":"public.users","written_by":720,"owner":10,"attached_by":""}},
///     "public.gone":{"table":0}}}
///
/// with what the table was like, by which a later look finds what no change has told: labels of its
/// enums, its columns' numbers, types, modifiers and whether they are computed, names that meant
/// another column, its key and its files,
///
///   "labels":{"16420":{"last":16428,"hash":9}},"columns":{"id":[1,23,-1,false]},"moved":[],
///    "key":["id"],"files":{"16400":[16400,""]}
///
/// which former versions did not write. Without "publication": it is not known by what; without one
/// of the others: it is not known. Read is also what former versions wrote,
///
///   {"schema":"sluice.tables/1","tables":{"public.users":16400}}
[[nodiscard]] std::string RenderTables(const postgres::KnownTables& tables);
[[nodiscard]] Result<postgres::KnownTables> ParseTables(std::string_view text);
/// Where the tables of the position of that name are kept.
[[nodiscard]] std::string TablesName(const std::string& name);

/// Topics that were written, each with the id that it had then.
///
///   {"schema":"sluice.topics/1","topics":{"cdc.public.users":"3XkLn0xhQ8uR0gq1uIl2pg"}}
[[nodiscard]] std::string RenderTopics(const kafka::TopicIds& topics);
[[nodiscard]] Result<kafka::TopicIds> ParseTopics(std::string_view text);
/// Where the topics of the position of that name are kept.
[[nodiscard]] std::string TopicsName(const std::string& name);

/// What former runs have recorded.
struct RecordedRuns {
  std::optional<SourcePosition> position;  ///< Of this source; none: there was no run.
  /// The highest epoch of all sources of the same topics; 0: there was no run. What another program
  /// or version has recorded for others does not count.
  int64_t epoch_max = 0;
};

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

  /// `prefix`: how the names of all sources of the same topics begin, its own too.
  [[nodiscard]] Result<RecordedRuns> Load(const std::string& prefix);
  void Store(const SourcePosition& position) override {
    topic_.Store(name_, RenderPosition(position));
  }
  std::optional<Failure> Poll() override { return topic_.Poll(); }
  /// Stores and waits for the answer, as long as a record may take.
  [[nodiscard]] Failure StoreAndWait(const SourcePosition& position);
  /// None known: empty.
  [[nodiscard]] Result<postgres::KnownTables> LoadTables();
  /// Given up when `stop` is requested.
  [[nodiscard]] Failure StoreTablesAndWait(const postgres::KnownTables& tables,
                                           const std::stop_token& stop = {});
  /// None known: empty.
  [[nodiscard]] Result<kafka::TopicIds> LoadTopics();
  /// Given up when `stop` is requested.
  [[nodiscard]] Failure StoreTopicsAndWait(const kafka::TopicIds& topics,
                                           const std::stop_token& stop = {});
  [[nodiscard]] int descriptor() const { return topic_.descriptor(); }

 private:
  [[nodiscard]] Failure StoreAndWait(const std::string& name, const std::string& value,
                                     const std::stop_token& stop = {});

  kafka::CompactedTopic topic_;
  const std::string name_;
  Clock& clock_;
};

}  // namespace sluice::service
