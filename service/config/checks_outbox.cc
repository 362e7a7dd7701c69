#include "service/config/checks_outbox.h"

#include <set>
#include <string>
#include <utility>

#include "adapters/pattern/pattern.h"
#include "core/model/change_event.h"
#include "core/operations/change_header.h"
#include "service/config/capture_rules.h"

namespace sluice::config {
namespace {

using pattern::Pattern;

class OutboxChecker {
 public:
  explicit OutboxChecker(const LoadedConfig& loaded) : loaded_(loaded), config_(loaded.config) {}

  std::vector<Problem> Run() {
    CheckTables();
    CheckColumns();
    CheckRoute();
    CheckPlacements();
    return std::move(problems_);
  }

 private:
  void Require(bool good, std::string_view path, std::string message) {
    if (!good) {
      problems_.push_back({loaded_.Find(path).origin.place, std::string(path), std::move(message)});
    }
  }

  void CheckTables() {
    constexpr std::string_view kPath = "outbox.table.include.list";
    for (const std::string& text : config_.outbox_tables) {
      Require(!text.empty(), kPath, "an entry is empty; is there a comma too many?");
      const auto expression = Pattern::Make(text, Pattern::Case::kIgnores);
      if (!expression) Require(false, kPath, expression.error().ToString());
    }
  }

  void CheckColumns() {
    for (const auto& [path, name] :
         {std::pair<std::string_view, const std::string&>{"outbox.table.field.event.id",
                                                          config_.outbox_event_id},
          {"outbox.table.field.event.key", config_.outbox_event_key},
          {"outbox.table.field.event.payload", config_.outbox_event_payload},
          {"outbox.route.by.field", config_.outbox_route_by}}) {
      Require(!name.empty(), path, "got \"\", expected the name of a column");
    }
  }

  void CheckRoute() {
    const auto expression = Pattern::Make(config_.outbox_topic_regex, Pattern::Case::kMinds);
    if (!expression) {
      return Require(false, "outbox.route.topic.regex", expression.error().ToString());
    }
    const Status good = expression->CheckReplacement(config_.outbox_topic_replacement);
    constexpr std::string_view kPath = "outbox.route.topic.replacement";
    Require(good.ok(), kPath,
            good ? "" : "got " + loaded_.Find(kPath).text + ": " + good.error().ToString());
  }

  void CheckPlacements() {
    constexpr std::string_view kPath = "outbox.table.fields.additional.placement";
    const auto placements = OutboxPlacements(config_);
    if (!placements) {
      const std::string text = placements.error().ToString();
      return Require(false, kPath, text.substr(kPath.size() + 2));
    }
    std::set<std::string> fields = {"payload"};
    size_t partitions = 0;
    size_t enveloped = 0;
    for (const OutboxPlacement& placement : *placements) {
      switch (placement.place) {
        case OutboxPlacement::Place::kHeader:
          Require(placement.name != kChangeHeaderName, kPath,
                  "the header sluice is the source's own; give the column another name");
          Require(placement.name != kEventIdHeader || placement.column == config_.outbox_event_id,
                  kPath,
                  "the header id is the event's, by which it is known; give the column " +
                      placement.column + " another name");
          break;
        case OutboxPlacement::Place::kEnvelope:
          ++enveloped;
          Require(fields.insert(placement.name).second, kPath,
                  "the field " + placement.name + " is there twice, or is the payload's");
          break;
        case OutboxPlacement::Place::kPartition: ++partitions; break;
      }
    }
    Require(partitions <= 1, kPath, "a record goes to one partition: name one column for it");
    Require(enveloped == 0 || config_.outbox_value_format == "json", kPath,
            "envelope columns make the value an object: outbox.value.format must be json");
  }

  const LoadedConfig& loaded_;
  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckOutbox(const LoadedConfig& loaded) {
  return OutboxChecker(loaded).Run();
}

}  // namespace sluice::config
