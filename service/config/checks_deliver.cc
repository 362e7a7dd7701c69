#include "service/config/checks_deliver.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace sluice::config {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kTopicBytesMax = 249;

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

class DeliverChecker {
 public:
  explicit DeliverChecker(const LoadedConfig& loaded) : loaded_(loaded), config_(loaded.config) {}

  std::vector<Problem> Run() {
    for (const auto& [name, url] : config_.deliver_destinations) CheckDestination(name, url);
    for (const auto& [name, secret] : config_.deliver_secrets) {
      Require(IsDestination(name), "deliver.secrets",
              "there is no destination " + name + " in deliver.destinations");
    }
    Require(config_.deliver_breaker_pause_us <= config_.deliver_breaker_pause_max_us,
            "deliver.breaker.pause",
            "got " + loaded_.Find("deliver.breaker.pause").text +
                ", expected at most deliver.breaker.pause.max (" +
                loaded_.Find("deliver.breaker.pause.max").text + ")");
    Require(!config_.deliver_group_id.empty(), "deliver.group.id",
            "got nothing, expected the name of the consumer group");
    Require(!config_.deliver_destination_field.empty(), "deliver.destination.field",
            "got \"\", expected the name of a field");
    CheckTopics();
    return std::move(problems_);
  }

 private:
  void Require(bool good, std::string_view path, std::string message) {
    if (!good) {
      problems_.push_back({loaded_.Find(path).origin.place, std::string(path), std::move(message)});
    }
  }

  [[nodiscard]] bool IsDestination(const std::string& name) const {
    const auto& all = config_.deliver_destinations;
    return std::any_of(all.begin(), all.end(),
                       [&name](const auto& entry) { return entry.first == name; });
  }

  void CheckDestination(const std::string& name, const std::string& url) {
    constexpr std::string_view kPath = "deliver.destinations";
    Require(IsName(name), kPath,
            "got the name \"" + name + "\", expected up to 64 letters, digits, - and _");
    const bool web = url.starts_with("http://") || url.starts_with("https://");
    Require(web, kPath, name + ": expected a URL that begins with http:// or https://");
    // The text itself is not printed: it holds a password.
    const size_t path = web ? url.find('/', url.find("//") + 2) : 0;
    Require(!web || url.substr(0, path).find('@') == std::string::npos, kPath,
            name + ": the URL holds credentials, which would be printed; use deliver.secrets");
    const std::string parked = ParkedTopic(config_, name);
    Require(parked.size() <= kTopicBytesMax, "deliver.parked.prefix",
            "the topic " + parked + " has over 249 characters");
    Require(parked != config_.deliver_topic, "deliver.parked.prefix",
            "the parked topic " + parked + " is deliver.topic itself");
  }

  void CheckTopics() {
    constexpr std::string_view kPath = "deliver.dead_letters.topic";
    const std::string& letters = config_.deliver_dead_letters_topic;
    Require(!letters.empty(), kPath, "got nothing, expected the name of a topic");
    Require(letters != config_.deliver_topic, kPath,
            "got " + letters + ", which is deliver.topic too; expected a topic that is not read");
    for (const auto& [name, url] : config_.deliver_destinations) {
      Require(letters != ParkedTopic(config_, name), kPath,
              "got " + letters + ", which is the parked topic of " + name + " too");
    }
  }

  const LoadedConfig& loaded_;
  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string ParkedTopic(const Config& config, const std::string& destination) {
  const std::string& prefix = config.deliver_parked_prefix;
  return (prefix.empty() ? config.deliver_group_id + ".parked" : prefix) + "." + destination;
}

std::vector<Problem> CheckDeliver(const LoadedConfig& loaded) {
  return DeliverChecker(loaded).Run();
}

}  // namespace sluice::config
