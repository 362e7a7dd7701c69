#include "service/commands/changelog.h"

#include "service/commands/serve.h"

namespace sluice::service {

void AddChangelog(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddServiceVerb(
      app, context, "changelog",
      "Tells changes of rows, one row for each field that a change touched, in files or a topic",
      "sluice changelog -c sluice.yaml");
  verb.callback([&context] {
    context.exit_code = Serve(context, {"sluice changelog", config::Sides::kChangelog, false});
  });
}

}  // namespace sluice::service
