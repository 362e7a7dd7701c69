// Holds librdkafka's mock cluster, filled with change events, until its standard input is closed.
// Prints one line of JSON when it is filled: where it listens and what is in it.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/load/workload.h"

namespace {

using namespace sluice::bench;

struct Options {
  uint64_t events = 1'000'000;
  uint64_t keys = 0;
  uint32_t topics = 4;
  int partitions = 12;
  std::string workload = "narrow";
  std::string batch_bytes = "524288";
  std::string compression = "lz4";
  bool headers = false;
};

struct Deliveries {
  uint64_t good = 0;
  uint64_t failed = 0;
  const char* error = "";
};

void OnDelivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
  auto& deliveries = *static_cast<Deliveries*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++deliveries.good;
  } else {
    ++deliveries.failed;
    deliveries.error = rd_kafka_err2name(message->err);
  }
}

rd_kafka_t* MakeProducer(const std::vector<std::pair<std::string, std::string>>& properties,
                         Deliveries* deliveries) {
  std::array<char, 512> text{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(text.data());
    }
  }
  if (deliveries != nullptr) {
    rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
    rd_kafka_conf_set_opaque(conf, deliveries);
  }
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
  if (producer == nullptr) throw std::runtime_error(text.data());
  return producer;
}

/// The mock cluster and the handle it lives in. Both stay for the life of the process.
class Cluster {
 public:
  Cluster(const Workload& workload, int partitions)
      : host_(MakeProducer({{"log_level", "3"}}, nullptr)),
        mock_(rd_kafka_mock_cluster_new(host_, 1)) {
    if (mock_ == nullptr) throw std::runtime_error("no mock cluster");
    // A real group waits 3 s for further members; here it would only be idle time.
    rd_kafka_mock_group_initial_rebalance_delay_ms(mock_, 50);
    Create("sluice.dead-letters", 1);
    for (const std::string& topic : workload.topics()) Create(topic, partitions);
  }
  [[nodiscard]] std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(mock_); }

 private:
  void Create(const std::string& topic, int partitions) {
    const rd_kafka_resp_err_t code =
        rd_kafka_mock_topic_create(mock_, topic.c_str(), partitions, 1);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
  }

  rd_kafka_t* host_;
  rd_kafka_mock_cluster_t* mock_;
};

struct Sums {
  uint64_t key_bytes = 0;
  uint64_t value_bytes = 0;
};

rd_kafka_headers_t* ContextHeaders() {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(4);
  const std::array<std::pair<const char*, const char*>, 4> all = {{
      {"__debezium.context.connectorLogicalName", "bench"},
      {"__debezium.context.taskId", "0"},
      {"__debezium.context.connectorName", "postgresql"},
      {"__debezium.context.runId", "01a1fbb5-3db1-74b6-85e7-4056449b2654"},
  }};
  for (const auto& [name, value] : all) rd_kafka_header_add(headers, name, -1, value, -1);
  return headers;
}

/// Waits while the producer's queue is full. Key and value are copied.
void Produce(rd_kafka_t* producer, const Options& options, const std::string& topic,
             const Workload::Event& event) {
  const auto partitions = static_cast<uint64_t>(options.partitions);
  std::array<rd_kafka_vu_t, 6> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = topic.c_str();
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = static_cast<int32_t>(Mix(event.id + 1) % partitions);
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_KEY;
  parts[3].u.mem = {const_cast<char*>(event.key.data()), event.key.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[4].u.mem = {const_cast<char*>(event.value.data()), event.value.size()};
  for (;;) {
    rd_kafka_headers_t* headers = options.headers ? ContextHeaders() : nullptr;
    parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[5].u.headers = headers;
    rd_kafka_error_t* error =
        rd_kafka_produceva(producer, parts.data(), headers != nullptr ? 6 : 5);
    if (error == nullptr) return;
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) throw std::runtime_error(rd_kafka_err2str(code));
    rd_kafka_poll(producer, 10);
  }
}

