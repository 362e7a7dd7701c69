#include "service/config/checks_changelog.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <utility>

#include "service/config/changelog_rules.h"

namespace sluice::config {
namespace {

/// Whether topics that are named, or matched as a whole, are to be read; none: no good expression.
std::optional<bool> Names(const std::vector<std::string>& topics, const std::string& expression,
                          const std::string& topic) {
  if (std::find(topics.begin(), topics.end(), topic) != topics.end()) return true;
  if (expression.empty()) return false;
  try {
    return std::regex_match(topic, std::regex(expression, std::regex::extended));
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

bool IsName(const std::string& text, size_t most) {
  return !text.empty() && text.size() <= most && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

class ChangelogChecker {
 public:
  explicit ChangelogChecker(const LoadedConfig& loaded) : loaded_(loaded), config_(loaded.config) {}

  std::vector<Problem> Run() {
    if (!WantsChangelog(config_)) {
      const bool meant = loaded_.sides == Sides::kChangelog || !config_.changelog_columns.empty() ||
                         !config_.changelog_topic.empty() ||
                         !config_.changelog_file_directory.empty();
      Require(!meant, "changelog.fields",
              "required for a change log; for example [holding_stock, holding_quantity]");
      return std::move(problems_);
    }
    CheckRead();
    CheckRows();
    CheckSinks();
    if (Overlap(loaded_.sides, Sides::kIndex)) CheckIndexed();
    return std::move(problems_);
  }

 private:
  void Require(bool good, std::string_view path, std::string message) {
    if (!good) {
      problems_.push_back({loaded_.Find(path).origin.place, std::string(path), std::move(message)});
    }
  }

  [[nodiscard]] std::optional<bool> IsRead(const std::string& topic) const {
    return Names(config_.changelog_topics, config_.changelog_topics_regex, topic);
  }

  void CheckRead() {
    Require(IsName(config_.changelog_name, 100), "changelog.name",
            "got \"" + config_.changelog_name +
                "\", expected up to 100 letters, digits, dots, underscores and hyphens");
    Require(!config_.changelog_topics.empty() || !config_.changelog_topics_regex.empty(),
            "changelog.topics", "required: name topics here or by changelog.topics.regex");
    Require(IsRead("").has_value(), "changelog.topics.regex",
            "got \"" + config_.changelog_topics_regex +
                "\", expected a POSIX extended regular expression");
  }

  void CheckRows() {
    std::set<std::string> seen;
    for (const std::string& field : config_.changelog_fields) {
      Require(!field.empty(), "changelog.fields", "an entry is empty; is there a comma too many?");
      Require(seen.insert(field).second, "changelog.fields", field + " is there twice");
    }
    const auto spec = ChangelogSpecOf(config_);
    if (!spec) return Require(false, "changelog.columns", spec.error().ToString());
    Require(
        !spec->columns.empty(), "changelog.columns",
        "required: what a row holds, such as ['id:column', 'field:field', 'old:old', 'new:new']");
    seen.clear();
    for (const RowColumn& column : spec->columns)
      Require(seen.insert(column.name).second, "changelog.columns",
              "the name " + column.name + " is there twice");
  }

  void CheckSinks() {
    const std::string& topic = config_.changelog_topic;
    Require(!topic.empty() || !config_.changelog_file_directory.empty(), "changelog.topic",
            "required: name a topic here, a folder by changelog.file.directory, or both");
    if (topic.empty()) return;
    Require(
        IsName(topic, 249), "changelog.topic",
        "got \"" + topic + "\", expected up to 249 letters, digits, dots, underscores and hyphens");
    Require(IsName(config_.changelog_positions_topic, 249), "changelog.positions.topic",
            "got \"" + config_.changelog_positions_topic + "\", expected the name of a topic");
    Require(IsRead(topic) != true, "changelog.topic",
            "got " + topic +
                ", which changelog.topics or changelog.topics.regex names too: each row would be "
                "read as a change and refused; expected a topic that is not read");
    Require(topic != config_.changelog_positions_topic && topic != config_.dead_letters_topic,
            "changelog.topic", "got " + topic + ", expected a topic of its own");
  }

  /// What one part writes the other must understand.
  void CheckIndexed() {
    const std::string& topic = config_.changelog_topic;
    if (topic.empty() || Names(config_.kafka_topics, config_.kafka_topics_regex, topic) != true)
      return;
    const bool documents = Names({}, config_.documents_topics_regex, topic) != false;
    Require(
        documents, "event.documents.topics.regex",
        "does not match " + topic +
            " (changelog.topic), which kafka.topics names: its rows are documents and no change "
            "events");
    Require(!documents || config_.documents_id == "key", "event.documents.id",
            "got " + config_.documents_id + ", expected key for the rows of " + topic +
                " (changelog.topic): their key is their id");
  }

  const LoadedConfig& loaded_;
  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckChangelog(const LoadedConfig& loaded) {
  return ChangelogChecker(loaded).Run();
}

}  // namespace sluice::config
