#include "service/commands/validate.h"

#include <memory>
#include <ostream>

#include "service/commands/load_config.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

void WriteProblems(JsonWriter& json, const std::vector<config::Problem>& problems) {
  json.BeginArray();
  for (const config::Problem& problem : problems) {
    json.BeginObject().Key("place").String(problem.place).Key("path").String(problem.path);
    json.Key("message").String(problem.message).EndObject();
  }
  json.EndArray();
}

// {"schema":"sluice.validate/1","files":[{"file","valid","problems":[…],"warnings":[…]}]}
ExitCode Validate(const std::vector<std::string>& files, const std::string& command,
                  CommandContext& context) {
  bool valid = true;
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.validate/1").Key("files").BeginArray();
  for (const std::string& file : files) {
    const config::LoadedConfig loaded =
        LoadConfig(context.global, file, UsedHere::kNo, SidesOf(command));
    const std::string name = file.empty() ? "environment and flags" : file;
    valid = valid && loaded.problems.empty();
    json.BeginObject().Key("file").String(name).Key("valid").Boolean(loaded.problems.empty());
    WriteProblems(json.Key("problems"), loaded.problems);
    WriteProblems(json.Key("warnings"), loaded.warnings);
    json.EndObject();
    if (context.global.json) continue;
    for (const config::Problem& warning : loaded.warnings) {
      context.err << "warning: " << warning.ToString() << "\n";
    }
    for (const config::Problem& problem : loaded.problems) {
      context.out << problem.ToString() << "\n";
    }
    if (loaded.problems.empty()) context.out << name << ": valid\n";
  }
  json.EndArray().EndObject();
  if (context.global.json) context.out << json.text() << "\n";
  return valid ? ExitCode::kDone : ExitCode::kUsage;
}

}  // namespace

void AddValidate(CLI::App& app, CommandContext& context) {
  CLI::App& verb =
      AddVerb(app, "validate",
              "Checks configurations without connecting to anything and lists all that "
              "is wrong with them",
              "sluice validate sluice.yaml");
  AddConfigOption(verb, context.global);
  const auto files = std::make_shared<std::vector<std::string>>();
  verb.add_option("FILE", *files, "The configurations, - for standard input");
  const auto command = std::make_shared<std::string>();
  verb.add_option("--for", *command,
                  "index, capture, changelog, deliver or run: the command whose options must be "
                  "whole (those that the file has options for)")
      ->type_name("COMMAND")
      ->check(CLI::IsMember({"index", "capture", "changelog", "deliver", "run"}));
  verb.callback([files, command, &context] {
    if (files->empty()) files->push_back(ConfigFile(context.global));
    context.exit_code = Validate(*files, *command, context);
  });
}

}  // namespace sluice::service
