#include "service/config/checks_consumption.h"

#include <regex>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::config {
namespace {

constexpr std::string_view kMode = "kafka.consumption.mode";

class ConsumptionChecker {
 public:
  explicit ConsumptionChecker(const LoadedConfig& loaded)
      : loaded_(loaded), config_(loaded.config) {}

  std::vector<Problem> Run() {
    const std::string& mode = config_.kafka_consumption_mode;
    if (mode == "exclusive" || mode == "failover") CheckSole(mode);
    if (mode == "shared") CheckShared();
    return std::move(problems_);
  }

 private:
  void Require(bool good, std::string_view path, std::string message) {
    if (!good) {
      problems_.push_back({loaded_.Find(path).origin.place, std::string(path), std::move(message)});
    }
  }

  void CheckSole(const std::string& mode) {
    const std::string with = " with " + std::string(kMode) + ": " + mode;
    Require(config_.workers == 1, "pipeline.workers",
            "got " + loaded_.Find("pipeline.workers").text + ", expected 1" + with +
                ": each worker is a member, and one member has all partitions");
    Require(config_.kafka_group_instance_id.empty(), "kafka.group.instance.id",
            "got \"" + config_.kafka_group_instance_id + "\", expected nothing" + with +
                ": a static member stays in its group when it is stopped, and no other could "
                "follow before kafka.session.timeout is over");
  }

  /// Only where no two records are of one document, so that their order says nothing.
  void CheckShared() {
    constexpr std::string_view kWhy =
        "shared loses the order of a key's records, so that an older one could overwrite a newer";
    Require(config_.documents_id == "position", "event.documents.id",
            "got " + config_.documents_id + ", expected position with " + std::string(kMode) +
                ": shared: " + std::string(kWhy) + "; or use key_shared");
    for (const std::string& topic : config_.kafka_topics) {
      Require(HoldsDocuments(topic), kMode,
              "got shared, but topic " + topic +
                  " is not among those of event.documents.topics.regex: " + std::string(kWhy) +
                  "; name it there, or use key_shared");
    }
    const std::string& topics = config_.kafka_topics_regex;
    Require(topics.empty() || topics == config_.documents_topics_regex, kMode,
            "got shared, but kafka.topics.regex is not the same expression as "
            "event.documents.topics.regex, so that topics of change events could be read: " +
                std::string(kWhy) + "; give both the same expression, or use key_shared");
    Require(config_.kafka_assignment_strategy == "range", "kafka.partition.assignment.strategy",
            "got " + config_.kafka_assignment_strategy + ", expected nothing with " +
                std::string(kMode) + ": shared, which deals partitions out in turn");
  }

  [[nodiscard]] bool HoldsDocuments(const std::string& topic) const {
    try {
      return std::regex_match(topic,
                              std::regex(config_.documents_topics_regex, std::regex::extended));
    } catch (const std::regex_error&) {
      return true;  // that it is no expression is told where documents are checked
    }
  }

  const LoadedConfig& loaded_;
  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckConsumption(const LoadedConfig& loaded) {
  return ConsumptionChecker(loaded).Run();
}

}  // namespace sluice::config
