#include "service/commands/deliver.h"

#include "service/commands/serve.h"

namespace sluice::service {

void AddDeliver(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddServiceVerb(app, context, "deliver",
                                  "Sends the records of a topic to their destinations' HTTP "
                                  "servers; one that is slow or fails holds up no other",
                                  "sluice deliver -c sluice.yaml");
  verb.callback([&context] {
    context.exit_code = Serve(context, {"sluice deliver", config::Sides::kDeliver, false});
  });
}

}  // namespace sluice::service
