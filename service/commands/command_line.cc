#include <algorithm>
#include <cstdlib>
#include <exception>
#include <ostream>

#include "service/commands/command.h"
#include "service/commands/env_file.h"
#include "service/commands/version.h"
#include "service/text/nearest.h"

namespace sluice::service {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 halted because going on could lose "
    "data,\n4 the answer is no, 130 interrupted.\n"
    "Every option of the configuration has a variable (bulk.linger: SLUICE_BULK_LINGER); see "
    "`sluice config docs`.";

// Before any thread starts and before the configuration is read, so that what the file says is seen
// by all that asks for variables.
void LoadVariables(const std::string& file) {
  const auto variables = ReadEnvFile(file);
  if (!variables) throw CLI::ValidationError("--env-file", variables.error().ToString());
  for (const auto& [name, value] : *variables) setenv(name.c_str(), value.c_str(), 0);
}

/// Help that leads with an example.
class Formatter : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    return app->get_description() + "\n";
  }
};

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--set", options.sets,
                 "Sets one option of the configuration: path=value; repeatable")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  app.add_option_function<std::string>("--env-file", LoadVariables,
                                       "Takes variables from FILE, one NAME=VALUE a line; those "
                                       "that are set already stay as they are")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->trigger_on_parse();
  CLI::Option* level =
      app.add_option("--log-level", options.log_level, "trace, debug, info, warn, error or off")
          ->type_name("LEVEL");
  CLI::Option* verbose =
      app.add_flag("-v,--verbose", options.verbose, "More lines in the log: -v debug, -vv trace")
          ->excludes(level);
  app.add_flag("-q,--quiet", options.quiet,
               "Fewer lines in the log: -q warnings and errors, -qq errors, -qqq none")
      ->excludes(level)
      ->excludes(verbose);
  app.add_option("--log-format", options.log_format, "text or json")->type_name("FORMAT");
  app.add_option("--color", options.colour, "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--json", options.json, "Gives the answer as JSON");
}

std::vector<std::string_view> VerbsOf(const CLI::App& app) {
  std::vector<std::string_view> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  return verbs;
}

const CLI::App& ChosenVerb(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  return *chosen;
}

std::string FullName(const CLI::App& verb) {
  std::string name = verb.get_name();
  for (const CLI::App* up = verb.get_parent(); up != nullptr; up = up->get_parent()) {
    name.insert(0, up->get_name() + " ");
  }
  return name;
}

// What was not understood: a flag or a verb, with the nearest that exists.
std::string DescribeUnknown(const CLI::App& app, const CLI::App& chosen, const std::string& word) {
  std::vector<std::string> names;
  const bool is_flag = word.starts_with('-');
  for (const CLI::App* scope : {&chosen, &app}) {
    if (!is_flag) break;
    for (const CLI::Option* option : scope->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  std::vector<std::string_view> known(names.begin(), names.end());
  if (!is_flag) known = VerbsOf(chosen);
  std::string text = is_flag ? "there is no flag " + word : "there is no command \"" + word + "\"";
  if (!is_flag && known.empty()) text = "unexpected argument \"" + word + "\"";
  const std::string_view nearest = NearestWord(word.substr(0, word.find('=')), known);
  if (!nearest.empty()) text += "; did you mean " + std::string(nearest) + "?";
  return text;
}

ExitCode Refuse(const CLI::App& verb, const std::string& message, std::ostream& err) {
  err << "sluice: " << message << "\nTry `" << FullName(verb) << " --help`.\n";
  return ExitCode::kUsage;
}

}  // namespace

CLI::App& AddVerb(CLI::App& app, const std::string& name, const std::string& purpose,
                  const std::string& examples) {
  CLI::App* verb = app.add_subcommand(name, purpose.substr(0, purpose.find('\n')));
  // Flags of the program may stand behind the verb.
  verb->fallthrough();
  verb->formatter(std::make_shared<Formatter>());
  verb->footer("");
  // The list of commands shows the purpose's first line, the command's own help all of it, behind
  // the examples.
  verb->preparse_callback([verb, purpose, examples](size_t) {
    verb->description("Example: " + examples + "\n\n" + purpose);
  });
  return *verb;
}

namespace {

ExitCode RunVerb(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  CommandContext context{{}, out, err};
  CLI::App app{
      "Example: sluice index -c sluice.yaml\n\n"
      "Keeps Elasticsearch and OpenSearch indices equal to PostgreSQL tables.",
      "sluice"};
  app.formatter(std::make_shared<Formatter>());
  app.footer(kFooter);
  app.set_version_flag("--version", VersionText());
  AddGlobalOptions(app, context.global);
  for (const AddCommand add : Commands()) add(app, context);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    const CLI::App& chosen = ChosenVerb(app);
    // A command that limits how many of its own may follow runs by itself too.
    const bool is_group = chosen.get_require_subcommand_max() == 0;
    if (is_group && !VerbsOf(chosen).empty()) {
      return Refuse(chosen, "a command is missing", err);
    }
  } catch (const CLI::ExtrasError&) {
    const CLI::App& chosen = ChosenVerb(app);
    const std::vector<std::string> unknown = app.remaining(true);
    return Refuse(chosen, DescribeUnknown(app, chosen, unknown.empty() ? "" : unknown.front()),
                  err);
  } catch (const CLI::CallForHelp&) {
    out << app.help();
    return ExitCode::kDone;
  } catch (const CLI::CallForVersion& version) {
    out << version.what() << "\n";
    return ExitCode::kDone;
  } catch (const CLI::ParseError& error) {
    return Refuse(ChosenVerb(app), error.what(), err);
  } catch (const std::exception& error) {
    err << "sluice: " << error.what() << "\n";
    return ExitCode::kFailed;
  }
  return context.exit_code;
}

}  // namespace

ExitCode RunCommandLine(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& err) {
  const ExitCode code = RunVerb(arguments, out, err);
  if (out.flush()) return code;
  err << "sluice: the answer could not be written to standard output\n";
  return ExitCode::kFailed;
}

}  // namespace sluice::service
