#include "service/config/checks_capture.h"

#include <algorithm>

#include "adapters/pattern/pattern.h"
#include "service/config/capture_rules.h"

namespace sluice::config {
namespace {

constexpr size_t kNameBytesMax = 63;    // of PostgreSQL's names
constexpr size_t kTopicBytesMax = 249;  // of Kafka's

constexpr std::string_view kSlotLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
constexpr std::string_view kTopicLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool MadeOf(const std::string& text, std::string_view letters, size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         text.find_first_not_of(letters) == std::string::npos;
}

using pattern::Pattern;

/// Nothing, or why the text is no regular expression over names of tables or columns.
std::string ExpressionFault(const std::string& text) {
  const auto expression = Pattern::Make(text, Pattern::Case::kIgnores);
  return expression ? "" : expression.error().ToString();
}

class CaptureChecker {
 public:
  explicit CaptureChecker(const LoadedConfig& loaded) : loaded_(loaded), config_(loaded.config) {}

  std::vector<Problem> Run() {
    CheckNames();
    CheckLists();
    CheckColumnRules();
    CheckKeys();
    CheckRouting();
    CheckSnapshot();
    CheckPairs();
    return std::move(problems_);
  }

 private:
  void Require(bool good, std::string_view path, std::string message) {
    if (!good) {
      problems_.push_back({loaded_.Find(path).origin.place, std::string(path), std::move(message)});
    }
  }

  [[nodiscard]] std::string Got(std::string_view path) const {
    return "got " + loaded_.Find(path).text;
  }

  void CheckNames() {
    Require(MadeOf(config_.slot_name, kSlotLetters, kNameBytesMax), "slot.name",
            Got("slot.name") + ", expected 1 to 63 of a-z, 0-9 and _");
    const bool publication =
        !config_.publication_name.empty() && config_.publication_name.size() <= kNameBytesMax;
    Require(publication, "publication.name",
            Got("publication.name") + ", expected a name of 1 to 63 bytes");
    for (const auto& [path, text] :
         {std::pair<std::string_view, const std::string&>{"topic.prefix", config_.topic_prefix},
          {"topic.heartbeat.prefix", config_.topic_heartbeat_prefix},
          {"topic.transaction", config_.topic_transaction},
          {"topic.delimiter", config_.topic_delimiter},
          {"capture.positions.topic", config_.capture_positions_topic}}) {
      Require(MadeOf(text, kTopicLetters, kTopicBytesMax), path,
              Got(path) + ", expected letters, digits, dots, underscores and hyphens");
    }
  }

  void CheckExpressions(std::string_view path, const std::vector<std::string>& expressions) {
    for (const std::string& text : expressions) {
      const std::string fault =
          text.empty() ? "an entry is empty; is there a comma too many?" : ExpressionFault(text);
      Require(fault.empty(), path, fault);
    }
  }

  void CheckPair(std::string_view include_path, const std::vector<std::string>& include,
                 std::string_view exclude_path, const std::vector<std::string>& exclude) {
    Require(include.empty() || exclude.empty(), exclude_path,
            std::string(include_path) + " is set too; only one of both may be");
    CheckExpressions(include_path, include);
    CheckExpressions(exclude_path, exclude);
  }

  void CheckLists() {
    CheckPair("schema.include.list", config_.schema_include_list, "schema.exclude.list",
              config_.schema_exclude_list);
    CheckPair("table.include.list", config_.table_include_list, "table.exclude.list",
              config_.table_exclude_list);
    CheckPair("column.include.list", config_.column_include_list, "column.exclude.list",
              config_.column_exclude_list);
    CheckExpressions("compat.debezium", config_.compat_debezium);
    const auto& skipped = config_.skipped_operations;
    const bool none = std::find(skipped.begin(), skipped.end(), "none") != skipped.end();
    Require(!none || skipped.size() == 1, "skipped.operations",
            Got("skipped.operations") + ", expected none alone or operations without it");
  }

