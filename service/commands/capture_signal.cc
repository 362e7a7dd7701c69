#include "service/commands/capture_signal.h"

#include <array>
#include <memory>
#include <ostream>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/table_filter.h"
#include "service/commands/load_config.h"
#include "service/composition/capture_settings.h"
#include "service/composition/source_signal.h"
#include "service/composition/system_clock.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

ExitCode Fail(CommandContext& context, const std::string& text) {
  context.err << "error: " << text << "\n";
  return ExitCode::kFailed;
}

/// The first of these expressions that no captured table matches, as a sentence; empty: none is.
Result<std::string> FindStray(const SourceSignal& signal, const config::Config& config,
                              postgres::Connection& connection) {
  const auto filter = postgres::TableFilter::Make(FilterSettingsOf(config));
  if (!filter) return filter.error();
  const auto all = postgres::Catalogue(connection).ReadTables();
  if (!all) return all.error();
  for (const std::string& expression : signal.tables) {
    const auto names = postgres::NameList::Parse(expression, "TABLE");
    if (!names) return names.error();
    if (postgres::CapturedTables(*all, *filter, config.publish_via_partition_root, *names)
            .empty()) {
      return "no captured table is " + expression +
             ": name it as schema.table, or as a regular expression for the whole of that; "
             "`sluice capture status` counts what is captured";
    }
  }
  return std::string();
}

ExitCode Send(CommandContext& context, SourceSignal signal) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kCapture);
  if (!loaded) return ExitCode::kUsage;
  const config::Config& config = loaded->config;
  postgres::Connection connection;
  if (!connection.Open(DatabaseSettings(config), postgres::Connection::Kind::kPlain)) {
    return Fail(context, connection.failure().detail);
  }
  signal.id = "signal-" + std::to_string(SystemClock().WallMs());
  const std::array<std::string, 1> slot = {config.slot_name};
  const auto active =
      connection.Query("SELECT active FROM pg_catalog.pg_replication_slots WHERE slot_name = $1",
                       "looking for the slot", slot);
  if (!active) return Fail(context, connection.failure().detail);
  if (active->empty()) {
    return Fail(context, "slot " + config.slot_name +
                             " does not exist: nobody would ever read the signal; start sluice "
                             "capture first");
  }
  if (signal.type == "execute-snapshot") {
    const auto stray = FindStray(signal, config, connection);
    if (!stray) return Fail(context, stray.error().ToString());
    if (!stray->empty()) return Fail(context, *stray);
  }
  if (!SendToCapture(signal, config, connection)) {
    return Fail(context, connection.failure().detail);
  }
  const bool read = active->Flag(0, 0);
  if (context.global.json) {
    JsonWriter json;
    json.BeginObject().Key("schema").String("sluice.signal/1").Key("id").String(signal.id);
    json.Key("slot_active").Boolean(read).EndObject();
    context.out << json.text() << "\n";
  } else {
    context.out << signal.id << " stands in the database's log"
                << (read ? "; see `sluice capture status` and the source's log\n"
                         : "; nobody reads the slot now: it is taken when sluice capture starts\n");
  }
  return ExitCode::kDone;
}

}  // namespace

void AddCaptureSignal(CLI::App& capture, CommandContext& context) {
  CLI::App& verb =
      AddVerb(capture, "signal",
              "Asks the source to read the rows of tables while it streams (execute-snapshot), or "
              "to stop, pause or resume that",
              "sluice capture signal execute-snapshot public.users -c sluice.yaml\n"
              "sluice capture signal execute-snapshot public.orders --filter 'id > 1000'\n"
              "sluice capture signal pause-snapshot");
  AddConfigOption(verb, context.global);
  const auto wish = std::make_shared<SourceSignal>();
  verb.add_option("TYPE", wish->type,
                  "execute-snapshot, stop-snapshot, pause-snapshot or resume-snapshot")
      ->required()
      ->check(CLI::IsMember(
          {"execute-snapshot", "stop-snapshot", "pause-snapshot", "resume-snapshot"}));
  verb.add_option("TABLE", wish->tables,
                  "The tables, as schema.table or a regular expression for it; stop-snapshot "
                  "without any stops all");
  verb.add_option("--filter", wish->filter, "SQL that the rows must meet")->type_name("SQL");
  verb.callback([&context, wish] {
    if (wish->type == "execute-snapshot" && wish->tables.empty()) {
      throw CLI::ValidationError("execute-snapshot needs a TABLE, as schema.table");
    }
    context.exit_code = Send(context, *wish);
  });
}

}  // namespace sluice::service
