#include "service/composition/capture_worker.h"

#include <algorithm>
#include <utility>

namespace sluice::service {
namespace {

constexpr int64_t kFirstRetryUs = 500'000;
constexpr int kDoublingsMax = 10;
/// A run that lasted this long was no failure to begin.
constexpr int64_t kGoodRunUs = 30'000'000;

}  // namespace

Result<std::unique_ptr<CaptureWorker>> CaptureWorker::Open(const config::Config& config,
                                                           const Options& options,
                                                           telemetry::Telemetry& telemetry,
                                                           telemetry::Log& log) {
  auto frame = CaptureFrame::Make(config, options.version, telemetry, log);
  if (!frame) return frame.error();
  (*frame)->once = options.once;
  return std::unique_ptr<CaptureWorker>(new CaptureWorker(std::move(*frame), telemetry));
}

void CaptureWorker::Start(std::function<void()> on_end) {
  thread_ = std::jthread([this, on_end = std::move(on_end)](const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { frame_->waiter.Wake(); });
    end_.store(static_cast<int>(Run(stop)));
    on_end();
  });
}

void CaptureWorker::RequestStop() {
  thread_.request_stop();
}

std::optional<PartEnd> CaptureWorker::end() const {
  const int end = end_.load();
  if (end < 0) return std::nullopt;
  return static_cast<PartEnd>(end);
}

SessionEnd CaptureWorker::RunSession(const std::stop_token& stop) {
  try {
    return CaptureSession(*frame_).Run(stop);
  } catch (const pattern::MatchFailure& failure) {
    return EndOf(HaltOf(failure));
  }
}

PartEnd CaptureWorker::Run(const std::stop_token& stop) {
  for (int failures = 0; !stop.stop_requested();) {
    const int64_t began_us = frame_->clock.NowUs();
    const SessionEnd end = RunSession(stop);
    switch (end.kind) {
      case SessionEnd::Kind::kStopped: return Stopped();
      case SessionEnd::Kind::kDone: return PartEnd::kDone;
      case SessionEnd::Kind::kTimedOut: return PartEnd::kTimedOut;
      case SessionEnd::Kind::kHalt:
        telemetry_.NoteCaptureHalt(end.failure.verdict.reason, end.failure.detail);
        return PartEnd::kHalted;
      case SessionEnd::Kind::kRetry: break;
    }
    if (frame_->clock.NowUs() - began_us > kGoodRunUs) failures = 0;
    telemetry_.NoteCaptureHold(end.failure.verdict.reason, end.failure.detail);
    WaitForRetry(failures++, stop);  // the reason stays until the next run gets anywhere
  }
  return Stopped();
}

// Who wants all that is there by now must not take a part of it for the whole.
PartEnd CaptureWorker::Stopped() const {
  return frame_->once ? PartEnd::kTimedOut : PartEnd::kDone;
}

void CaptureWorker::WaitForRetry(int failures, const std::stop_token& stop) {
  const int64_t longest_us = frame_->config.retriable_restart_wait_us;
  const int64_t wait_us = std::min(longest_us, kFirstRetryUs << std::min(failures, kDoublingsMax));
  const int64_t until_us = frame_->clock.NowUs() + wait_us;
  for (int64_t left_us = wait_us; left_us > 0 && !stop.stop_requested();
       left_us = until_us - frame_->clock.NowUs()) {
    frame_->waiter.Wait(std::chrono::milliseconds(std::max<int64_t>(left_us / 1'000, 1)));
  }
}

}  // namespace sluice::service