Sums Fill(const Options& options, const Workload& workload, rd_kafka_t* producer,
          const Deliveries& deliveries) {
  Sums sums;
  Workload::Event event;
  for (uint64_t i = 0; i < options.events; ++i) {
    workload.Make(i, event);
    Produce(producer, options, workload.topics()[event.topic], event);
    sums.key_bytes += event.key.size();
    sums.value_bytes += event.value.size();
    if (i % 1000 == 0) rd_kafka_poll(producer, 0);
  }
  rd_kafka_flush(producer, 120'000);
  if (deliveries.good != options.events) {
    throw std::runtime_error(std::to_string(options.events - deliveries.good) +
                             " events were not taken by the mock cluster " + deliveries.error);
  }
  return sums;
}

/// The mock cluster drops the oldest batches of a partition past 5 MiB: a benchmark over such a
/// topic would wait for ever.
void RequireAllKept(const Options& options, const Workload& workload, rd_kafka_t* producer) {
  uint64_t kept = 0;
  for (const std::string& topic : workload.topics()) {
    for (int32_t partition = 0; partition < options.partitions; ++partition) {
      int64_t low = 0;
      int64_t high = 0;
      const rd_kafka_resp_err_t code =
          rd_kafka_query_watermark_offsets(producer, topic.c_str(), partition, &low, &high, 10'000);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
      kept += static_cast<uint64_t>(high - low);
    }
  }
  if (kept != options.events) {
    throw std::runtime_error("the mock cluster kept " + std::to_string(kept) + " of " +
                             std::to_string(options.events) +
                             " events: more --partitions or --topics are needed");
  }
}

void Print(const Options& options, const Workload& workload, const Cluster& cluster,
           const Sums& sums) {
  std::cout << R"({"bootstrap":")" << cluster.bootstrap() << R"(","events":)" << options.events
            << R"(,"key_bytes":)" << sums.key_bytes << R"(,"value_bytes":)" << sums.value_bytes
            << R"(,"partitions":)" << options.partitions << R"(,"topics":[)";
  const char* separator = "";
  for (const std::string& topic : workload.topics()) {
    std::cout << separator << '"' << topic << '"';
    separator = ",";
  }
  std::cout << "]}" << std::endl;
}

void Serve(const Options& options) {
  const Workload workload(WorkloadFrom(options.workload),
                          options.keys == 0 ? options.events : options.keys, options.topics);
  const Cluster cluster(workload, options.partitions);
  Deliveries deliveries;
  rd_kafka_t* producer = MakeProducer({{"bootstrap.servers", cluster.bootstrap()},
                                       {"log_level", "3"},
                                       {"compression.codec", options.compression},
                                       {"linger.ms", "500"},
                                       {"batch.size", options.batch_bytes},
                                       {"batch.num.messages", "10000"},
                                       {"queue.buffering.max.messages", "300000"}},
                                      &deliveries);
  const Sums sums = Fill(options, workload, producer, deliveries);
  RequireAllKept(options, workload, producer);
  rd_kafka_destroy(producer);
  Print(options, workload, cluster, sums);
  std::array<char, 256> ignored{};
  while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  Options options;
  CLI::App app("A Kafka of change events in memory.");
  app.add_option("--events", options.events);
  app.add_option("--keys", options.keys, "distinct rows; 0: one event each");
  app.add_option("--topics", options.topics)->check(CLI::Range(1, 64));
  app.add_option("--partitions", options.partitions, "of each topic")->check(CLI::Range(1, 1000));
  app.add_option("--workload", options.workload, "narrow, schema or wide");
  app.add_option("--batch-bytes", options.batch_bytes, "of a producer's batch, uncompressed");
  app.add_option("--compression", options.compression, "none, lz4, zstd …");
  app.add_flag("--headers", options.headers, "Debezium's four context headers on each record");
  CLI11_PARSE(app, argc, argv);
  try {
    Serve(options);
  } catch (const std::exception& error) {
    std::cerr << "mock_feeder: " << error.what() << "\n";
    return 1;
  }
  // The mock cluster goes with the process; taking it down in order would gain nothing.
  std::cout.flush();
  _exit(0);
}
