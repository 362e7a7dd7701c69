#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/model/changelog_stats.h"
#include "core/model/outcome.h"
#include "service/composition/descriptor_waiter.h"
#include "service/composition/part.h"
#include "service/composition/system_clock.h"
#include "service/config/config.h"
#include "service/telemetry/log.h"
#include "service/telemetry/telemetry.h"

namespace sluice::service {

/// Where the rows of a change log go.
enum class ChangelogSink : uint8_t { kFile, kTopic };
[[nodiscard]] const char* ChangelogSinkName(ChangelogSink sink);  ///< "file", "topic".
/// The sinks that are configured; none: there is no change log.
[[nodiscard]] std::vector<ChangelogSink> ChangelogSinksOf(const config::Config& config);

/// The change log of one sink, run after run: each on adapters of its own, from where the sink was
/// kept last.
///
/// Threads:   Start(), RequestStop() and end() from any thread; all else on the worker's own.
/// Ownership: configuration, telemetry and log are borrowed for the lifetime.
/// Time:      RequestStop() returns at once; the thread ends when its turn has ended and what was
///            read is kept, or when that took too long.
/// Errors:    none: what fails is held and tried again, or halts.
class ChangelogWorker : public Part {
 public:
  ChangelogWorker(const config::Config& config, ChangelogSink sink, telemetry::Telemetry& telemetry,
                  telemetry::Log& log);

  void Start(std::function<void()> on_end) override;
  void RequestStop() override;
  [[nodiscard]] std::optional<PartEnd> end() const override;

 private:
  [[nodiscard]] PartEnd Run(const std::stop_token& stop);
  [[nodiscard]] Failure RunOnce(const std::stop_token& stop);
  void WaitForRetry(int failures, const std::stop_token& stop);

  const config::Config& config_;
  const ChangelogSink sink_;
  telemetry::Telemetry& telemetry_;
  telemetry::Log& log_;
  SystemClock clock_;
  DescriptorWaiter waiter_;
  ChangelogStats stats_;
  std::atomic<int> end_{-1};
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace sluice::service
