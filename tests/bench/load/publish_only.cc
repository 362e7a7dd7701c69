// The floor of publishing: prepared change events through the library with the product's own
// settings, each acknowledged, nothing else. Ends after --events records.
#include <librdkafka/rdkafka.h>
#include <malloc.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/produce.h"
#include "tests/bench/load/usage.h"
#include "tests/bench/load/workload.h"

namespace {

using namespace sluice;

/// Few enough to stay in a cache, as a record that was just rendered does; compression looks back
/// over fewer bytes than these have.
constexpr uint64_t kPrepared = 500;
constexpr int kPollMs = 10;
constexpr uint64_t kEventsPerPoll = 1'000;

struct Options {
  std::string brokers;
  std::string topic = "bench.publish";
  std::string compression = "lz4";
  uint64_t events = 1'000'000;
  size_t queue_bytes = size_t{32} << 20;
  int64_t timeout_s = 120;
};

struct Progress {
  uint64_t acknowledged = 0;
  size_t waiting_bytes = 0;
  uint64_t value_bytes = 0;
};

kafka::Client Connect(const Options& options) {
  kafka::Settings settings;
  settings.brokers = options.brokers;
  kafka::PublisherSettings publisher;
  publisher.compression = options.compression;
  Result<kafka::Conf> conf = kafka::MakePublisherConf(settings, publisher);
  if (!conf) throw std::runtime_error(conf.error().ToString());
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR);
  Result<kafka::Client> client = kafka::MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) throw std::runtime_error(client.error().ToString());
  return std::move(*client);
}

void TakeAnswers(rd_kafka_queue_t* queue, int wait_ms, Progress& progress) {
  static std::array<const rd_kafka_message_t*, 10'000> messages{};
  for (const kafka::Event event(rd_kafka_queue_poll(queue, wait_ms)); event;) {
    const size_t count =
        rd_kafka_event_message_array(event.get(), messages.data(), messages.size());
    if (count == 0) return;
    for (size_t i = 0; i < count; ++i) {
      if (messages[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error(rd_kafka_err2str(messages[i]->err));
      }
      ++progress.acknowledged;
      progress.waiting_bytes -= messages[i]->len;
    }
  }
}

Progress Publish(const Options& options, rd_kafka_t* client) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.timeout_s);
  const bench::Workload workload(bench::WorkloadKind::kNarrow, kPrepared, 1);
  std::vector<bench::Workload::Event> events(kPrepared);
  for (uint64_t i = 0; i < kPrepared; ++i) workload.Make(i, events[i]);
  const kafka::Topic topic(rd_kafka_topic_new(client, options.topic.c_str(), nullptr));
  const kafka::Queue queue(rd_kafka_queue_get_main(client));
  const std::array<HeaderView, 1> headers = {{{"sluice", "v=1;sv=386547056640001;e=1772360130"}}};
  Progress progress;
  for (uint64_t i = 0; progress.acknowledged < options.events;) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it took too long");
    bool full = false;
    for (uint64_t batch = 0; batch < kEventsPerPoll && i < options.events; ++batch) {
      if (progress.waiting_bytes >= options.queue_bytes) break;
      const bench::Workload::Event& event = events[i % kPrepared];
      kafka::OutgoingRecord record;
      record.handle = topic.get();
      record.key = event.key;
      record.value = event.value;
      record.headers = headers;
      full = kafka::Produce(client, record) != RD_KAFKA_RESP_ERR_NO_ERROR;
      if (full) break;
      progress.waiting_bytes += event.value.size();
      progress.value_bytes += event.value.size();
      ++i;
    }
    full = full || i == options.events || progress.waiting_bytes >= options.queue_bytes;
    TakeAnswers(queue.get(), full ? kPollMs : 0, progress);
  }
  return progress;
}

void Run(const Options& options) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // as the product
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  const kafka::Client client = Connect(options);
  const double before_s = bench::CpuSeconds();
  const auto began = std::chrono::steady_clock::now();
  const Progress progress = Publish(options, client.get());
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began;
  const double cpu_s = bench::CpuSeconds() - before_s;
  const auto count = static_cast<double>(progress.acknowledged);
  std::cout << R"({"events":)" << progress.acknowledged << R"(,"cpu_s":)" << cpu_s
            << R"(,"elapsed_s":)" << elapsed.count() << R"(,"cpu_ns_per_event":)"
            << cpu_s * 1e9 / count << R"(,"bytes_per_event":)"
            << static_cast<double>(progress.value_bytes) / count << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  Options options;
  CLI::App app("Publishes prepared change events.");
  app.add_option("--brokers", options.brokers)->required();
  app.add_option("--topic", options.topic);
  app.add_option("--events", options.events);
  app.add_option("--compression", options.compression);
  app.add_option("--queue-bytes", options.queue_bytes, "that wait for an answer at most");
  app.add_option("--timeout", options.timeout_s, "seconds");
  CLI11_PARSE(app, argc, argv);
  try {
    Run(options);
  } catch (const std::exception& error) {
    std::cerr << "publish_only: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
