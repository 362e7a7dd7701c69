#include "service/composition/deliver_worker.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/debezium/delivery_decoder.h"
#include "adapters/kafka/dead_letter_topic.h"
#include "adapters/kafka/group_consumer.h"
#include "adapters/kafka/offset_reader.h"
#include "adapters/kafka/record_publisher.h"
#include "adapters/transfer/multi_waiter.h"
#include "adapters/webhook/http_destinations.h"
#include "core/operations/delivery/courier.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/deliver_settings.h"
#include "service/composition/kafka_log.h"
#include "service/composition/parked_topics.h"
#include "service/composition/system_clock.h"
#include "service/composition/worker.h"

namespace sluice::service {
namespace {

constexpr std::chrono::seconds kPrepareAgain{2};

}  // namespace

struct DeliverWorker::Parts {
  Parts(const config::Config& settings, telemetry::Telemetry& told, telemetry::Log& lines)
      : config(settings),
        telemetry(told),
        log(lines),
        destinations(WebhookSettingsOf(settings), clock),
        waiter(destinations.multi()),
        reader(DeliveryOptionsOf(settings)) {}

  const config::Config& config;
  telemetry::Telemetry& telemetry;
  telemetry::Log& log;
  SystemClock clock;
  SystemRandomness randomness;
  webhook::HttpDestinations destinations;
  transfer::MultiWaiter waiter;
  debezium::DeliveryDecoder reader;
  std::unique_ptr<kafka::RecordPublisher> parking;
  std::unique_ptr<kafka::OffsetReader> archive;
  std::unique_ptr<kafka::DeadLetterTopic> dead_letters;
  std::unique_ptr<kafka::GroupConsumer> source;
  std::unique_ptr<Courier> courier;
};

DeliverWorker::DeliverWorker(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
DeliverWorker::~DeliverWorker() = default;

Result<std::unique_ptr<DeliverWorker>> DeliverWorker::Open(const config::Config& config,
                                                           telemetry::Telemetry& telemetry,
                                                           telemetry::Log& log) {
  auto parts = std::make_unique<Parts>(config, telemetry, log);
  const kafka::Settings settings = KafkaSettings(config);
  const kafka::LogSink log_kafka = KafkaLogTo(log);
  auto parking =
      kafka::RecordPublisher::Make(settings, ParkingSettingsOf(), parts->clock, log_kafka);
  if (!parking) return parking.error();
  parts->parking = std::move(*parking);
  parts->archive = std::make_unique<kafka::OffsetReader>(settings, kafka::ArchiveSettings{},
                                                         parts->clock, log_kafka);
  parts->dead_letters = std::make_unique<kafka::DeadLetterTopic>(settings, DeliverLettersOf(config),
                                                                 parts->clock, log_kafka);
  parts->waiter.AddDescriptor(parts->parking->descriptor());
  parts->waiter.AddDescriptor(parts->archive->descriptor());
  parts->waiter.AddDescriptor(parts->dead_letters->descriptor());
  return std::unique_ptr<DeliverWorker>(new DeliverWorker(std::move(parts)));
}

void DeliverWorker::Start(std::function<void()> on_end) {
  thread_ = std::jthread([this, on_end = std::move(on_end)](const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { parts_->waiter.Wake(); });
    end_.store(static_cast<int>(Run(stop)));
    on_end();
  });
}

/// Tried again without end; readiness says why it takes so long.
bool DeliverWorker::PrepareTopics(const std::stop_token& stop) {
  PipelineStats stats;
  for (const auto& [name, url] : parts_->config.deliver_destinations)
    stats.destinations.emplace_back().name = name;
  stats.turn_us = stats.progress_us = parts_->clock.NowUs();
  parts_->telemetry.OnStats(0, stats);
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    const Status prepared = PrepareParkedTopics(parts_->config);
    if (prepared.ok()) break;
    stats.turn_us = stats.progress_us = parts_->clock.NowUs();
    stats.hold_reason =
        "the topics of the deliveries are not ready: " + prepared.error().ToString();
    parts_->telemetry.OnStats(0, stats);
    parts_->telemetry.OnHold(0, FailureReason::kStreamMissing, stats.hold_reason);
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, kPrepareAgain, [] { return false; });
  }
  parts_->telemetry.OnHoldOver(0, FailureReason::kStreamMissing);
  return !stop.stop_requested();
}

PartEnd DeliverWorker::Run(const std::stop_token& stop) {
  Parts& parts = *parts_;
  if (!PrepareTopics(stop)) return PartEnd::kDone;
  // Joining before the topics are there would only begin with another rebalance.
  auto source =
      kafka::GroupConsumer::Open(KafkaSettings(parts.config), DeliverConsumerOf(parts.config),
                                 parts.clock, KafkaLogTo(parts.log));
  if (!source) {
    parts.telemetry.OnHalt(0, FailureReason::kInternal, source.error().ToString());
    return PartEnd::kHalted;
  }
  parts.source = std::move(*source);
  parts.waiter.AddDescriptor(parts.source->descriptor());
  parts.courier = std::make_unique<Courier>(
      DeliverySettingsOf(parts.config),
      CourierPorts{*parts.source, parts.reader, parts.destinations, *parts.parking,
                   *parts.dead_letters, *parts.archive, parts.waiter, parts.clock, parts.randomness,
                   parts.telemetry});
  return PartEndOf(parts.courier->Run(stop));
}

void DeliverWorker::RequestStop() {
  thread_.request_stop();
}

std::optional<PartEnd> DeliverWorker::end() const {
  const int end = end_.load();
  if (end < 0) return std::nullopt;
  return static_cast<PartEnd>(end);
}

}  // namespace sluice::service
