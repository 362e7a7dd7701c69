#include "service/rebuild/refill_run.h"

#include <algorithm>
#include <utility>

#include "service/composition/worker.h"

namespace sluice::rebuild {
namespace {

constexpr int kLookMs = 100;

telemetry::Telemetry::Settings SettingsOf(const config::Config& config) {
  telemetry::Telemetry::Settings settings;
  settings.workers = static_cast<int>(config.workers);
  settings.queue_limit_bytes = config.pipeline_queue_max_bytes;
  settings.dead_letters_topic = config.dead_letters_topic;
  return settings;
}

}  // namespace

RefillRun::RefillRun(const config::Config& config, telemetry::Log& log, const Clock& clock,
                     service::StopSignals& signals)
    : signals_(signals), telemetry_(SettingsOf(config), log, clock) {}

RefillRun::~RefillRun() {
  [[maybe_unused]] const bool drained = Stop();
}

Result<std::unique_ptr<RefillRun>> RefillRun::Start(const config::Config& config,
                                                    telemetry::Log& log, const Clock& clock,
                                                    service::StopSignals& signals) {
  std::unique_ptr<RefillRun> run(new RefillRun(config, log, clock, signals));
  for (int number = 0; number < config.workers; ++number) {
    auto worker = service::Worker::Open(config, number, run->telemetry_, log);
    if (!worker) return worker.error();
    run->workers_.push_back(std::move(*worker));
  }
  for (const auto& worker : run->workers_) worker->Start([&signals] { signals.Wake(); });
  return run;
}

bool RefillRun::halted() const {
  return !stopped_ && std::any_of(workers_.begin(), workers_.end(),
                                  [](const auto& worker) { return worker->end().has_value(); });
}

bool RefillRun::Stop() {
  if (!std::exchange(stopped_, true))
    for (const auto& worker : workers_) worker->RequestStop();
  const auto ended = [](const auto& worker) { return worker->end().has_value(); };
  while (!std::all_of(workers_.begin(), workers_.end(), ended))
    signalled_ |= signals_.Wait(kLookMs) != 0;
  return std::all_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->end() == service::PartEnd::kDone; });
}

}  // namespace sluice::rebuild
