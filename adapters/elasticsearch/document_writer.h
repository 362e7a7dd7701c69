#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/elasticsearch/bulk_index.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "adapters/transfer/multi_waiter.h"
#include "core/model/document_write.h"
#include "core/model/result.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// What became of a single write.
struct WriteAnswer {
  /// kDone with its result, kReject, kHalt; anything else: it was tried for as long as was allowed.
  Failure failure;
  int64_t stored_version = 0;  ///< Of a version conflict; 0: not told.
  bool doubted = false;        ///< A copy of it may still come late.
};

/// Writes single documents for commands, by the same requests as BulkIndex, and waits for them.
///
/// Threads:   one call at a time.
/// Ownership: borrows the clock.
/// Time:      each call blocks for the cluster. What may pass is tried again, `timeout` at most.
/// Errors:    in the answer.
class DocumentWriter {
 public:
  DocumentWriter(const Settings& settings, const Clock& clock, std::chrono::milliseconds timeout);

  /// `stream`: whose index is written; it has to exist. The index of `write` is not looked at.
  [[nodiscard]] WriteAnswer Write(const std::string& stream, DocumentWrite write);

 private:
  [[nodiscard]] Failure Prepare(const std::string& stream, IndexSlot& slot, int64_t until_us);
  [[nodiscard]] WriteAnswer Once(const DocumentWrite& write);

  const Clock& clock_;
  const int64_t timeout_us_;
  Transport transport_;
  BulkIndex index_;
  transfer::MultiWaiter waiter_;
  std::vector<BatchCompletion> batches_;
  std::vector<LookupResult> lookups_;
  std::vector<PrepareResult> prepared_;
};

}  // namespace sluice::elasticsearch
