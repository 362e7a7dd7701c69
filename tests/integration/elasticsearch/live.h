#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/elasticsearch/bulk_index.h"
#include "adapters/elasticsearch/transport.h"
#include "adapters/transfer/multi_waiter.h"
#include "tests/integration/real_clock.h"

namespace sluice::elasticsearch {

using testing::RealClock;

/// The address of the real search server. The test fails with a sentence when there is none: a
/// server that is not there is never a pass.
[[nodiscard]] Settings LiveSettings();

/// Requests of the test itself, past the adapter under test.
class RawClient {
 public:
  explicit RawClient(const Settings& settings)
      : transport_(settings, clock_), waiter_(transport_.multi()) {}
  Response Ask(const char* method, const std::string& path, std::string_view body = {},
               bool ndjson = false);
  /// A raw bulk; the answer to it.
  Response Bulk(const std::string& lines, const std::string& path = "/_bulk") {
    return Ask("POST", path, lines, true);
  }

 private:
  RealClock clock_;
  Transport transport_;
  transfer::MultiWaiter waiter_;
};

/// The whole adapter against the real server.
class Live {
 public:
  explicit Live(const Settings& settings = LiveSettings())
      : transport(settings, clock), index(settings, transport, clock), waiter(transport.multi()) {}

  bool Until(const std::function<bool()>& done, int seconds = 30);
  /// The first news of a destination that is not a hold.
  PrepareResult Prepare(const std::string& stream);
  PrepareResult AwaitPrepared(IndexSlot slot);
  BatchCompletion Write(const std::vector<DocumentWrite>& writes);
  /// The only item of a bulk with one write; the request itself must be fine.
  Verdict One(const DocumentWrite& write);
  /// The words behind the last refused item.
  Failure last_failure;
  LookupResult Read(IndexSlot slot, std::string_view id);

  RealClock clock;
  Transport transport;
  BulkIndex index;
  transfer::MultiWaiter waiter;
  std::vector<BatchCompletion> batches;
  std::vector<LookupResult> lookups;
  std::vector<PrepareResult> prepared;
};

/// A destination of its own per test, removed at its end.
class LiveTest : public ::testing::Test {
 protected:
  LiveTest();
  ~LiveTest() override;

  [[nodiscard]] DocumentWrite Index(std::string_view id, int64_t version,
                                    std::string_view document = "{\"a\":1}") const {
    return {WriteAction::kIndex, slot, id, version, document};
  }
  [[nodiscard]] DocumentWrite Delete(std::string_view id, int64_t version) const {
    return {WriteAction::kDelete, slot, id, version, {}};
  }
  /// Makes the test's destination ready.
  void PrepareHere();
  /// `_doc/ID` through the alias: the body.
  std::string Stored(const std::string& id);

  std::string name;  ///< Of the stream and the alias.
  RawClient raw;
  Live live;
  IndexSlot slot;
};

/// A name nobody else uses.
[[nodiscard]] std::string UniqueName(const std::string& prefix);

}  // namespace sluice::elasticsearch
