#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/elasticsearch/bulk_body.h"
#include "adapters/elasticsearch/bulk_reply.h"
#include "adapters/elasticsearch/control_index.h"
#include "adapters/elasticsearch/divergence_index.h"
#include "adapters/elasticsearch/index_admin.h"
#include "adapters/elasticsearch/lookup_desk.h"
#include "adapters/elasticsearch/scan_desk.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/ports/document_index.h"

namespace sluice::elasticsearch {

/// The documents of an Elasticsearch or OpenSearch cluster, written through `_bulk` with external
/// versions and `require_alias=true`, read through realtime `_mget`.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: borrows the transport and the clock; bodies are its own and recycled.
/// Time:      no call blocks.
/// Errors:    one verdict per write by error_map.h.
class BulkIndex : public DocumentIndex {
 public:
  BulkIndex(const Settings& settings, Transport& transport, const Clock& clock);

  IndexSlot Prepare(const std::string& stream) override { return admin_.Prepare(stream); }
  [[nodiscard]] const std::string& IndexName(IndexSlot index) const override {
    return admin_.Name(index);
  }
  BatchHandle OpenBatch() override;
  size_t Append(BatchHandle batch, const DocumentWrite& write) override;
  void Send(BatchHandle batch) override;
  [[nodiscard]] std::string_view Document(BatchHandle batch, size_t ordinal) const override;
  [[nodiscard]] Failure ItemFailure(BatchHandle batch, size_t ordinal) const override;
  [[nodiscard]] int64_t StoredVersion(BatchHandle batch, size_t ordinal) const override;
  void Discard(BatchHandle batch) override;
  void Lookup(uint64_t token, IndexSlot index, std::string_view id) override;
  void FlushLookups() override { lookups_.Flush(); }
  void Poll(std::vector<BatchCompletion>& batches, std::vector<LookupResult>& lookups,
            std::vector<PrepareResult>& prepared) override;
  void CancelTransfers() override;
  void CancelAll() override;

  [[nodiscard]] const Cluster& cluster() const { return admin_.cluster(); }
  /// The control records beside the indices; moved on by Poll().
  [[nodiscard]] ControlStore& control() { return control_; }
  /// The divergent ids beside the indices; moved on by Poll().
  [[nodiscard]] DivergenceStore& divergence() { return divergence_; }
  /// The ids of an index; its answers come through its own Poll().
  [[nodiscard]] DocumentScan& scan() { return scan_; }

 private:
  struct Batch {
    BulkBody body;
    std::vector<Verdict> verdicts;
    std::vector<ItemError> errors;
  };

  [[nodiscard]] const ItemError* ErrorOf(BatchHandle batch, size_t ordinal) const;
  void TakeBulk(uint32_t number, Response& response, std::vector<BatchCompletion>& batches);

  Transport& transport_;
  IndexAdmin admin_;
  std::string bulk_path_;
  const bool soft_deletes_;
  BulkReplyReader reply_reader_;
  std::vector<std::unique_ptr<Batch>> batches_;  // by handle
  std::vector<uint32_t> free_batches_;
  LookupDesk lookups_;
  ControlIndex control_;
  DivergenceIndex divergence_;
  ScanDesk scan_;
  std::vector<Response> responses_;
};

}  // namespace sluice::elasticsearch
