#include "service/commands/check.h"

#include <unistd.h>

#include <memory>
#include <ostream>
#include <string>

#include "service/check/run_checks.h"
#include "service/commands/colour.h"
#include "service/commands/load_config.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/deliver_settings.h"
#include "service/composition/system_clock.h"
#include "service/config/checks_deliver.h"
#include "service/config/values.h"

namespace sluice::service {
namespace {

constexpr int64_t kShortestUs = 100'000;
constexpr int64_t kLongestUs = 60'000'000;

check::CheckPlan IndexPlan(const config::Config& config) {
  check::CheckPlan plan;
  plan.kafka = KafkaSettings(config);
  plan.consumer = ConsumerSettingsOf(config, 0);
  plan.dead_letters = DeadLetterSettingsOf(config);
  plan.search = SearchSettings(config);
  return plan;
}

check::CheckPlan DeliverPlan(const config::Config& config) {
  check::CheckPlan plan;
  plan.kafka = KafkaSettings(config);
  plan.consumer = DeliverConsumerOf(config);
  plan.consumer.topics = {config.deliver_topic};
  for (const auto& [name, url] : config.deliver_destinations)
    plan.made.push_back(config::ParkedTopic(config, name));
  plan.dead_letters = DeliverLettersOf(config);
  plan.options = {"deliver.topic", "", "deliver.group.id", "deliver.dead_letters.topic", ""};
  return plan;
}

check::CheckPlan ChangelogPlan(const config::Config& config) {
  check::CheckPlan plan;
  plan.kafka = KafkaSettings(config);
  plan.consumer.topics = config.changelog_topics;
  plan.consumer.topics_regex = config.changelog_topics_regex;
  if (!config.changelog_topic.empty()) {
    plan.made = {config.changelog_topic, config.changelog_positions_topic};
  }
  plan.dead_letters = DeadLetterSettingsOf(config);
  plan.folder = config.changelog_file_directory;
  plan.options = {"changelog.topics", "changelog.topics.regex", "", "dead_letters.topic",
                  "changelog.file.directory"};
  return plan;
}

check::CheckPlan PlanOf(config::Sides reader, const config::Config& config) {
  if (reader == config::Sides::kDeliver) return DeliverPlan(config);
  return reader == config::Sides::kChangelog ? ChangelogPlan(config) : IndexPlan(config);
}

ExitCode RunPlan(check::CheckPlan plan, const std::string& timeout, CommandContext& context) {
  context.err << "asking " << plan.kafka.brokers;
  for (const std::string& url : plan.search.urls) context.err << ", " << url;
  context.err << " (at most " << timeout << " each)\n" << std::flush;

  const SystemClock clock;
  const bool colour = UseColour(context.global.colour, STDOUT_FILENO);
  const bool json = context.global.json;
  check::Checks checks(std::move(plan), clock, [&](const check::Finding& finding) {
    if (!json) context.out << check::RenderLine(finding, colour) << std::flush;
  });
  const std::vector<check::Finding> findings = checks.Run();
  context.out << (json ? check::RenderJson(findings) : check::RenderSum(findings));
  return check::AnswerIsNo(findings) ? ExitCode::kNo : ExitCode::kDone;
}

ExitCode RunCheck(const std::string& timeout, CommandContext& context) {
  const auto timeout_us = config::ParseDurationUs(timeout);
  if (!timeout_us || *timeout_us < kShortestUs || *timeout_us > kLongestUs) {
    context.err << "sluice: --timeout: got \"" << timeout
                << "\", expected a duration from 100ms to 60s\n";
    return ExitCode::kUsage;
  }
  const FileReader reader = ReaderIn(context.global);
  if (reader.side == config::Sides::kCapture) {
    context.err << "sluice: this configuration is about capture alone, and check is about what "
                   "sluice index, sluice changelog and sluice deliver need; run sluice capture "
                   "status with it\n";
    return ExitCode::kUsage;
  }
  const auto loaded = LoadGoodConfig(context, UsedHere::kYes, reader.side);
  if (!loaded) return ExitCode::kUsage;
  if (reader.delivers_too || reader.has_changelog_too)
    context.err << "sluice: the file is about " << (reader.delivers_too ? "deliveries" : "")
                << (reader.delivers_too && reader.has_changelog_too ? " and " : "")
                << (reader.has_changelog_too ? "a change log" : "")
                << " too, which is not looked at: check a file of that alone\n";
  check::CheckPlan plan = PlanOf(reader.side, loaded->config);
  plan.timeout = std::chrono::milliseconds(*timeout_us / 1'000);
  return RunPlan(std::move(plan), timeout, context);
}

}  // namespace

void AddCheck(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "check",
      "Connects to the brokers and the search cluster and looks whether `sluice index` could do "
      "its work, or `sluice deliver` or `sluice changelog` where the configuration is about no "
      "index; "
      "of "
      "a source, `sluice capture status` does.\nJoins no group, creates and changes "
      "nothing. Exit code 4: something has to be mended "
      "first; the fix is printed.",
      "sluice check -c sluice.yaml");
  AddConfigOption(verb, context.global);
  verb.add_option("CONFIG", context.global.config_file, "The configuration, as with -c");
  const auto timeout = std::make_shared<std::string>("5s");
  verb.add_option("--timeout", *timeout, "The longest that one check may take (5s)")
      ->type_name("TIME");
  verb.callback([timeout, &context] { context.exit_code = RunCheck(*timeout, context); });
}

}  // namespace sluice::service
