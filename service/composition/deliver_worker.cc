#include "service/composition/deliver_worker.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/debezium/delivery_decoder.h"
#include "adapters/kafka/admin.h"
#include "adapters/kafka/dead_letter_topic.h"
#include "adapters/kafka/group_consumer.h"
#include "adapters/kafka/offset_reader.h"
#include "adapters/kafka/record_publisher.h"
#include "adapters/transfer/multi_waiter.h"
#include "adapters/webhook/http_destinations.h"
#include "core/operations/courier.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/deliver_settings.h"
#include "service/composition/kafka_log.h"
#include "service/composition/system_clock.h"
#include "service/config/checks_deliver.h"

namespace sluice::service {
namespace {

constexpr std::chrono::seconds kAdminTimeout{10};
constexpr std::chrono::seconds kPrepareAgain{2};

/// A parked record is the source's record and two headers: what the source's topic took must fit.
const std::map<std::string, std::string>& ParkedTopicConfig() {
  static const std::map<std::string, std::string> config = {
      {"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"max.message.bytes", "16777216"}};
  return config;
}

Status PrepareOne(const kafka::Admin& admin, const std::string& parked, int32_t partitions) {
  if (Status made = admin.CreateTopic(parked, partitions, ParkedTopicConfig()); !made) return made;
  const auto found = admin.DescribeTopic(parked);
  if (!found) return found.error();
  if (found->partitions == partitions) return {};
  if (found->partitions < partitions) return admin.AddPartitions(parked, partitions);
  return Error{"topic " + parked + " has " + std::to_string(found->partitions) +
                   " partitions and deliver.topic " + std::to_string(partitions),
               "they have to be as many: set another deliver.parked.prefix when the topic is empty "
               "of records that were not delivered"};
}

/// What a destination that is not configured any more has left: nobody would ever send it, and what
/// comes for it meanwhile is refused.
Status CheckLeftBehind(const kafka::Admin& admin, const config::Config& config) {
  const auto topics = admin.ListTopics();
  if (!topics) return topics.error();
  const auto committed = admin.Committed(config.deliver_group_id);
  if (!committed) return committed.error();
  const std::string prefix = config::ParkedTopic(config, "");
  for (const kafka::TopicInfo& topic : *topics) {
    if (!topic.name.starts_with(prefix)) continue;
    const std::string name = topic.name.substr(prefix.size());
    const auto& known = config.deliver_destinations;
    if (std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.first == name; }))
      continue;
    const auto ranges = admin.Offsets(topic.name);
    if (!ranges) return ranges.error();
    int64_t left = 0;
    for (const auto& [partition, range] : *ranges) {
      const auto at = committed->find(partition);
      const int64_t next =
          at == committed->end() ? range.begin.value : at->second.position.next.value;
      left += std::max<int64_t>(0, range.end.value - std::max(next, range.begin.value));
    }
    if (left == 0) continue;
    return Error{topic.name + " holds " + std::to_string(left) + " records of " + name +
                     ", which is not among deliver.destinations",
                 "put it back until they are sent, or delete that topic with what it holds"};
  }
  return {};
}

}  // namespace

Status PrepareParkedTopics(const config::Config& config) {
  const auto admin = kafka::Admin::Open(KafkaSettings(config), kAdminTimeout);
  if (!admin) return admin.error();
  const auto topic = admin->DescribeTopic(config.deliver_topic);
  if (!topic) return topic.error();
  for (const auto& [name, url] : config.deliver_destinations) {
    Status prepared = PrepareOne(*admin, config::ParkedTopic(config, name), topic->partitions);
    if (!prepared) return prepared;
  }
  return CheckLeftBehind(*admin, config);
}

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
      kafka::RecordPublisher::Make(settings, ParkingSettingsOf(config), parts->clock, log_kafka);
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
    stats.hold_reason = "the parked topics are not ready: " + prepared.error().ToString();
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
  switch (parts.courier->Run(stop)) {
    case PipelineEnd::kDrained: return PartEnd::kDone;
    case PipelineEnd::kTimedOut: return PartEnd::kTimedOut;
    case PipelineEnd::kRefused:  // of modes that a delivery has not
    case PipelineEnd::kHalted: break;
  }
  return PartEnd::kHalted;
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
