// The floor of receiving: a group consumer with the product's own settings that takes batches,
// counts and drops them. Ends after --events records.
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

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
#include "tests/bench/load/usage.h"

namespace {

using namespace sluice;

struct Options {
  std::string brokers;
  std::string group = "bench-drain";
  std::vector<std::string> topics;
  uint64_t events = 1'000'000;
  size_t batch = 1'000;
  int64_t timeout_s = 120;
};

kafka::Client Connect(const Options& options) {
  kafka::Settings settings;
  settings.brokers = options.brokers;
  kafka::ConsumerSettings consumer;
  consumer.group_id = options.group;
  consumer.topics = options.topics;
  Result<kafka::Conf> conf = kafka::MakeConsumerConf(settings, consumer);
  if (!conf) throw std::runtime_error(conf.error().ToString());
  // The product assigns explicit offsets instead; that is not part of receiving.
  if (Status set = kafka::SetProperty(**conf, "auto.offset.reset", "earliest"); !set) {
    throw std::runtime_error(set.error().ToString());
  }
  Result<kafka::Client> client = kafka::MakeClient(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) throw std::runtime_error(client.error().ToString());
  return std::move(*client);
}

void Subscribe(rd_kafka_t* client, const std::vector<std::string>& topics) {
  rd_kafka_poll_set_consumer(client);
  const kafka::PartitionList list(rd_kafka_topic_partition_list_new(4));
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(client, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
}

struct Counts {
  uint64_t records = 0;
  uint64_t bytes = 0;
};

Counts Drain(const Options& options, rd_kafka_queue_t* queue) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.timeout_s);
  const int wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  const uint64_t one = 1;
  rd_kafka_queue_io_event_enable(queue, wakeup, &one, sizeof(one));
  std::vector<rd_kafka_message_t*> messages(options.batch);
  Counts counts;
  while (counts.records < options.events) {
    const ssize_t taken = rd_kafka_consume_batch_queue(queue, 0, messages.data(), messages.size());
    for (ssize_t i = 0; i < taken; ++i) {
      const rd_kafka_message_t& message = *messages[static_cast<size_t>(i)];
      if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++counts.records;
        counts.bytes += message.len + message.key_len;
      }
      rd_kafka_message_destroy(messages[static_cast<size_t>(i)]);
    }
    if (taken > 0) continue;
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("only " + std::to_string(counts.records) + " records came in time");
    }
    pollfd ready{wakeup, POLLIN, 0};
    poll(&ready, 1, 1000);
    uint64_t count = 0;
    if (read(wakeup, &count, sizeof(count)) < 0) continue;
  }
  rd_kafka_queue_io_event_enable(queue, -1, nullptr, 0);
  close(wakeup);
  return counts;
}

void Run(const Options& options) {
  const kafka::Client client = Connect(options);
  Subscribe(client.get(), options.topics);
  const kafka::Queue queue(rd_kafka_queue_get_consumer(client.get()));
  const Counts counts = Drain(options, queue.get());
  const double cpu_s = bench::CpuSeconds();
  std::cout << R"({"events":)" << counts.records << R"(,"bytes":)" << counts.bytes << R"(,"cpu_s":)"
            << cpu_s << R"(,"cpu_ns_per_event":)"
            << cpu_s * 1e9 / static_cast<double>(counts.records) << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  Options options;
  CLI::App app("Receives change events and drops them.");
  app.add_option("--brokers", options.brokers)->required();
  app.add_option("--topics", options.topics)->required()->delimiter(',');
  app.add_option("--group", options.group);
  app.add_option("--events", options.events);
  app.add_option("--batch", options.batch, "records taken at once");
  app.add_option("--timeout", options.timeout_s, "seconds");
  CLI11_PARSE(app, argc, argv);
  try {
    Run(options);
  } catch (const std::exception& error) {
    std::cerr << "drain_only: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
