#include "service/composition/changelog_worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "adapters/debezium/row_change_reader.h"
#include "adapters/file/row_file.h"
#include "adapters/kafka/assigned_reader.h"
#include "adapters/kafka/compacted_topic.h"
#include "adapters/kafka/dead_letter_topic.h"
#include "adapters/kafka/record_publisher.h"
#include "adapters/kafka/row_topic.h"
#include "core/operations/changelog/changelog.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_settings.h"
#include "service/composition/kafka_log.h"
#include "service/config/changelog_rules.h"

namespace sluice::service {
namespace {

constexpr int64_t kFirstRetryUs = 500'000;
constexpr int kDoublingsMax = 10;
/// A run that lasted this long was no failure to begin.
constexpr int64_t kGoodRunUs = 30'000'000;
/// Below http.turn.max's default, so that waiting for brokers is no reason to be restarted.
constexpr int64_t kBrokersUs = 20'000'000;
constexpr std::chrono::milliseconds kOpenTimeout{10'000};

Failure HoldFor(const Error& error) {
  return {{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated},
          "",
          error.ToString()};
}

ChangelogSettings SettingsOf(const config::Config& config, ChangelogSpec spec) {
  ChangelogSettings settings;
  settings.spec = std::move(spec);
  settings.keep_every_us = config.changelog_keep_interval_us;
  settings.list_every_us = config.changelog_topics_refresh_us;
  settings.letter_timeout_us = kBrokersUs;
  settings.rejected_max_ppm = config.dead_letters_max_share_ppm;
  return settings;
}

file::RowFileSettings FileSettingsOf(const config::Config& config, const ChangelogSpec& spec) {
  file::RowFileSettings settings;
  settings.directory = config.changelog_file_directory;
  settings.name = config.changelog_name;
  settings.format =
      config.changelog_file_format == "csv" ? file::RowFormat::kCsv : file::RowFormat::kNdjson;
  settings.columns = spec.columns;
  settings.header = config.changelog_file_header;
  settings.rotate_bytes = static_cast<uint64_t>(config.changelog_file_rotate_bytes);
  settings.rotate_us = config.changelog_file_rotate_interval_us;
  return settings;
}

kafka::RowTopicSettings TopicSettingsOf(const config::Config& config, const ChangelogSpec& spec) {
  kafka::RowTopicSettings settings;
  settings.topic = config.changelog_topic;
  settings.positions_topic = config.changelog_positions_topic;
  settings.positions_name = "changelog/" + config.changelog_name;
  settings.columns = spec.columns;
  settings.keep_timeout_us = kBrokersUs;
  return settings;
}

/// A sink, and the descriptors by which it is heard of.
struct OpenSink {
  std::unique_ptr<RowSink> sink;
  std::vector<int> descriptors;
};

Result<OpenSink> OpenTopic(const config::Config& config, const ChangelogSpec& spec,
                           const kafka::LogSink& log, Waiter& waiter, Clock& clock) {
  const kafka::Settings settings = KafkaSettings(config);
  auto positions =
      kafka::CompactedTopic::Open(settings, config.changelog_positions_topic, kOpenTimeout, log);
  if (!positions) return positions.error();
  auto publisher = kafka::RecordPublisher::Make(settings, PublisherSettingsOf(config), clock, log);
  if (!publisher) return publisher.error();
  OpenSink open;
  open.descriptors = {positions->descriptor(), (*publisher)->descriptor()};
  open.sink = std::make_unique<kafka::RowTopic>(
      TopicSettingsOf(config, spec), std::make_unique<kafka::CompactedTopic>(std::move(*positions)),
      std::move(*publisher), waiter, clock);
  return open;
}

}  // namespace

const char* ChangelogSinkName(ChangelogSink sink) {
  return sink == ChangelogSink::kFile ? "file" : "topic";
}

std::vector<ChangelogSink> ChangelogSinksOf(const config::Config& config) {
  std::vector<ChangelogSink> sinks;
  if (!config::WantsChangelog(config)) return sinks;
  if (!config.changelog_file_directory.empty()) sinks.push_back(ChangelogSink::kFile);
  if (!config.changelog_topic.empty()) sinks.push_back(ChangelogSink::kTopic);
  return sinks;
}

ChangelogWorker::ChangelogWorker(const config::Config& config, ChangelogSink sink,
                                 telemetry::Telemetry& telemetry, telemetry::Log& log)
    : config_(config), sink_(sink), telemetry_(telemetry), log_(log) {
  stats_.sink = ChangelogSinkName(sink);
}

void ChangelogWorker::Start(std::function<void()> on_end) {
  thread_ = std::jthread([this, on_end = std::move(on_end)](const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { waiter_.Wake(); });
    end_.store(static_cast<int>(Run(stop)));
    on_end();
  });
}

void ChangelogWorker::RequestStop() {
  thread_.request_stop();
}

std::optional<PartEnd> ChangelogWorker::end() const {
  const int end = end_.load();
  if (end < 0) return std::nullopt;
  return static_cast<PartEnd>(end);
}

PartEnd ChangelogWorker::Run(const std::stop_token& stop) {
  for (int failures = 0;;) {
    const int64_t began_us = clock_.NowUs();
    stats_.state = ChangelogStats::State::kStarting;
    const Failure failure = RunOnce(stop);
    waiter_.Watch({});
    const bool done = failure.verdict.disposition == Disposition::kDone;
    const bool halted = failure.verdict.disposition == Disposition::kHalt;
    stats_.state = halted                          ? ChangelogStats::State::kHalted
                   : done || stop.stop_requested() ? ChangelogStats::State::kStopped
                                                   : ChangelogStats::State::kStarting;
    if (!done) (halted ? stats_.halt_reason : stats_.hold_reason) = failure.detail;
    if (!done && !halted) stats_.hold = failure.verdict.reason;
    telemetry_.OnChangelogStats(stats_);
    if (halted) {
      telemetry_.NoteChangelogHalt(stats_.sink, failure.verdict.reason, failure.detail);
      return PartEnd::kHalted;
    }
    if (done) return PartEnd::kDone;
    if (stop.stop_requested()) return PartEnd::kTimedOut;
    if (clock_.NowUs() - began_us > kGoodRunUs) failures = 0;
    WaitForRetry(failures++, stop);
  }
}

Failure ChangelogWorker::RunOnce(const std::stop_token& stop) {
  const kafka::LogSink log_kafka = KafkaLogTo(log_);
  const kafka::Settings settings = KafkaSettings(config_);
  const auto spec = config::ChangelogSpecOf(config_);
  if (!spec) return HoldFor(spec.error());  // found before the start
  OpenSink open;
  if (sink_ == ChangelogSink::kTopic) {
    auto topic = OpenTopic(config_, *spec, log_kafka, waiter_, clock_);
    if (!topic) return HoldFor(topic.error());
    open = std::move(*topic);
  } else {
    open.sink = std::make_unique<file::RowFile>(FileSettingsOf(config_, *spec), clock_);
  }
  kafka::AssignedReaderSettings reading;
  reading.topics = config_.changelog_topics;
  reading.topics_regex = config_.changelog_topics_regex;
  auto reader = kafka::AssignedReader::Open(settings, reading, clock_, log_kafka);
  if (!reader) return HoldFor(reader.error());
  kafka::DeadLetterTopic letters(settings, DeadLetterSettingsOf(config_), clock_, log_kafka);
  open.descriptors.push_back(letters.descriptor());
  waiter_.Watch(open.descriptors);
  debezium::RowChangeReader decoder(StreamOptionsOf(config_).envelopes, WantedColumns(*spec));
  return Changelog(SettingsOf(config_, *spec),
                   {**reader, decoder, *open.sink, letters, waiter_, clock_, telemetry_}, stats_)
      .Run(stop);
}

void ChangelogWorker::WaitForRetry(int failures, const std::stop_token& stop) {
  const int64_t wait_us =
      std::min(config_.backoff_max_us, kFirstRetryUs << std::min(failures, kDoublingsMax));
  const int64_t until_us = clock_.NowUs() + wait_us;
  for (int64_t left_us = wait_us; left_us > 0 && !stop.stop_requested();
       left_us = until_us - clock_.NowUs()) {
    waiter_.Wait(std::chrono::milliseconds(std::max<int64_t>(left_us / 1'000, 1)));
  }
}

}  // namespace sluice::service
