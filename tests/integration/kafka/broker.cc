#include "tests/integration/kafka/broker.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/produce.h"
#include "adapters/kafka/topic_reader.h"

namespace sluice::testing {
namespace {

constexpr int kVisibleSeconds = 20;

}  // namespace

Broker& Broker::Get() {
  static Broker broker;
  return broker;
}

Broker::Broker() {
  const char* address = std::getenv("SLUICE_TEST_KAFKA");
  if (address == nullptr || *address == '\0') {
    throw std::runtime_error(
        "SLUICE_TEST_KAFKA is not set: start a broker with `scripts/stack up kafka` and set it to "
        "host:port");
  }
  address_ = address;
  run_ = clock_.WallMs();
  Result<kafka::Admin> admin = kafka::Admin::Open(settings(), std::chrono::seconds(15));
  if (!admin) throw std::runtime_error(admin.error().ToString());
  admin_ = std::make_unique<kafka::Admin>(std::move(*admin));
  Result<kafka::Conf> conf = kafka::MakeAdminConf(settings());
  if (!conf) throw std::runtime_error(conf.error().ToString());
  rd_kafka_conf_set(conf->get(), "linger.ms", "1", nullptr, 0);
  // Without it a batch that is tried again lands behind its successors, and with it acks=all.
  rd_kafka_conf_set(conf->get(), "enable.idempotence", "true", nullptr, 0);
  Result<kafka::Client> client = kafka::MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) throw std::runtime_error(client.error().ToString());
  producer_ = std::move(*client);
}

kafka::Settings Broker::settings() const {
  kafka::Settings settings;
  settings.brokers = address_;
  settings.client_id = "sluice-test";
  return settings;
}

std::string Broker::Unique(const std::string& stem) {
  return "test." + std::to_string(run_) + "." + std::to_string(getpid()) + "." +
         std::to_string(++unique_) + "." + stem;
}

std::string Broker::NewTopic(const std::string& stem, int32_t partitions,
                             const std::map<std::string, std::string>& config) {
  const std::string topic = Unique(stem);
  const Status status = admin().CreateTopic(topic, partitions, config);
  if (!status) throw std::runtime_error(status.error().ToString());
  // The broker answers before its own view of the topics has the new one.
  const bool seen = Until([&] { return admin().Offsets(topic).ok(); }, [] {}, kVisibleSeconds);
  if (!seen) throw std::runtime_error(topic + " was created and cannot be seen");
  return topic;
}

