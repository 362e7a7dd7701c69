#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/document_write.h"
#include "core/model/outcome.h"
#include "core/model/position.h"

namespace sluice {

/// One request body under construction, in flight or answered.
struct BatchHandle {
  uint32_t value = 0;

  auto operator<=>(const BatchHandle&) const = default;
};

/// The answer to a batch. Valid until the batch is discarded.
struct BatchCompletion {
  BatchHandle batch;
  /// The request's own verdict. Only with kDone do `items` hold one verdict per write, in order.
  Failure request;
  std::span<const Verdict> items;
  int64_t round_trip_us = 0;  ///< From Send() to the answer.
  bool body_sent =
      false;  ///< Whether any byte of the body left; false = surely nothing was applied.
};

/// A document that was asked for by id.
struct LookupResult {
  uint64_t token = 0;  ///< The caller's.
  Verdict verdict;     ///< kDone: `document` tells; else the lookup itself failed.
  std::optional<std::string>
      document;         ///< The stored JSON, byte for byte; none: there is no such document.
  int64_t version = 0;  ///< Of the stored document.
};

/// A destination that was asked to be made ready.
struct PrepareResult {
  IndexSlot index;
  Failure
      failure;  ///< kDone: writes may start. kHold: still trying, `detail` says why. kHalt: refused.
};

/// The place where documents become searchable.
///
/// Threads:   one call at a time per instance; the instance's own helper thread, if any, is hidden.
///            Instances share nothing.
/// Ownership: what is passed to Append() is copied; a batch's memory belongs to the index and is
///            recycled by Discard().
/// Time:      no call blocks; answers arrive through Poll().
/// Errors:    one verdict per write, in order; the request's verdict tells why there are none.
class DocumentIndex {
 public:
  virtual ~DocumentIndex() = default;

  /// Names a destination. The same stream always gets the same slot. Creates the index when it is
  /// missing, checks it when it is there; the result comes through Poll(), kHold results repeat.
  virtual IndexSlot Prepare(const std::string& stream) = 0;
  /// The destination's name as searchers use it.
  [[nodiscard]] virtual const std::string& IndexName(IndexSlot index) const = 0;

  /// Takes an empty body; bodies are recycled.
  virtual BatchHandle OpenBatch() = 0;
  /// Adds a write to an open batch. Returns the body's size in bytes after it.
  virtual size_t Append(BatchHandle batch, const DocumentWrite& write) = 0;
  /// Hands the body to a connection. One completion follows, whatever happens.
  virtual void Send(BatchHandle batch) = 0;
  /// The document bytes of the item with that ordinal; valid until Discard(). Empty for a delete.
  [[nodiscard]] virtual std::string_view Document(BatchHandle batch, size_t ordinal) const = 0;
  /// The words behind an item's verdict that is not kDone. Valid after the completion.
  [[nodiscard]] virtual Failure ItemFailure(BatchHandle batch, size_t ordinal) const = 0;
  /// The version that is stored in place of an item whose result is kConflictHigher; 0: its answer
  /// did not tell. Valid after the completion.
  [[nodiscard]] virtual int64_t StoredVersion(BatchHandle batch, size_t ordinal) const = 0;
  /// Gives an open or answered batch back.
  virtual void Discard(BatchHandle batch) = 0;

  /// Reads a document by id, realtime. Requests are gathered until FlushLookups().
  virtual void Lookup(uint64_t token, IndexSlot index, std::string_view id) = 0;
  virtual void FlushLookups() = 0;

  /// Moves transfers on and appends what was answered since the last call. The spans in `batches`
  /// are valid until their batch is discarded.
  virtual void Poll(std::vector<BatchCompletion>& batches, std::vector<LookupResult>& lookups,
                    std::vector<PrepareResult>& prepared) = 0;

  /// Aborts every transfer; each still completes, as kCancelled (or kInDoubt when bytes had left).
  /// What makes destinations ready is asked again.
  virtual void CancelTransfers() = 0;
  /// For the end: the same, and nothing is asked any more until the next Prepare().
  virtual void CancelAll() = 0;
};

}  // namespace sluice
