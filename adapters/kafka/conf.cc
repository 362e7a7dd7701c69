#include "adapters/kafka/conf.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace sluice::kafka {
namespace {

using Properties = std::initializer_list<std::pair<const char*, std::string>>;

Result<Conf> Make(const Settings& settings, const Properties& own) {
  const std::vector<Error> refused = CheckProperties(settings.properties);
  if (!refused.empty()) return refused.front();
  Conf conf(rd_kafka_conf_new());
  // Where only brokers that are wanted are connected to, one that is wanted and away is connected
  // to without a pause (F81); this way reconnect.backoff.ms holds.
  if (Status status = SetProperty(*conf, "enable.sparse.connections", "false"); !status)
    return status.error();
  for (const auto& [name, value] : settings.properties) {
    if (Status status = SetProperty(*conf, name, value); !status) return status.error();
  }
  const Properties common = {
      {"bootstrap.servers", settings.brokers},
      {"client.id", settings.client_id},
      {"enable.metrics.push", "false"},
      {"log.queue", "true"},
      // Idle connections being closed by the broker is no news.
      {"log.connection.close", "false"},
  };
  for (const Properties& properties : {common, own}) {
    for (const auto& [name, value] : properties) {
      if (Status status = SetProperty(*conf, name, value); !status) return status.error();
    }
  }
  return conf;
}

/// Whatever reads reads each committed record once and says so when it cannot: a position is never
/// chosen or stored, nor a topic created, behind our back.
Result<Conf> MakeReading(const Settings& settings, const Properties& own) {
  Result<Conf> conf = Make(settings, own);
  if (!conf) return conf;
  const Properties reading = {
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "true"},
      {"check.crcs", "true"},
      {"isolation.level", "read_committed"},
      {"allow.auto.create.topics", "false"},
      // Queues are small on purpose: after one was full the next fetch must not be late.
      {"fetch.queue.backoff.ms", "10"},
  };
  for (const auto& [name, value] : reading) {
    if (Status status = SetProperty(**conf, name, value); !status) return status.error();
  }
  return conf;
}

/// librdkafka counts its queues in KiB, at least one.
std::string Kbytes(size_t bytes) {
  return std::to_string(std::max<size_t>(1, bytes / 1024));
}

const char* StrategyName(const ConsumerSettings& consumer) {
  // Members of another mode have no strategy in common with these: the group does not take them.
  if (consumer.mode == ConsumptionMode::kShared) return "roundrobin";
  switch (consumer.assignment) {
    case AssignmentStrategy::kRange: return "range";
    case AssignmentStrategy::kCooperativeSticky: return "cooperative-sticky";
  }
  return "range";
}

}  // namespace

Status SetProperty(rd_kafka_conf_t& conf, const std::string& name, const std::string& value) {
  std::array<char, 512> text{};
  switch (rd_kafka_conf_set(&conf, name.c_str(), value.c_str(), text.data(), text.size())) {
    case RD_KAFKA_CONF_OK: return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return Error{"kafka.properties: " + name + " is not known to librdkafka", "check its name"};
    case RD_KAFKA_CONF_INVALID: break;
  }
  // The library's text may repeat the value, which may be a secret: it stays out.
  return Error{"kafka.properties: librdkafka does not accept the value of " + name,
               "see its CONFIGURATION.md for the range"};
}

Result<Conf> MakeConsumerConf(const Settings& settings, const ConsumerSettings& consumer) {
  Result<Conf> conf = MakeReading(
      settings,
      {
          {"group.id", consumer.group_id},
          {"group.protocol", "classic"},
          {"partition.assignment.strategy", StrategyName(consumer)},
          {"session.timeout.ms", std::to_string(consumer.session_timeout_ms)},
          {"heartbeat.interval.ms", std::to_string(consumer.heartbeat_interval_ms)},
          {"max.poll.interval.ms", std::to_string(consumer.max_poll_interval_ms)},
          {"enable.auto.commit", "false"},
          {"topic.metadata.refresh.interval.ms", std::to_string(consumer.topics_refresh_ms)},
          // Each waiting record costs some 400 bytes beside its own, whatever its size.
          {"queued.min.messages", "20000"},
          {"queued.max.messages.kbytes", Kbytes(consumer.queue_max_bytes)},
          {"fetch.max.bytes", std::to_string(consumer.fetch_max_bytes)},
          // The library wants to hold a whole message of this size in one fetch.
          {"message.max.bytes",
           std::to_string(std::min<size_t>(consumer.fetch_max_bytes, 1000000))},
          {"fetch.message.max.bytes", std::to_string(consumer.partition_fetch_max_bytes)},
      });
  if (!conf) return conf;
  if (!consumer.group_instance_id.empty()) {
    if (Status status = SetProperty(**conf, "group.instance.id", consumer.group_instance_id);
        !status) {
      return status.error();
    }
  }
  return conf;
}

