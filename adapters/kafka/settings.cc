#include "adapters/kafka/settings.h"

#include <algorithm>
#include <array>
#include <regex>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/handles.h"

namespace sluice::kafka {
namespace {

constexpr std::string_view kCommits =
    "offsets are committed only after their documents are written";
constexpr std::string_view kStart =
    "where reading starts is decided from the committed offsets; an offset that is gone must halt";
constexpr std::string_view kEnd = "the end of a partition must be known, so that lag reaches zero";
constexpr std::string_view kIntact = "only intact, committed records may reach the index";
constexpr std::string_view kQueues = "memory is bounded by kafka.queue.max.bytes and its like";
constexpr std::string_view kGroup = "partitions are handed over by the classic group protocol";
constexpr std::string_view kNamed = "it has an option of its own under kafka";
constexpr std::string_view kSafe = "a dead letter counts only when every replica has it";
constexpr std::string_view kPrivate = "nothing about this process is pushed to the brokers";
constexpr std::string_view kInside = "it is a hook inside the program, not a setting";

}  // namespace

const std::vector<OwnedProperty>& OwnedProperties() {
  static const std::vector<OwnedProperty> owned = {
      {"enable.auto.commit", kCommits},
      {"auto.commit.enable", kCommits},
      {"auto.commit.interval.ms", kCommits},
      {"enable.auto.offset.store", kCommits},
      {"offset.store.method", kCommits},
      {"offset.store.path", kCommits},
      {"offset.store.sync.interval.ms", kCommits},
      {"auto.offset.reset", kStart},
      {"enable.partition.eof", kEnd},
      {"check.crcs", kIntact},
      {"isolation.level", kIntact},
      {"queued.min.messages", kQueues},
      {"queued.max.messages.kbytes", kQueues},
      {"fetch.queue.backoff.ms", kQueues},
      {"fetch.max.bytes", kQueues},
      {"fetch.message.max.bytes", kQueues},
      {"max.partition.fetch.bytes", kQueues},
      {"queue.buffering.max.messages", kQueues},
      {"queue.buffering.max.kbytes", kQueues},
      {"queue.buffering.backpressure.threshold", kQueues},
      {"consume.callback.max.messages", kQueues},
      {"group.protocol", kGroup},
      {"group.protocol.type", kGroup},
      {"group.remote.assignor", kGroup},
      {"partition.assignment.strategy", kNamed},
      {"bootstrap.servers", kNamed},
      {"metadata.broker.list", kNamed},
      {"client.id", kNamed},
      {"group.id", kNamed},
      {"group.instance.id", kNamed},
      {"session.timeout.ms", kNamed},
      {"heartbeat.interval.ms", kNamed},
      {"max.poll.interval.ms", kNamed},
      {"topic.metadata.refresh.interval.ms", kNamed},
      {"acks", kSafe},
      {"request.required.acks", kSafe},
      {"enable.idempotence", kSafe},
      {"enable.gapless.guarantee", kSafe},
      {"transactional.id", kSafe},
      {"transaction.timeout.ms", kSafe},
      {"message.timeout.ms", kSafe},
      {"delivery.timeout.ms", kSafe},
      {"message.max.bytes", kQueues},
      {"batch.size", kSafe},
      {"partitioner", kSafe},
      {"allow.auto.create.topics", "reading must not create topics"},
      {"enable.metrics.push", kPrivate},
      {"statistics.interval.ms", "the service has metrics of its own"},
      {"log.queue", kInside},
      {"enabled_events", kInside},
      {"error_cb", kInside},
      {"throttle_cb", kInside},
      {"stats_cb", kInside},
      {"log_cb", kInside},
      {"rebalance_cb", kInside},
      {"offset_commit_cb", kInside},
      {"consume_cb", kInside},
      {"dr_cb", kInside},
      {"dr_msg_cb", kInside},
      {"background_event_cb", kInside},
      {"socket_cb", kInside},
      {"connect_cb", kInside},
      {"closesocket_cb", kInside},
      {"open_cb", kInside},
      {"resolve_cb", kInside},
      {"opaque", kInside},
      {"default_topic_conf", kInside},
      {"oauthbearer_token_refresh_cb", kInside},
      {"ssl.certificate.verify_cb", kInside},
      {"interceptors", kInside},
      {"plugin.library.paths", "foreign code is not loaded into this process"},
      {"test.mock.num.brokers", "it replaces the brokers by a simulation"},
  };
  return owned;
}

std::vector<Error> CheckProperties(const std::map<std::string, std::string>& properties) {
  std::vector<Error> errors;
  const Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    const auto& owned = OwnedProperties();
    const auto it =
        std::find_if(owned.begin(), owned.end(),
                     [&wanted = name](const auto& property) { return property.name == wanted; });
    if (it != owned.end()) {
      errors.push_back({name + " cannot be passed through: " + std::string(it->reason),
                        "remove it from kafka.properties"});
      continue;
    }
    const Status status = SetProperty(*conf, name, value);
    if (!status) errors.push_back(status.error());
  }
  return errors;
}

std::vector<Error> CheckConsumer(const Settings& settings, const ConsumerSettings& consumer) {
  std::vector<Error> errors = CheckProperties(settings.properties);
  const auto require = [&errors](bool good, const char* what, const char* cure) {
    if (!good) errors.push_back({what, cure});
  };
  require(!settings.brokers.empty(), "no Kafka broker is named", "set kafka.brokers");
  require(!consumer.group_id.empty(), "the consumer group has no name", "set kafka.group.id");
  require(!consumer.topics.empty() || !consumer.topics_regex.empty(), "no topic is named",
          "set kafka.topics or kafka.topics.regex");
  for (const std::string& topic : consumer.topics) {
    // librdkafka takes a leading ^ for a regular expression, and an empty name for an error.
    require(!topic.empty() && topic.front() != '^', "a topic name is empty or begins with ^",
            "put expressions into kafka.topics.regex");
  }
  if (!consumer.topics_regex.empty()) {
    try {
      static_cast<void>(std::regex(consumer.topics_regex, std::regex::extended));
    } catch (const std::regex_error& error) {
      errors.push_back({"kafka.topics.regex is no regular expression: " + std::string(error.what()),
                        "write a POSIX extended expression"});
    }
  }
  require(consumer.session_timeout_ms >= 3 * consumer.heartbeat_interval_ms,
          "the session timeout must be at least three heartbeat intervals",
          "raise kafka.session.timeout or lower kafka.heartbeat.interval");
  require(consumer.max_poll_interval_ms >= consumer.session_timeout_ms,
          "the poll interval must not be shorter than the session timeout",
          "raise kafka.max.poll.interval");
  return errors;
}

}  // namespace sluice::kafka
