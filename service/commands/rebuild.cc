#include "service/commands/rebuild.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "service/commands/colour.h"
#include "service/commands/load_config.h"
#include "service/commands/serve.h"
#include "service/commands/version.h"
#include "service/composition/system_clock.h"
#include "service/config/values.h"
#include "service/lifecycle/signals.h"
#include "service/rebuild/render.h"
#include "service/rebuild/run_rebuild.h"

namespace sluice::service {
namespace {

constexpr int64_t kKeepLongestUs = 365 * 24 * 3'600'000'000LL;
constexpr int64_t kFreezeShortestUs = 1'000'000;
constexpr int64_t kFreezeLongestUs = 3'600'000'000LL;

struct Flags {
  rebuild::RebuildOptions options;
  std::string keep = "24h";
  std::string freeze = "1m";
  bool rollback = false;
  bool abort = false;
  bool finish = false;
  bool status = false;
  bool no_verify = false;
};

/// False: what was given is told.
bool TakeDuration(const char* flag, const std::string& text, int64_t least_us, int64_t most_us,
                  int64_t& out, std::ostream& err) {
  const auto parsed = config::ParseDurationUs(text);
  if (parsed && *parsed >= least_us && *parsed <= most_us) {
    out = *parsed;
    return true;
  }
  err << "sluice: " << flag << ": got \"" << text << "\", expected a duration from "
      << config::FormatDurationUs(least_us) << " to " << config::FormatDurationUs(most_us) << "\n";
  return false;
}

/// With the database's options where the file has them and they are good: what `sluice index` runs
/// with is enough.
std::optional<config::LoadedConfig> Load(CommandContext& context) {
  const std::string file = ConfigFile(context.global);
  if (file == "-") return LoadGoodConfig(context, UsedHere::kYes);  // can be read once
  const config::LoadedConfig all = LoadConfig(context.global, file, UsedHere::kYes);
  const bool both = all.problems.empty() && Covers(all.sides, config::Sides::kRun);
  return LoadGoodConfig(context, UsedHere::kYes,
                        both ? config::Sides::kRun : config::Sides::kIndex);
}

rebuild::Verb VerbOf(const Flags& flags) {
  if (flags.rollback) return rebuild::Verb::kRollback;
  if (flags.abort) return rebuild::Verb::kAbort;
  if (flags.finish) return rebuild::Verb::kFinish;
  return flags.status ? rebuild::Verb::kStatus : rebuild::Verb::kForward;
}

ExitCode Run(Flags& flags, CommandContext& context) {
  rebuild::RebuildOptions& options = flags.options;
  if (!TakeDuration("--keep", flags.keep, 0, kKeepLongestUs, options.keep_us, context.err) ||
      !TakeDuration("--freeze-max", flags.freeze, kFreezeShortestUs, kFreezeLongestUs,
                    options.freeze_us, context.err))
    return ExitCode::kUsage;
  const auto loaded = Load(context);
  if (!loaded) return ExitCode::kUsage;
  const config::Config& config = loaded->config;
  options.verb = VerbOf(flags);
  options.verifies = !flags.no_verify;
  options.database = Covers(loaded->sides, config::Sides::kRun);
  options.version = Version();

  StopSignals signals;  // before any thread starts: all of them inherit the mask
  const SystemClock clock;
  telemetry::Log log(LogSettingsOf(config),
                     telemetry::StandardErrorSink(UseColour(context.global.colour, STDERR_FILENO)),
                     clock);
  const rebuild::RebuildReport report = rebuild::RunRebuild(config, options, log, signals);
  log.FlushRepeats(true);
  if (context.global.json) {
    context.out << rebuild::RenderJson(report, options.index);
  } else {
    context.out << rebuild::RenderText(report, options.index);
  }
  if (!report.error.empty()) context.err << "sluice: " << report.error << "\n";
  return report.code;
}

}  // namespace

void AddRebuild(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "rebuild",
      "Fills a new index while the present one is searched and written, and moves the alias onto "
      "it.\nFor another mapping or other settings: the new index is made with those of the "
      "configuration. `sluice index` keeps running; when the new index has caught up its writes "
      "wait for some seconds. With the database's options in the file the table is compared "
      "before, "
      "and asked for all rows where the topic does not hold them any more. Whatever ends the "
      "command, called again it goes on. The former index is kept for --rollback.\nExit code 4: "
      "the alias was not moved, for something differs or is missing; 3: a pipeline halted, or the "
      "index has another history by now.",
      "sluice rebuild cdc.public.users -c sluice.yaml\n"
      "sluice rebuild cdc.public.users --status --json\n"
      "sluice rebuild cdc.public.users --rollback");
  AddConfigOption(verb, context.global);
  const auto flags = std::make_shared<Flags>();
  verb.add_option("INDEX", flags->options.index, "The index, by the alias that is searched")
      ->required();
  CLI::Option* status =
      verb.add_flag("--status", flags->status, "Tells how far it is, and changes nothing");
  CLI::Option* rollback =
      verb.add_flag("--rollback", flags->rollback,
                    "Moves the alias back onto the former index, which is given what it lacks "
                    "before")
          ->excludes(status);
  CLI::Option* abort =
      verb.add_flag("--abort", flags->abort,
                    "Gives up a rebuild whose alias was not moved, and deletes the new index")
          ->excludes(status)
          ->excludes(rollback);
  verb.add_flag("--finish", flags->finish, "Deletes the former index")
      ->excludes(status)
      ->excludes(rollback)
      ->excludes(abort);
  verb.add_option("--keep", flags->keep,
                  "How long the former index stays before another rebuild may delete it (24h)")
      ->type_name("TIME");
  verb.add_option("--freeze-max", flags->freeze,
                  "The longest that writers wait at once; then it is tried again (1m)")
      ->type_name("TIME");
  verb.add_flag("--no-verify", flags->no_verify, "Does not compare the table with the new index");
  verb.add_flag("--accept-divergent", flags->options.accepts_divergent,
                "Moves the alias although the new index lacks values or changes that the present "
                "one has; only while no `sluice index` of the group runs");
  verb.add_flag("--yes", flags->options.yes, "With --finish: also before --keep is over");
  verb.callback([flags, &context] { context.exit_code = Run(*flags, context); });
}

}  // namespace sluice::service
