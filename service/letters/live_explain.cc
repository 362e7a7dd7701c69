#include "service/letters/live_explain.h"

#include <array>
#include <chrono>
#include <utility>

#include "service/composition/adapter_settings.h"
#include "service/letters/letter_box.h"

namespace sluice::letters {
namespace {

constexpr std::chrono::milliseconds kPatience{30'000};

}  // namespace

LiveExplainSides::LiveExplainSides(const config::Config& config,
                                   std::unique_ptr<service::ControlOperator> control,
                                   kafka::TopicReader log, std::function<bool()> go_on)
    : config_(config),
      go_on_(std::move(go_on)),
      control_(std::move(control)),
      log_(std::move(log)),
      reader_(service::SearchSettings(config), clock_),
      divergence_(service::SearchSettings(config), clock_, kPatience) {}

Result<std::unique_ptr<LiveExplainSides>> LiveExplainSides::Open(const config::Config& config,
                                                                 std::function<bool()> go_on) {
  auto control = service::ControlOperator::Open(config);
  if (!control) return control.error();
  auto log = kafka::TopicReader::Open(service::KafkaSettings(config));
  if (!log) return log.error();
  return std::unique_ptr<LiveExplainSides>(
      new LiveExplainSides(config, std::move(*control), std::move(*log), std::move(go_on)));
}

Result<ExplainSides::Stored> LiveExplainSides::Get(const std::string& index,
                                                   const std::string& id) {
  const auto exists = reader_.Exists(index);
  if (!exists) return exists.error();
  if (!*exists) return Error{"there is no index " + index, "give it as `sluice control show` does"};
  const std::array<std::string, 1> ids = {id};
  const auto found = reader_.Get(index, ids);
  if (!found) return found.error();
  return Stored{found->front().document.has_value(), found->front().version};
}

Result<ExplainSides::History> LiveExplainSides::Look(const std::string& index) {
  auto view = control_->Look(index);
  if (!view) return view.error();
  return History{std::move(view->recorded), std::move(view->seen)};
}

Status LiveExplainSides::Letters(const std::function<void(kafka::StoredLetter)>& take) {
  const auto sight = ReadLetters(config_, take, go_on_);
  return sight ? Status() : Status(sight.error());
}

}  // namespace sluice::letters