int64_t Broker::Produce(const std::string& topic, const std::vector<TestRecord>& records) {
  for (const TestRecord& record : records) {
    const std::vector<HeaderView> headers = kafka::ViewsOf(record.headers);
    kafka::OutgoingRecord outgoing;
    outgoing.topic = topic.c_str();
    outgoing.partition = record.partition;
    outgoing.key = record.key;
    outgoing.value = record.value;
    outgoing.headers = headers;
    const rd_kafka_resp_err_t code = kafka::Produce(producer_.get(), outgoing);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
  }
  if (rd_kafka_flush(producer_.get(), 20'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("the test's records did not reach the broker");
  }
  int64_t low = 0;
  int64_t high = 0;
  rd_kafka_query_watermark_offsets(producer_.get(), topic.c_str(), records.back().partition, &low,
                                   &high, 10'000);
  return high - 1;
}

std::vector<OwnedRecord> Broker::ReadAll(const std::string& topic) const {
  std::vector<OwnedRecord> records;
  Result<kafka::TopicReader> reader = kafka::TopicReader::Open(settings());
  EXPECT_TRUE(reader);
  if (!reader) return records;
  kafka::ReadRequest request;
  request.topic = topic;
  request.stop_at_end = true;
  Status status;
  const auto read = [&] {
    records.clear();
    status = reader->Read(
        request,
        [&](const OwnedRecord& record) {
          records.push_back(record);
          return true;
        },
        [] { return true; });
    return status.ok();
  };
  // One that was created a moment ago may not be seen yet.
  EXPECT_TRUE(Until(read, [] {}, kVisibleSeconds)) << status.error().ToString();
  return records;
}

int64_t Broker::ProduceNumbers(const std::string& topic, int32_t partition, int from, int count) {
  std::vector<TestRecord> records;
  for (int i = from; i < from + count; ++i) {
    records.push_back({std::to_string(i), std::to_string(i), {}, partition});
  }
  return Produce(topic, records);
}

bool Until(const std::function<bool()>& done, const std::function<void()>& step, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    step();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

Member::Member(const kafka::ConsumerSettings& settings, const kafka::Settings& broker) {
  kafka::LogSink log;
  if (std::getenv("SLUICE_TEST_KAFKA_LOG") != nullptr) {
    log = [](int level, std::string_view facility, std::string_view text) {
      fprintf(stderr, "%d %.*s %.*s\n", level, static_cast<int>(facility.size()), facility.data(),
              static_cast<int>(text.size()), text.data());
    };
  }
  auto opened = kafka::GroupConsumer::Open(broker, settings, Broker::Get().clock(), log);
  if (!opened) throw std::runtime_error(opened.error().ToString());
  source = std::move(*opened);
}

void Member::Turn() {
  buffer_.resize(batch);
  const size_t count = source->Poll(consume ? std::span<Record>(buffer_) : std::span<Record>());
  for (size_t i = 0; i < count; ++i) {
    const Record& record = buffer_[i];
    read[source->Name(record.partition)].emplace_back(
        record.offset.value, record.value ? std::string(*record.value) : "<null>");
    last_epoch = record.leader_epoch;
  }
  source->Release();
  SourceEvent event;
  while (source->NextEvent(event)) {
    if (event.kind == SourceEvent::Kind::kAssigned) {
      for (const AssignedPartition& partition : event.assigned) owned[partition.name] = partition;
      if (start) source->StartReading();
    } else if (event.kind == SourceEvent::Kind::kRevoking ||
               event.kind == SourceEvent::Kind::kLost) {
      for (const PartitionSlot slot : event.slots) owned.erase(source->Name(slot));
      if (give_up) source->CompleteRevoke();
    } else if (event.kind == SourceEvent::Kind::kEndOfPartition) {
      ends[source->Name(event.slots[0])] = event.offset.value;
    }
    events.push_back(event);
  }
}

SourceEvent Member::CommitAndWait(const TopicPartition& stream, CommitPosition position) {
  const size_t before = events.size();
  const RecordSource::Position one{SlotOf(stream), position, "left by the last owner"};
  source->Commit(std::span(&one, 1));
  SourceEvent answer;
  const auto answered = [&] {
    for (size_t i = before; i < events.size(); ++i) {
      if (events[i].kind != SourceEvent::Kind::kCommitted &&
          events[i].kind != SourceEvent::Kind::kCommitFailed) {
        continue;
      }
      answer = events[i];
      return true;
    }
    return false;
  };
  if (!TurnUntil(answered)) throw std::runtime_error("a commit was not answered");
  return answer;
}

PartitionSlot Member::SlotOf(const TopicPartition& stream) const {
  for (const SourceEvent& event : events) {
    for (const AssignedPartition& partition : event.assigned) {
      if (partition.name == stream) return partition.slot;
    }
  }
  throw std::runtime_error("the partition was never assigned");
}

size_t Member::Count(SourceEvent::Kind kind) const {
  size_t count = 0;
  for (const SourceEvent& event : events) count += event.kind == kind ? 1 : 0;
  return count;
}

const SourceEvent* Member::Last(SourceEvent::Kind kind) const {
  for (auto it = events.rbegin(); it != events.rend(); ++it) {
    if (it->kind == kind) return &*it;
  }
  return nullptr;
}

kafka::ConsumerSettings QuickSettings(const std::string& group, const std::string& topic) {
  kafka::ConsumerSettings settings;
  settings.group_id = group;
  if (!topic.empty()) settings.topics = {topic};
  settings.topics_refresh_ms = 500;
  settings.session_timeout_ms = 6'000;
  settings.heartbeat_interval_ms = 300;
  settings.max_poll_interval_ms = 60'000;
  settings.topic_gone_after_ms = 2'000;
  return settings;
}

}  // namespace sluice::testing
