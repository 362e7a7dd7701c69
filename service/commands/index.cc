#include "service/commands/index.h"

#include "service/commands/serve.h"

namespace sluice::service {

void AddIndex(CLI::App& app, CommandContext& context) {
  CLI::App& verb =
      AddServiceVerb(app, context, "index",
                     "Reads change events from Kafka and keeps the indices of Elasticsearch or "
                     "OpenSearch equal to their tables",
                     "sluice index -c sluice.yaml");
  verb.callback([&context] {
    context.exit_code = Serve(context, {"sluice index", config::Sides::kIndex, false});
  });
}

}  // namespace sluice::service
