#include "service/commands/capture_accept.h"

#include <memory>
#include <ostream>
#include <string_view>

#include "service/commands/load_config.h"
#include "service/composition/acceptance.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

struct Wish {
  std::vector<std::string> tables;
  bool all = false;
  bool dry_run = false;
};

void WriteNames(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.Key(key).BeginArray();
  for (const std::string& name : names) json.String(name);
  json.EndArray();
}

std::string RenderJson(const Acceptance& acceptance, bool dry_run) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.capture-accept/1");
  json.Key("dry_run").Boolean(dry_run);
  WriteNames(json, "accepted", acceptance.accepted);
  WriteNames(json, "unchanged", acceptance.unchanged);
  WriteNames(json, "topics", acceptance.topics);
  json.EndObject();
  return json.text() + "\n";
}

void PrintText(const Acceptance& acceptance, const Wish& wish, std::ostream& out) {
  for (const std::string& name : acceptance.accepted) {
    out << name
        << (wish.dry_run ? " would be accepted\n" : " is accepted as it is published now\n");
  }
  for (const std::string& name : acceptance.topics) {
    out << "topic " << name
        << (wish.dry_run ? " would be accepted without its former records\n"
                         : " is accepted without its former records\n");
  }
  for (const std::string& name : acceptance.unchanged) {
    out << name << " was not out of the publication\n";
  }
  const bool none = acceptance.accepted.empty() && acceptance.topics.empty();
  if (none && acceptance.unchanged.empty()) {
    out << "nothing is to be accepted: no captured table was out of the publication, and no topic "
           "has lost its records\n";
  }
  if (wish.dry_run || none) return;
  out << "next: start the source again, ";
  if (!acceptance.topics.empty()) {
    out << "have the rows of those topics told by `sluice capture signal execute-snapshot TABLE`, ";
  }
  out << "and then `sluice verify --repair` heals what was missed\n";
}

ExitCode Accept(CommandContext& context, const Wish& wish) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kCapture);
  if (!loaded) return ExitCode::kUsage;
  const auto acceptance = AcceptRecorded(loaded->config, wish.tables, wish.dry_run);
  if (!acceptance) {
    context.err << "sluice: " << acceptance.error().ToString() << "\n";
    return ExitCode::kFailed;
  }
  for (const Error& problem : acceptance->problems) {
    context.err << "sluice: " << problem.ToString() << "\n";
  }
  if (!acceptance->problems.empty()) {
    context.err << "sluice: nothing was accepted\n";
    return ExitCode::kFailed;
  }
  if (context.global.json) {
    context.out << RenderJson(*acceptance, wish.dry_run);
  } else {
    PrintText(*acceptance, wish, context.out);
  }
  return ExitCode::kDone;
}

}  // namespace

void AddCaptureAccept(CLI::App& capture, CommandContext& context) {
  CLI::App& verb = AddVerb(
      capture, "accept",
      "Accepts that tables were out of the publication for a while, or that their topics were "
      "deleted, for which the source halts: records how that is now.\nWhat was changed meanwhile "
      "stays missing until "
      "`sluice verify --repair` has run. The tables have to be in the publication again, and the "
      "source stopped. The position stays as it is.",
      "sluice capture accept public.users -c sluice.yaml\n"
      "sluice capture accept --all --dry-run -c sluice.yaml");
  AddConfigOption(verb, context.global);
  const auto wish = std::make_shared<Wish>();
  verb.add_option("TABLE", wish->tables, "The tables, as schema.table");
  verb.add_flag("--all", wish->all, "All captured tables that were out of the publication");
  verb.add_flag("--dry-run", wish->dry_run, "Only says what would be accepted");
  verb.callback([&context, wish] {
    if (wish->tables.empty() != wish->all) {
      throw CLI::ValidationError(wish->all ? "either --all or TABLE, not both"
                                           : "accept needs a TABLE, as schema.table, or --all");
    }
    context.exit_code = Accept(context, *wish);
  });
}

}  // namespace sluice::service
