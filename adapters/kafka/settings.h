#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/group.h"
#include "core/model/result.h"

namespace sluice::kafka {

class WrittenTopics;

/// librdkafka's own log lines; `level` as in syslog (3 error … 7 debug). Called from the thread
/// that polls, never with payloads.
using LogSink = std::function<void(int level, std::string_view facility, std::string_view text)>;

/// How to reach the brokers: what every client of this process shares.
struct Settings {
  std::string brokers;               ///< `bootstrap.servers`: "host:port", comma-separated.
  std::string client_id = "sluice";  ///< Shown in the brokers' logs and quotas.
  /// Further librdkafka properties, TLS and SASL among them. Those that the delivery contract owns
  /// are refused by CheckProperties().
  std::map<std::string, std::string> properties;
};

enum class AssignmentStrategy : uint8_t {
  kRange,              ///< Eager: all partitions are given up at each rebalance.
  kCooperativeSticky,  ///< Only what moves is given up.
};

/// What a member of the consumer group reads.
struct ConsumerSettings {
  std::string group_id;
  /// With one active member the group is entered by Join(), else at once. In kShared partitions are
  /// dealt out in turn, whatever `assignment` says.
  ConsumptionMode mode = ConsumptionMode::kKeyShared;
  /// Static membership: the service appends the worker's number. Empty: dynamic member.
  std::string group_instance_id;
  std::vector<std::string> topics;
  /// A regular expression over whole topic names, in addition to `topics`; empty: none. Topics
  /// created later are found at the next refresh.
  std::string topics_regex;
  int64_t topics_refresh_ms = 30'000;  ///< How long a new topic may stay unseen; 100 … 3,600,000.

  AssignmentStrategy assignment = AssignmentStrategy::kRange;
  int64_t session_timeout_ms = 45'000;
  int64_t heartbeat_interval_ms = 3'000;
  int64_t max_poll_interval_ms = 300'000;

  /// Fetched records that wait to be read. One fetch in flight may overshoot it.
  size_t queue_max_bytes = size_t{8} * 1024 * 1024;
  size_t fetch_max_bytes = size_t{1} * 1024 * 1024;       ///< Of one fetch, as compressed.
  size_t partition_fetch_max_bytes = size_t{256} * 1024;  ///< Of one partition in one fetch.

  /// How long a topic that was read must be unknown to the brokers before that is a halt and not
  /// stale metadata of a restarting broker.
  int64_t topic_gone_after_ms = 10'000;
};

/// The topic that takes what cannot be applied.
struct DeadLetterSettings {
  std::string topic = "sluice.dead-letters";
  int32_t create_partitions = 1;    ///< When the topic is missing and we may create it.
  bool include_error_text = false;  ///< The server's error text may hold values of documents.
  size_t error_text_max_bytes = 1'024;
  size_t queue_max_bytes = size_t{4} * 1024 * 1024;  ///< Not yet acknowledged.
  size_t queue_max_letters = 1'000;
  size_t letter_max_bytes = size_t{10} * 1024 * 1024;  ///< Larger ones are sent as references.
  int64_t message_timeout_ms = 30'000;
};

/// Writing change events.
struct PublisherSettings {
  int64_t linger_ms = 5;
  std::string compression = "lz4";  ///< none, gzip, snappy, lz4 or zstd.
  size_t batch_max_bytes = size_t{1} * 1024 * 1024;
  size_t queue_max_bytes = size_t{24} * 1024 * 1024;  ///< Not yet acknowledged.
  size_t queue_max_records = 50'000;
  size_t record_max_bytes = size_t{16} * 1024 * 1024;  ///< The broker has a limit of its own.
  int64_t message_timeout_ms = 30'000;  ///< Then a record counts as not written; 0: never.
  /// After one that was not written no later one is, by the producer's own doing; it fails for
  /// good then.
  bool gapless = false;
  int32_t create_partitions = -1;   ///< Of a topic that is missing; -1: the brokers' default.
  int16_t create_replication = -1;  ///< As above.
  /// What is written there, looked at every `look_every_us`; borrowed, null: nobody looks.
  WrittenTopics* written = nullptr;
  int64_t look_every_us = 60'000'000;
};

/// Reading single old records again.
struct ArchiveSettings {
  size_t capacity = 64;  ///< Requests open at once.
  size_t queue_max_bytes = size_t{1} * 1024 * 1024;
  int64_t report_hold_ms = 5'000;  ///< A request older than that is reported as held, repeatedly.
};

/// Why pass-through properties cannot be used: owned by the delivery contract, unknown to the
/// library, or with a value out of range. Empty: all are good. Needs no connection.
[[nodiscard]] std::vector<Error> CheckProperties(
    const std::map<std::string, std::string>& properties);

/// What is wrong with the settings of a member, all at once. Needs no connection.
[[nodiscard]] std::vector<Error> CheckConsumer(const Settings& settings,
                                               const ConsumerSettings& consumer);

/// The names that may not be passed through, with the reason, for documents.
struct OwnedProperty {
  std::string_view name;
  std::string_view reason;
};
[[nodiscard]] const std::vector<OwnedProperty>& OwnedProperties();

}  // namespace sluice::kafka
