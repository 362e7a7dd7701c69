#include "service/config/checks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <regex>

#include "core/operations/index/divergence_desk.h"
#include "service/config/changelog_rules.h"
#include "service/config/checks_capture.h"
#include "service/config/checks_changelog.h"
#include "service/config/checks_consumption.h"
#include "service/config/checks_deliver.h"
#include "service/config/checks_outbox.h"
#include "service/config/values.h"

namespace sluice::config {
namespace {

// Code, libraries, sockets, metadata and the log: what an idle process was seen to use, rounded up.
constexpr int64_t kFixedBytes = int64_t{24} << 20;

// One connection that reads existing rows: what libpq holds of the socket, and the rows rendered.
constexpr int64_t kReaderBytes = int64_t{4} << 20;
// The stream of changes: what was read of the socket, one change, and its record.
constexpr int64_t kRelayBytes = int64_t{8} << 20;
// One sink of a change log: what was fetched, and the rows of a turn.
constexpr int64_t kSinkBytes = int64_t{12} << 20;

int64_t ChangelogBytes(const Config& config, Sides sides) {
  if (!Overlap(sides, Sides::kChangelog) || !WantsChangelog(config)) return 0;
  const bool topic = !config.changelog_topic.empty();
  const bool file = !config.changelog_file_directory.empty();
  return (topic ? config.producer_buffer_memory_bytes + kSinkBytes : 0) + (file ? kSinkBytes : 0);
}

// How topics of sluice's own are left out: the library's expressions have no way to exclude.
constexpr const char* kOfTables =
    ". Let kafka.topics.regex begin with the prefix of the tables' topics, as in cdc\\..*";

// Records on their way to parked topics, twice: with us and with the library.
constexpr int64_t kParkingBytes = int64_t{16} << 20;

class Checker {
 public:
  Checker(const LoadedConfig& loaded, int64_t memory_bytes)
      : loaded_(loaded), config_(loaded.config), memory_bytes_(memory_bytes) {}

  std::vector<Problem> Run() {
    CheckBrokers();
    if (Runs(Sides::kReaders)) CheckSession();
    if (Runs(Sides::kIndex)) {
      CheckGroup();
      CheckDocuments();
      for (Problem& problem : CheckConsumption(loaded_)) problems_.push_back(std::move(problem));
      CheckSearch();
    }
    CheckBackoff();
    CheckMemory();
    CheckHttp();
    if (Runs(Sides::kCapture)) {
      for (Problem& problem : CheckCapture(loaded_)) problems_.push_back(std::move(problem));
      for (Problem& problem : CheckOutbox(loaded_)) problems_.push_back(std::move(problem));
    }
    for (Problem& problem : CheckChangelog(loaded_)) problems_.push_back(std::move(problem));
    if (Runs(Sides::kDeliver)) {
      for (Problem& problem : CheckDeliver(loaded_)) problems_.push_back(std::move(problem));
    }
    if (Runs(Sides::kIndex) && Runs(Sides::kCapture)) CheckAgreement();
    return std::move(problems_);
  }

 private:
  void Require(bool good, std::string_view path, std::string message) {
    if (!good) {
      problems_.push_back({loaded_.Find(path).origin.place, std::string(path), std::move(message)});
    }
  }

  [[nodiscard]] std::string Shown(std::string_view path) const {
    return std::string(path) + " (" + loaded_.Find(path).text + ")";
  }

  [[nodiscard]] bool Runs(Sides side) const { return Overlap(side, loaded_.sides); }

  void CheckBrokers() {
    for (const std::string& broker : config_.kafka_brokers) {
      const size_t colon = broker.rfind(':');
      const auto port = colon == std::string::npos
                            ? std::nullopt
                            : ParseInteger(std::string_view(broker).substr(colon + 1));
      Require(colon != 0 && port && *port > 0 && *port < 65'536, "kafka.brokers",
              "got \"" + broker + "\", expected host:port");
    }
  }