  void CheckColumnRules() {
    const auto rules = ColumnRules(config_);
    if (!rules) return AddError(rules.error());
    for (const ColumnRule& rule : *rules) {
      const std::string_view path = PathOf(rule.kind);
      Require(!rule.columns.empty(), path, "got no columns, expected regular expressions");
      CheckExpressions(path, rule.columns);
    }
  }

  static std::string_view PathOf(ColumnRule::Kind kind) {
    switch (kind) {
      case ColumnRule::Kind::kMask: return "column.mask.with";
      case ColumnRule::Kind::kHash:
      case ColumnRule::Kind::kHashV2: return "column.mask.hash";
      case ColumnRule::Kind::kTruncate: return "column.truncate.to";
    }
    return "?";
  }

  // The sentence begins with a path below one of the map options, or with a plain option's.
  void AddError(const Error& error) {
    const std::string text = error.ToString();
    const std::string path = text.substr(0, text.find(": "));
    const Option* option = FindOption(path) != nullptr ? FindOption(path) : FindMapOf(path);
    const std::string place = option == nullptr ? "" : loaded_.Find(option->path).origin.place;
    problems_.push_back({place, path, text.substr(std::min(path.size() + 2, text.size()))});
  }

  void CheckKeys() {
    const auto keys = MessageKeys(config_);
    if (!keys) return AddError(keys.error());
    for (const MessageKey& key : *keys) CheckExpressions("message.key.columns", {key.table});
  }

  void CheckRouting() {
    const std::string& regex = config_.topic_routing_regex;
    const std::string& replacement = config_.topic_routing_replacement;
    Require(regex.empty() == replacement.empty(),
            regex.empty() ? "topic.routing.replacement" : "topic.routing.regex",
            "topic.routing.regex and topic.routing.replacement need each other");
    if (regex.empty()) return;
    const auto expression = Pattern::Make(regex, Pattern::Case::kMinds);
    if (!expression) {
      return Require(false, "topic.routing.regex", expression.error().ToString());
    }
    const Status good = expression->CheckReplacement(replacement);
    Require(good.ok(), "topic.routing.replacement",
            good ? "" : Got("topic.routing.replacement") + ": " + good.error().ToString());
  }

  void CheckSnapshot() {
    const auto conditions = SnapshotConditions(config_);
    if (!conditions) AddError(conditions.error());
    const std::string& signals = config_.signal_data_collection;
    const size_t dot = signals.find('.');
    const bool named = dot != std::string::npos && dot > 0 && dot + 1 < signals.size();
    Require(signals.empty() || named, "signal.data.collection",
            Got("signal.data.collection") + ", expected schema.table");
  }

  void CheckPairs() {
    Require(config_.heartbeat_action_query.empty() || config_.heartbeat_interval_us > 0,
            "heartbeat.action.query",
            "is run with each heartbeat, and there are none: set heartbeat.interval.ms too");
    Require(config_.database_sslcert.empty() == config_.database_sslkey.empty(),
            config_.database_sslkey.empty() ? "database.sslkey" : "database.sslcert",
            "database.sslcert and database.sslkey need each other");
    for (const auto& [path, count] :
         {std::pair<std::string_view, int64_t>{"topic.creation.default.partitions",
                                               config_.topic_creation_partitions},
          {"topic.creation.default.replication.factor",
           config_.topic_creation_replication_factor}}) {
      Require(count != 0, path, "got \"0\", expected -1 or at least 1");
    }
    Require(config_.producer_batch_size_bytes <= config_.producer_buffer_memory_bytes,
            "producer.batch.size",
            Got("producer.batch.size") + ", expected at most producer.buffer.memory (" +
                loaded_.Find("producer.buffer.memory").text + ")");
    Require(config_.producer_max_request_size_bytes <= config_.producer_buffer_memory_bytes,
            "producer.max.request.size",
            Got("producer.max.request.size") + ", expected at most producer.buffer.memory (" +
                loaded_.Find("producer.buffer.memory").text + ")");
  }

  const LoadedConfig& loaded_;
  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckCapture(const LoadedConfig& loaded) {
  return CaptureChecker(loaded).Run();
}

}  // namespace sluice::config
