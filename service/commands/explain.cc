#include "service/commands/explain.h"

#include <memory>
#include <ostream>

#include "service/commands/load_config.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_settings.h"
#include "service/composition/system_clock.h"
#include "service/inspect/write_planner.h"
#include "service/letters/live_explain.h"
#include "service/lifecycle/signals.h"

namespace sluice::service {
namespace {

struct Flags {
  std::string index;
  std::string id;
  std::string since;
  letters::ExplainOptions options;
};

ExitCode Fail(CommandContext& context, const Error& error) {
  context.err << "sluice: " << error.ToString() << "\n";
  return ExitCode::kFailed;
}

ExitCode Run(Flags& flags, CommandContext& context) {
  if (!flags.since.empty()) {
    kafka::ReadRange range;
    if (Status status = kafka::ParseRange(flags.since, SystemClock().WallMs(), range); !status) {
      context.err << "sluice: --since: " << status.error().ToString() << "\n";
      return ExitCode::kUsage;
    }
    flags.options.since = range;
  }
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kIndex);
  if (!loaded) return ExitCode::kUsage;
  flags.options.version_bias = RelaySettingsOf(loaded->config).version_bias;

  StopSignals signals;  // before the Kafka clients start their threads
  int stopped_by = 0;
  const auto go_on = [&] {
    if (stopped_by == 0) stopped_by = signals.Wait(0);
    return stopped_by == 0;
  };
  const auto sides = letters::LiveExplainSides::Open(loaded->config, go_on);
  if (!sides) return Fail(context, sides.error());
  inspect::WritePlanner planner({StreamOptionsOf(loaded->config),
                                 PipelineSettingsOf(loaded->config), loaded->config.index_names});
  const auto explanation = letters::Explain(flags.index, flags.id, flags.options, **sides, planner);
  if (stopped_by != 0) return ExitCode::kInterrupted;
  if (!explanation) return Fail(context, explanation.error());
  context.out << (context.global.json ? letters::RenderExplanationJson(*explanation)
                                      : letters::RenderExplanation(*explanation));
  return explanation->exists || !explanation->events.empty() ? ExitCode::kDone : ExitCode::kNo;
}

}  // namespace

void AddExplain(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "explain",
      "Tells which record a document is of: topic, partition, offset, operation, position and time "
      "of its commit; what came before and after it, and whether its id is divergent or has a dead "
      "letter.\nReads the id's partition from --since on, or from its beginning. Changes nothing. "
      "Exit code 4: neither document nor record.",
      "sluice explain cdc.public.users 23 -c sluice.yaml\n"
      "sluice explain cdc.public.users 23 --since @1h --json");
  AddConfigOption(verb, context.global);
  const auto flags = std::make_shared<Flags>();
  verb.add_option("INDEX", flags->index, "The index")->required();
  verb.add_option("ID", flags->id, "The document's id")->required();
  verb.add_option("--limit", flags->options.limit,
                  "The most records that are listed, the newest (20)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  verb.add_option("--since", flags->since,
                  "From where the log is read: start, -1000 (the last thousand of each partition), "
                  "1234 (an offset), @2h (two hours ago), s@MS (a time)")
      ->type_name("PLACE");
  verb.callback([flags, &context] { context.exit_code = Run(*flags, context); });
}

}  // namespace sluice::service