Result<Conf> MakeReaderConf(const Settings& settings, size_t queue_max_bytes) {
  return MakeReading(settings,
                     {
                         {"queued.min.messages", "1000"},
                         {"queued.max.messages.kbytes", Kbytes(queue_max_bytes)},
                         {"fetch.message.max.bytes", "262144"},
                         // What is asked for stands in the log already: to wait for more would
                         // only keep the next request behind the last one's open fetch.
                         {"fetch.wait.max.ms", "10"},
                     });
}

Result<Conf> MakeProducerConf(const Settings& settings, const DeadLetterSettings& letters) {
  return Make(settings,
              {
                  {"enable.idempotence", "true"},  // and with it acks=all
                  {"message.timeout.ms", std::to_string(letters.message_timeout_ms)},
                  {"message.max.bytes", std::to_string(letters.letter_max_bytes)},
                  {"queue.buffering.max.messages", std::to_string(letters.queue_max_letters)},
                  {"queue.buffering.max.kbytes",
                   Kbytes(std::max(letters.queue_max_bytes, 2 * letters.letter_max_bytes))},
                  // A broker refuses a batch as a whole for its size: one that is larger than this
                  // holds a single letter, so only that one is refused.
                  {"batch.size", "65536"},
                  {"partitioner", "murmur2_random"},
              });
}

Result<Conf> MakePublisherConf(const Settings& settings, const PublisherSettings& publisher) {
  Result<Conf> conf = Make(
      settings, {
                    {"enable.idempotence", "true"},  // and with it acks=all and order
                    // Else the brokers make a topic at the first question for it, as they like:
                    // before it is created as it is to be, and again when it was deleted.
                    {"allow.auto.create.topics", "false"},
                    {"message.timeout.ms", std::to_string(publisher.message_timeout_ms)},
                    {"linger.ms", std::to_string(publisher.linger_ms)},
                    {"compression.type", publisher.compression},
                    {"batch.size", std::to_string(publisher.batch_max_bytes)},
                    {"batch.num.messages", "100000"},
                    {"message.max.bytes", std::to_string(publisher.record_max_bytes)},
                    {"queue.buffering.max.messages", std::to_string(publisher.queue_max_records)},
                    {"queue.buffering.max.kbytes",
                     Kbytes(std::max(publisher.queue_max_bytes, 2 * publisher.record_max_bytes))},
                    // The Java client's partition for each key. Records without a key, of tables
                    // without one, stay in order in one partition.
                    {"partitioner", "murmur2"},
                });
  if (!conf || !publisher.gapless) return conf;
  // Not set to false either: the library warns of the property whatever its value.
  if (Status status = SetProperty(**conf, "enable.gapless.guarantee", "true"); !status)
    return status.error();
  return conf;
}

Result<Conf> MakeAdminConf(const Settings& settings) {
  return Make(settings, {});
}

Result<Client> MakeClient(rd_kafka_type_t type, Conf conf) {
  std::array<char, 512> text{};
  rd_kafka_t* client = rd_kafka_new(type, conf.get(), text.data(), text.size());
  if (client == nullptr) {
    return Error{"the Kafka client cannot be made: " + std::string(text.data()),
                 "check kafka.properties, certificates and key files"};
  }
  [[maybe_unused]] rd_kafka_conf_t* const taken_by_the_client = conf.release();
  // Log lines go with the events, so that they are told by the polling thread.
  rd_kafka_set_log_queue(client, nullptr);
  return Client(client);
}

}  // namespace sluice::kafka
