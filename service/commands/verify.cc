#include "service/commands/verify.h"

#include <algorithm>
#include <memory>
#include <ostream>

#include "service/commands/load_config.h"
#include "service/commands/version.h"
#include "service/config/values.h"
#include "service/verify/run_verify.h"

namespace sluice::service {
namespace {

constexpr int64_t kShortestUs = 1'000'000;
constexpr int64_t kLongestUs = 24 * 3'600'000'000LL;

struct Flags {
  verify::VerifyOptions options;
  verify::ReportStyle style;
  std::string wait;  ///< Empty: as the configuration's windows want it.
};

ExitCode Run(Flags& flags, CommandContext& context) {
  if (!flags.wait.empty()) {
    const auto wait_us = config::ParseDurationUs(flags.wait);
    if (!wait_us || *wait_us < kShortestUs || *wait_us > kLongestUs) {
      context.err << "sluice: --wait: got \"" << flags.wait
                  << "\", expected a duration from 1s to 24h\n";
      return ExitCode::kUsage;
    }
    flags.options.wait_us = *wait_us;
  }
  flags.options.waits = [&](const std::string& text) {
    context.err << "sluice: " << text << "\n" << std::flush;
  };
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kRun);
  if (!loaded) return ExitCode::kUsage;
  const bool json = context.global.json;
  const auto reports = verify::RunVerify(
      loaded->config, flags.options, Version(), [&](const verify::TableReport& report) {
        if (json) return;
        context.out << verify::RenderText(report, flags.style) << std::flush;
      });
  if (!reports) {
    context.err << "sluice: " << reports.error().ToString() << "\n";
    return ExitCode::kFailed;
  }
  if (json) context.out << verify::RenderJson(*reports, flags.style);
  const auto any = [&](auto holds) { return std::any_of(reports->begin(), reports->end(), holds); };
  if (any([](const verify::TableReport& report) { return report.result.differing() > 0; })) {
    return ExitCode::kNo;
  }
  if (!any([](const verify::TableReport& report) { return report.skipped.empty(); })) {
    context.err << "sluice: no table was compared: see --table, --index and table.include.list\n";
    return ExitCode::kFailed;
  }
  const bool failed = any([](const verify::TableReport& report) {
    return !report.error.empty() || report.result.changing > 0;
  });
  return failed ? ExitCode::kFailed : ExitCode::kDone;
}

}  // namespace

void AddVerify(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "verify",
      "Compares tables with their indices while both change, and lists what differs.\nNeeds the "
      "database's options in the file (database.*, slot.name, topic.prefix and how values are "
      "written), as `sluice run` has them; with a Debezium connector its own, and its tables in "
      "compat.debezium. A difference counts only if it is there after the index has passed the "
      "row. Changes nothing, but for a mark in the database's log.\nExit code 4: something "
      "differs; 1: it could not be found out, as of rows that changed whenever they were looked "
      "at, or there was nothing to compare.",
      "sluice verify -c sluice.yaml\n"
      "sluice verify -c sluice.yaml --table public.users --repair");
  AddConfigOption(verb, context.global);
  const auto flags = std::make_shared<Flags>();
  verb.add_option("--table", flags->options.tables,
                  "Only this table, as schema.table; repeatable (all that are captured)")
      ->type_name("TABLE")
      ->allow_extra_args(false);
  verb.add_flag("--repair", flags->options.repair,
                "Asks the source for the rows that are missing or different, and deletes documents "
                "without a row by tombstones in the topic; then looks at them again. Locks tables "
                "in SHARE MODE for a moment: database.user needs UPDATE or DELETE on them");
  verb.add_option("--limit", flags->style.listed,
                  "The most differences of a table that are listed; all are counted (100)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  verb.add_flag("--values", flags->style.values,
                "Shows the values that differ too, not only the names of their fields");
  verb.add_option("--wait", flags->wait,
                  "The longest to wait for the index to pass a row (the delete window of the "
                  "configuration, its session timeout and a minute: 4m45s where nothing is set): "
                  "as long as the source takes to tell the database how far it is, and as deletes "
                  "hold the committed offset after a crash. What is waited for is told on standard "
                  "error")
      ->type_name("TIME");
  verb.callback([flags, &context] { context.exit_code = Run(*flags, context); });
}

}  // namespace sluice::service
