#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "adapters/elasticsearch/bulk_index.h"
#include "adapters/elasticsearch/transport.h"
#include "adapters/transfer/multi_waiter.h"
#include "tests/fakes/fake_clock.h"
#include "tests/tools/http_stub.h"

namespace sluice::elasticsearch {

/// How long a test waits for what must happen before it calls it missing. No test waits this long
/// unless it fails: the bound is for a hang, not for a machine that a sanitizer makes slow.
constexpr std::chrono::seconds kHangBound{60};

/// A transport to stubs, and what has come back so far. The clock is the test's; sockets are real,
/// so a step waits until one of them has something, at most a tenth of a second.
class TransportRig {
 public:
  explicit TransportRig(Settings settings)
      : transport(settings, clock), waiter(transport.multi()) {}

  /// False when it did not happen within `kHangBound`.
  bool Until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kHangBound;
    while (std::chrono::steady_clock::now() < end) {
      transport.Poll(responses);
      if (done()) return true;
      waiter.Wait(std::chrono::milliseconds(100));
    }
    return false;
  }
  bool UntilAnswered(size_t count) {
    return Until([this, count] { return responses.size() >= count; });
  }
  /// The answer to one request.
  Response Ask(Request request) {
    responses.clear();
    transport.Start(std::move(request));
    EXPECT_TRUE(UntilAnswered(1)) << "no answer";
    return responses.empty() ? Response{} : std::move(responses.front());
  }

  testing::FakeClock clock;
  Transport transport;
  transfer::MultiWaiter waiter;
  std::vector<Response> responses;
};

/// The whole adapter in front of a stub.
class IndexRig {
 public:
  explicit IndexRig(const Settings& settings)
      : transport(settings, clock), index(settings, transport, clock), waiter(transport.multi()) {}

  bool Until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kHangBound;
    while (std::chrono::steady_clock::now() < end) {
      index.Poll(batches, lookups, prepared);
      if (done()) return true;
      if (advance_ms > 0) clock.AdvanceMs(advance_ms);
      waiter.Wait(std::chrono::milliseconds(advance_ms > 0 ? 5 : 100));
    }
    return false;
  }

  testing::FakeClock clock;
  int64_t advance_ms = 0;  ///< Per step: lets back-off pass.
  Transport transport;
  BulkIndex index;
  transfer::MultiWaiter waiter;
  std::vector<BatchCompletion> batches;
  std::vector<LookupResult> lookups;
  std::vector<PrepareResult> prepared;
};

inline Settings SettingsFor(const std::vector<std::string>& urls) {
  Settings settings;
  settings.urls = urls;
  settings.connect_timeout_ms = 30'000;
  settings.request_timeout_ms = 30'000;
  return settings;
}

inline Request Post(std::string_view body, const char* path = "/_bulk") {
  Request request;
  request.method = "POST";
  request.path = path;
  request.body = body;
  request.ndjson = true;
  return request;
}

}  // namespace sluice::elasticsearch
