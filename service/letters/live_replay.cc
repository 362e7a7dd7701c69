#include "service/letters/live_replay.h"

#include <array>
#include <chrono>
#include <utility>

#include "service/composition/adapter_settings.h"
#include "service/composition/descriptor_waiter.h"

namespace sluice::letters {
namespace {

constexpr std::chrono::milliseconds kPatience{60'000};

}  // namespace

LiveReplaySides::LiveReplaySides(const config::Config& config,
                                 std::unique_ptr<service::ControlOperator> control,
                                 kafka::TopicReader log, std::function<bool()> go_on,
                                 std::function<void(int64_t)> told_waiting)
    : window_us_(service::PipelineSettingsOf(config).window_us),
      go_on_(std::move(go_on)),
      told_waiting_(std::move(told_waiting)),
      control_(std::move(control)),
      log_(std::move(log)),
      reader_(service::SearchSettings(config), clock_),
      writer_(service::SearchSettings(config), clock_, kPatience),
      divergence_(service::SearchSettings(config), clock_, kPatience) {}

Result<std::unique_ptr<LiveReplaySides>> LiveReplaySides::Open(
    const config::Config& config, std::function<bool()> go_on,
    std::function<void(int64_t)> told_waiting) {
  auto control = service::ControlOperator::Open(config);
  if (!control) return control.error();
  auto log = kafka::TopicReader::Open(service::KafkaSettings(config));
  if (!log) return log.error();
  return std::unique_ptr<LiveReplaySides>(new LiveReplaySides(
      config, std::move(*control), std::move(*log), std::move(go_on), std::move(told_waiting)));
}

Result<std::optional<ReplaySides::History>> LiveReplaySides::Look(const std::string& index) {
  auto view = control_->Find(index);
  if (!view) return view.error();
  if (!*view) return std::optional<History>();
  return std::optional(History{std::move((*view)->recorded), std::move((*view)->seen)});
}

Status LiveReplaySides::Scan(const TopicPartition& stream, Offset from,
                             const std::function<void(const OwnedRecord&)>& take) {
  kafka::ReadRequest request;
  request.topic = stream.topic;
  request.partitions = {stream.partition};
  request.range.from = kafka::ReadRange::From::kOffset;
  request.range.value = from.value;
  request.stop_at_end = true;
  bool stopped = false;
  Status status = log_.Read(
      request,
      [&take](const OwnedRecord& record) {
        take(record);
        return true;
      },
      [&] {
        stopped = stopped || !go_on_();
        return !stopped;
      });
  if (status.ok() && stopped) return Error{"stopped while the log was read", ""};
  return status;
}

Result<LookupResult> LiveReplaySides::Get(const std::string& index, const std::string& id) {
  const std::array<std::string, 1> ids = {id};
  auto found = reader_.Get(index, ids);
  if (!found) return found.error();
  return std::move(found->front());
}

void LiveReplaySides::AwaitWindow() {
  told_waiting_(window_us_ / 1'000);
  service::DescriptorWaiter waiter;
  for (const int64_t until_us = clock_.NowUs() + window_us_; clock_.NowUs() < until_us && go_on_();)
    waiter.Wait(std::chrono::milliseconds(200));
}

}  // namespace sluice::letters
