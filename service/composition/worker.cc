#include "service/composition/worker.h"

#include <utility>

#include "adapters/debezium/stream_decoder.h"
#include "adapters/debezium/unchanged_merger.h"
#include "adapters/elasticsearch/bulk_index.h"
#include "adapters/kafka/dead_letter_topic.h"
#include "adapters/kafka/group_consumer.h"
#include "adapters/kafka/offset_reader.h"
#include "adapters/transfer/multi_waiter.h"
#include "core/operations/group/sole_source.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/credential_reader.h"
#include "service/composition/kafka_log.h"
#include "service/composition/system_clock.h"

namespace sluice::service {

struct Worker::Parts {
  Parts(const config::Config& config, int worker)
      : number(worker),
        search_settings(SearchSettings(config)),
        transport(search_settings, clock),
        index(search_settings, transport, clock),
        waiter(transport.multi()),
        decoder(StreamOptionsOf(config)) {
    transport.SetCredentialReader(CredentialReaderOf(config, config::SystemReferences()));
  }

  int number;
  SystemClock clock;
  SystemRandomness randomness;
  elasticsearch::Settings search_settings;
  elasticsearch::Transport transport;
  elasticsearch::BulkIndex index;
  transfer::MultiWaiter waiter;
  debezium::StreamDecoder decoder;
  debezium::UnchangedMerger merger;
  std::unique_ptr<kafka::GroupConsumer> source;
  std::unique_ptr<SoleSource> sole;  // in front of `source`, in a mode with one active member
  std::unique_ptr<kafka::OffsetReader> archive;
  std::unique_ptr<kafka::DeadLetterTopic> dead_letters;
  std::unique_ptr<Pipeline> pipeline;
};

Worker::Worker(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Worker::~Worker() = default;

Result<std::unique_ptr<Worker>> Worker::Open(const config::Config& config, int number,
                                             Observer& observer, telemetry::Log& log) {
  auto parts = std::make_unique<Parts>(config, number);
  const kafka::Settings settings = KafkaSettings(config);
  const kafka::LogSink log_kafka = KafkaLogTo(log);
  const kafka::ConsumerSettings consumer = ConsumerSettingsOf(config, number);
  auto source = kafka::GroupConsumer::Open(settings, consumer, parts->clock, log_kafka);
  if (!source) return source.error();
  parts->source = std::move(*source);
  if (IsSole(consumer.mode)) {
    parts->sole =
        std::make_unique<SoleSource>(*parts->source, parts->clock, SoleSettingsOf(consumer));
  }
  parts->archive = std::make_unique<kafka::OffsetReader>(settings, kafka::ArchiveSettings{},
                                                         parts->clock, log_kafka);
  parts->dead_letters = std::make_unique<kafka::DeadLetterTopic>(
      settings, DeadLetterSettingsOf(config), parts->clock, log_kafka);
  parts->waiter.AddDescriptor(parts->source->descriptor());
  parts->waiter.AddDescriptor(parts->archive->descriptor());
  parts->waiter.AddDescriptor(parts->dead_letters->descriptor());
  RecordSource& records = parts->sole ? static_cast<RecordSource&>(*parts->sole) : *parts->source;
  parts->pipeline = std::make_unique<Pipeline>(
      number, PipelineSettingsOf(config),
      PipelinePorts{records, parts->decoder, parts->merger, parts->index, *parts->dead_letters,
                    *parts->archive, parts->waiter, parts->clock, parts->randomness, observer,
                    parts->index.control(), parts->index.divergence(), parts->index.scan()});
  return std::unique_ptr<Worker>(new Worker(std::move(parts)));
}

void Worker::Start(std::function<void()> on_end) {
  thread_ = std::jthread([this, on_end = std::move(on_end)](const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { parts_->waiter.Wake(); });
    end_.store(static_cast<int>(parts_->pipeline->Run(stop)));
    on_end();
  });
}

void Worker::RequestStop() {
  thread_.request_stop();
}

std::optional<PartEnd> Worker::end() const {
  const int end = end_.load();
  if (end < 0) return std::nullopt;
  return PartEndOf(static_cast<PipelineEnd>(end));
}

PartEnd PartEndOf(PipelineEnd end) {
  switch (end) {
    case PipelineEnd::kDrained: return PartEnd::kDone;
    case PipelineEnd::kTimedOut: return PartEnd::kTimedOut;
    case PipelineEnd::kRefused: return PartEnd::kRefused;
    case PipelineEnd::kHalted: break;
  }
  return PartEnd::kHalted;
}

}  // namespace sluice::service