  void CheckGroup() {
    Require(!config_.kafka_topics.empty() || !config_.kafka_topics_regex.empty(), "kafka.topics",
            "required: name topics here or by kafka.topics.regex");
    Require(config_.pipeline_revoke_timeout_us < config_.kafka_max_poll_interval_us,
            "pipeline.revoke.timeout",
            "got " + loaded_.Find("pipeline.revoke.timeout").text + ", expected less than " +
                Shown("kafka.max.poll.interval"));
    Require(!config_.dead_letters_topic.empty(), "dead_letters.topic",
            "got nothing, expected the name of a topic");
    Require(!IsRead(config_.dead_letters_topic), "dead_letters.topic",
            "got " + config_.dead_letters_topic +
                ", which kafka.topics or kafka.topics.regex names too: each dead letter would be "
                "read and refused again; expected a topic that is not read" +
                kOfTables);
    Require(!IsRead(config_.capture_positions_topic),
            IsNamed(config_.capture_positions_topic) ? "kafka.topics" : "kafka.topics.regex",
            "names " + Shown("capture.positions.topic") +
                " too, where the source keeps its position: its records are no changes; expected "
                "topics of tables only" +
                kOfTables);
    Require(!config_.kafka_group_id.empty(), "kafka.group.id",
            "got nothing, expected the name of the consumer group");
  }

  void CheckSession() {
    Require(3 * config_.kafka_heartbeat_interval_us <= config_.kafka_session_timeout_us,
            "kafka.heartbeat.interval",
            "got " + loaded_.Find("kafka.heartbeat.interval").text +
                ", expected at most a third of " + Shown("kafka.session.timeout"));
    Require(config_.kafka_max_poll_interval_us >= config_.kafka_session_timeout_us,
            "kafka.max.poll.interval",
            "got " + loaded_.Find("kafka.max.poll.interval").text + ", expected at least " +
                Shown("kafka.session.timeout"));
  }

  void CheckDocuments() {
    try {
      static_cast<void>(std::regex(config_.documents_topics_regex, std::regex::extended));
    } catch (const std::regex_error& error) {
      Require(false, "event.documents.topics.regex",
              "got \"" + config_.documents_topics_regex +
                  "\", expected a POSIX extended regular expression: " + error.what());
    }
  }

  [[nodiscard]] bool IsNamed(const std::string& topic) const {
    return std::find(config_.kafka_topics.begin(), config_.kafka_topics.end(), topic) !=
           config_.kafka_topics.end();
  }

  [[nodiscard]] bool IsRead(const std::string& topic) const {
    if (IsNamed(topic)) return true;
    if (config_.kafka_topics_regex.empty()) return false;
    try {
      // As the consumer's library reads it, over the whole name.
      return std::regex_match(topic, std::regex(config_.kafka_topics_regex, std::regex::extended));
    } catch (const std::regex_error&) {
      return false;  // refused where the consumer's settings are checked
    }
  }

  void CheckSearch() {
    for (const std::string& url : config_.elasticsearch_urls) {
      const bool web = url.starts_with("http://") || url.starts_with("https://");
      Require(web, "elasticsearch.urls",
              "got \"" + url + "\", expected http://host:port or https://host:port");
      // The text itself is not printed: it holds a password.
      Require(!web || url.find('@') == std::string::npos, "elasticsearch.urls",
              "a URL holds credentials; use elasticsearch.username and elasticsearch.password");
    }
    const bool user = !config_.elasticsearch_username.empty();
    Require(!user || config_.elasticsearch_api_key.empty(), "elasticsearch.api_key",
            "excludes elasticsearch.username; remove one of them");
    Require(user == !config_.elasticsearch_password.empty(),
            user ? "elasticsearch.password" : "elasticsearch.username",
            "elasticsearch.username and elasticsearch.password need each other");
    Require(
        config_.elasticsearch_certificate_file.empty() == config_.elasticsearch_key_file.empty(),
        config_.elasticsearch_key_file.empty() ? "elasticsearch.key_file"
                                               : "elasticsearch.certificate_file",
        "elasticsearch.certificate_file and elasticsearch.key_file need each other");
    Require(config_.elasticsearch_bulk_timeout_us < config_.elasticsearch_request_timeout_us,
            "elasticsearch.bulk.timeout",
            "got " + loaded_.Find("elasticsearch.bulk.timeout").text + ", expected less than " +
                Shown("elasticsearch.request.timeout"));
  }

