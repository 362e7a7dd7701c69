#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/bench/null_sink/document_store.h"
#include "tests/bench/null_sink/fault_plan.h"
#include "tests/bench/null_sink/http_server.h"

namespace sluice::bench {

/// What came in. `documents` and `deletes` count accepted actions.
struct SinkCounters {
  uint64_t requests = 0;
  uint64_t bulk_requests = 0;
  uint64_t bulk_bytes = 0;
  uint64_t documents = 0;
  uint64_t deletes = 0;
  uint64_t conflicts = 0;
  uint64_t refused_requests = 0;
  uint64_t refused_items = 0;
  uint64_t broken_requests = 0;
  uint64_t resets = 0;
  uint64_t lookups = 0;
};

/// Answers `_bulk` as cheaply as its settings allow: without --keep, refused items and full
/// replies an action line is not even read.
class BulkHandler {
 public:
  BulkHandler(FaultPlan faults, bool force_full, DocumentStore* store, SinkCounters& counters)
      : faults_(std::move(faults)), force_full_(force_full), store_(store), counters_(counters) {}

  void Answer(const HttpRequest& request, HttpReply& reply);

 private:
  bool CountOnly(std::string_view body, ReplyFilter filter, std::string& out);
  bool ReadAll(std::string_view body, ReplyFilter filter, std::string& out);
  ItemResult Settle(const BulkAction& action);

  FaultPlan faults_;
  bool force_full_;
  DocumentStore* store_;  ///< Null: nothing is remembered.
  SinkCounters& counters_;
  std::string items_;  ///< Recycled.
};

}  // namespace sluice::bench
