#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/document_index.h"
#include "core/ports/document_scan.h"

namespace sluice::testing {

/// One member's way to a search cluster; what the contract of DocumentIndex needs to be held
/// against a fake or a real one.
class DocumentIndexHarness {
 public:
  virtual ~DocumentIndexHarness() = default;

  [[nodiscard]] virtual DocumentIndex& index() = 0;
  /// Of the same documents.
  [[nodiscard]] virtual DocumentScan& scan() = 0;
  /// The name of a stream that nobody has written to.
  [[nodiscard]] virtual std::string NewStream() = 0;
  /// Lets time pass: waits a moment for sockets, where there are any.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeDocumentIndex = std::function<std::unique_ptr<DocumentIndexHarness>()>;

/// The contract every DocumentIndex keeps.
class DocumentIndexContract : public ::testing::TestWithParam<MakeDocumentIndex> {
 protected:
  void SetUp() override;
  [[nodiscard]] DocumentIndex& index() { return harness_->index(); }

  bool TurnUntil(const std::function<bool()>& done);
  /// A destination that is ready.
  IndexSlot Ready(const std::string& stream);
  BatchHandle Send(const std::vector<DocumentWrite>& writes);
  /// The completion of that batch, taken out of those that have come.
  BatchCompletion Await(BatchHandle batch);
  /// What became of one write, sent alone.
  WriteResult Write(const DocumentWrite& write);
  LookupResult Read(IndexSlot slot, std::string_view id);
  /// All documents that a scan tells, by id; each once.
  std::map<std::string, int64_t> Scan(IndexSlot slot);

  std::unique_ptr<DocumentIndexHarness> harness_;
  IndexSlot slot_;
  std::vector<BatchCompletion> batches_;
  std::vector<LookupResult> lookups_;
  std::vector<PrepareResult> prepared_;
};

/// Shorthands for writes.
[[nodiscard]] DocumentWrite Put(IndexSlot slot, std::string_view id, int64_t version,
                                std::string_view document = "{\"a\":1}");
[[nodiscard]] DocumentWrite Remove(IndexSlot slot, std::string_view id, int64_t version);

}  // namespace sluice::testing