  void CheckBackoff() {
    Require(config_.backoff_first_us <= config_.backoff_max_us, "retry.backoff.first",
            "got " + loaded_.Find("retry.backoff.first").text + ", expected at most " +
                Shown("retry.backoff.max"));
  }

  void CheckMemory() {
    const bool given = config_.memory_limit_bytes != 0;
    const int64_t limit = given ? config_.memory_limit_bytes : memory_bytes_;
    const int64_t sum = MemorySum(config_, loaded_.sides);
    const int64_t mib = 1 << 20;
    std::string parts;
    if (Runs(Sides::kIndex)) {
      parts +=
          "pipeline.workers x (kafka.queue.max.bytes + kafka.fetch.max.bytes + "
          "pipeline.queue.max.bytes + dead_letters.queue.max.bytes + divergent.max.ids x " +
          FormatBytes(DivergenceDesk::kBytesEach) + ") + ";
    }
    if (Runs(Sides::kDeliver)) {
      parts +=
          "kafka.queue.max.bytes + kafka.fetch.max.bytes + dead_letters.queue.max.bytes + "
          "destinations x deliver.window.bytes + " +
          FormatBytes(kParkingBytes) + " for parking + ";
    }
    if (Runs(Sides::kCapture)) {
      parts += "producer.buffer.memory + snapshot.max.threads x " + FormatBytes(kReaderBytes) +
               " + " + FormatBytes(kRelayBytes) + " for the stream + ";
    }
    if (ChangelogBytes(config_, loaded_.sides) > 0) {
      parts += "producer.buffer.memory where there is changelog.topic + " +
               FormatBytes(kSinkBytes) + " for each sink of the change log + ";
    }
    Require(limit == 0 || sum <= limit, "memory.limit",
            (given ? "got " + FormatBytes(limit)
                   : "this container or machine has " + std::to_string(limit / mib) + "MiB") +
                ", expected at least " + std::to_string((sum + mib - 1) / mib) + "MiB: " + parts +
                FormatBytes(kFixedBytes) + " for the rest; lower one of these or raise the limit");
  }

  void CheckHttp() {
    in6_addr address{};
    const char* text = config_.http_address.c_str();
    const bool good =
        inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
    Require(good, "http.address",
            "got \"" + config_.http_address +
                "\", expected an IP address such as 127.0.0.1, or "
                "0.0.0.0 for all interfaces");
  }

  // All parts in one process: what one writes the other must understand.
  void CheckAgreement() {
    Require(config_.unavailable_placeholder == config_.unavailable_value_placeholder,
            "event.unavailable.value.placeholder",
            "got " + loaded_.Find("event.unavailable.value.placeholder").text +
                ", expected the same as " + Shown("unavailable.value.placeholder"));
  }

  const LoadedConfig& loaded_;
  const Config& config_;
  const int64_t memory_bytes_;
  std::vector<Problem> problems_;
};

}  // namespace

int64_t MemorySum(const Config& config, Sides sides) {
  int64_t sum = kFixedBytes + ChangelogBytes(config, sides);
  if (Overlap(sides, Sides::kIndex)) {
    sum += config.workers * (config.kafka_queue_max_bytes + config.kafka_fetch_max_bytes +
                             config.pipeline_queue_max_bytes + config.dead_letters_queue_max_bytes +
                             config.divergent_max_ids * int64_t{DivergenceDesk::kBytesEach});
  }
  if (Overlap(sides, Sides::kCapture)) {
    sum += config.producer_buffer_memory_bytes + config.snapshot_max_threads * kReaderBytes +
           kRelayBytes;
  }
  if (Overlap(sides, Sides::kDeliver)) {
    sum += config.kafka_queue_max_bytes + config.kafka_fetch_max_bytes +
           config.dead_letters_queue_max_bytes + kParkingBytes +
           static_cast<int64_t>(config.deliver_destinations.size()) * config.deliver_window_bytes;
  }
  return sum;
}

std::vector<Problem> CheckTogether(const LoadedConfig& loaded, int64_t memory_bytes) {
  return Checker(loaded, memory_bytes).Run();
}

}  // namespace sluice::config
