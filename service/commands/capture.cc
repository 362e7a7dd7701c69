#include "service/commands/capture.h"

#include <memory>

#include "service/commands/capture_accept.h"
#include "service/commands/capture_signal.h"
#include "service/commands/capture_status.h"
#include "service/commands/serve.h"

namespace sluice::service {
namespace {

void AddServing(CLI::App& verb, CommandContext& context, const std::string& name,
                config::Sides sides) {
  auto once = std::make_shared<bool>(false);
  if (sides == config::Sides::kCapture) {
    verb.add_flag("--once", *once,
                  "End when everything that is in the database's log by now was captured");
  }
  verb.callback([&verb, &context, name, sides, once] {
    if (!verb.get_subcommands().empty()) return;  // one of its own commands was run instead
    context.exit_code = Serve(context, {name, sides, *once});
  });
}

}  // namespace

void AddCapture(CLI::App& app, CommandContext& context) {
  CLI::App& verb =
      AddServiceVerb(app, context, "capture",
                     "Reads the changes of a PostgreSQL database and writes them to Kafka as "
                     "Debezium's envelopes",
                     "sluice capture -c sluice.yaml\nsluice capture -c sluice.yaml --once");
  AddServing(verb, context, "sluice capture", config::Sides::kCapture);
  verb.require_subcommand(0, 1);  // it runs without one too
  AddCaptureStatus(verb, context);
  AddCaptureSignal(verb, context);
  AddCaptureAccept(verb, context);
}

void AddRun(CLI::App& app, CommandContext& context) {
  CLI::App& verb =
      AddServiceVerb(app, context, "run",
                     "Runs the source, the change log and the indexing service in one process",
                     "sluice run -c sluice.yaml");
  AddServing(verb, context, "sluice run", config::Sides::kRun);
}

}  // namespace sluice::service
