#include "service/commands/config.h"

#include <memory>
#include <ostream>

#include "service/commands/load_config.h"
#include "service/config/render.h"
#include "service/config/schema.h"
#include "service/telemetry/metrics.h"

namespace sluice::service {
namespace {

void AddShow(CLI::App& group, CommandContext& context) {
  CLI::App& verb = AddVerb(group, "show", "Prints the effective values; secrets as [secret]",
                           "sluice config show --origin -c sluice.yaml");
  AddConfigOption(verb, context.global);
  const auto with_origin = std::make_shared<bool>(false);
  verb.add_flag("--origin", *with_origin, "Tells who set each value");
  verb.callback([with_origin, &context] {
    const auto loaded = LoadGoodConfig(context);
    if (!loaded) return;
    context.out << (context.global.json ? config::RenderValuesJson(*loaded) + "\n"
                                        : config::RenderValues(*loaded, *with_origin));
  });
}

void AddText(CLI::App& group, CommandContext& context, const char* name, const char* purpose,
             std::string (*render)()) {
  CLI::App& verb = AddVerb(group, name, purpose, std::string("sluice config ") + name);
  verb.callback([render, &context] { context.out << render(); });
}

void AddExample(CLI::App& group, CommandContext& context) {
  CLI::App& verb =
      AddVerb(group, "example", "Prints a commented example with all options of one command",
              "sluice config example --for capture");
  const auto what = std::make_shared<std::string>("index");
  verb.add_option("--for", *what,
                  "The command that it is for: index, capture, changelog, deliver or run (index)")
      ->type_name("COMMAND")
      ->check(CLI::IsMember({"index", "capture", "changelog", "deliver", "run"}));
  verb.callback([what, &context] {
    context.out << config::RenderExample(SidesOf(*what).value_or(config::Sides::kIndex));
  });
}

}  // namespace

void AddConfig(CLI::App& app, CommandContext& context) {
  CLI::App& group = AddVerb(app, "config", "Shows the configuration and its reference",
                            "sluice config show -c sluice.yaml");
  AddShow(group, context);
  AddText(group, context, "docs", "Prints the reference of all options", config::RenderReference);
  AddExample(group, context);
  AddText(group, context, "schema", "Prints the JSON Schema of the file, for editors",
          config::RenderSchema);
  AddText(group, context, "metrics", "Prints the reference of all metrics",
          telemetry::RenderMetricsReference);
}

}  // namespace sluice::service
