#include "service/commands/capture_status.h"

#include <array>
#include <ostream>

#include "core/model/lsn_text.h"
#include "service/commands/load_config.h"
#include "service/composition/capture_look.h"
#include "service/composition/capture_settings.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

constexpr std::array<const char*, 3> kSnapshots = {"not taken", "running", "done"};

const char* SnapshotText(const SourcePosition& position) {
  return kSnapshots.at(static_cast<size_t>(position.snapshot));
}

uint64_t LagBytes(const CaptureLook& look) {
  const Lsn confirmed = look.slot ? look.slot->confirmed : Lsn();
  return look.log_end > confirmed ? look.log_end.value - confirmed.value : 0;
}

uint64_t Captured(const CaptureLook& look) {
  return look.watch.tables_captured;
}

void PrintSlot(const CaptureLook& look, const config::Config& config, std::ostream& out) {
  out << "slot         " << config.slot_name;
  if (!look.slot) {
    out << ": not there\n";
    return;
  }
  const postgres::SlotState& slot = *look.slot;
  if (slot.active) {
    out << ", read by the server's process " << slot.active_pid << "\n";
  } else {
    out << ", read by nobody\n";
  }
  out << "  confirmed_flush_lsn  " << LsnText(slot.confirmed) << "\n"
      << "  restart_lsn          " << LsnText(slot.restart) << "\n"
      << "  end of the log       " << LsnText(look.log_end) << "\n"
      << "  lag                  " << LagBytes(look) << " bytes\n"
      << "  kept for it          " << look.watch.retained_wal_bytes << " bytes\n"
      << "  wal_status           " << WalStatusName(look.watch.wal_status) << "\n"
      << "  safe_wal_size        ";
  if (slot.safe_wal_size) {
    out << *slot.safe_wal_size << " bytes\n";
  } else {
    out << "no limit\n";
  }
}

/// Tables that somebody asked for, and patterns that were not looked up yet.
std::vector<std::string> AskedFor(const IncrementalProgress& progress) {
  std::vector<std::string> asked;
  for (const auto& table : progress.tables) {
    if (!table.first_snapshot) asked.push_back(table.schema + "." + table.name);
  }
  for (const SnapshotTarget& target : progress.wanted) asked.push_back(target.pattern);
  return asked;
}

void PrintLeft(const CaptureLook& look, std::ostream& out) {
  for (const std::string& table : look.snapshot_left) out << "  to be read " << table << "\n";
  const IncrementalProgress& incremental = look.recorded->incremental;
  const auto asked = AskedFor(incremental);
  if (asked.empty()) return;
  out << "asked for    " << asked.size() << " to be read while streaming, "
      << (incremental.paused ? "paused" : "running") << "\n";
  for (const std::string& table : asked) out << "  to be read " << table << "\n";
}

void PrintText(const CaptureLook& look, const config::Config& config, std::ostream& out) {
  out << "database     " << config.database_dbname << " at " << config.database_hostname << ":"
      << config.database_port;
  if (look.server) {
    out << ", system " << look.server->system_id << ", timeline " << look.server->timeline;
  }
  out << "\n";
  PrintSlot(look, config, out);
  out << "recorded     ";
  if (look.recorded) {
    out << LsnText(look.recorded->flushed) << ", epoch " << look.recorded->epoch << ", snapshot "
        << SnapshotText(*look.recorded) << "\n";
    PrintLeft(look, out);
  } else {
    out << "nothing in " << config.capture_positions_topic << " for " << PositionName(config)
        << "\n";
  }
  out << "publication  " << config.publication_name;
  if (look.has_publication) {
    out << ": " << look.watch.tables_published << " of " << Captured(look) << " captured tables\n";
  } else {
    out << ": not there; " << Captured(look) << " tables are to be captured"
        << (look.makes_publication ? "; the first start creates it" : "") << "\n";
  }
  for (const std::string& table : look.unpublished) out << "  without " << table << "\n";
  for (const std::string& warning : look.warnings) out << "warning      " << warning << "\n";
  for (const std::string& obstacle : look.obstacles) out << "halts        " << obstacle << "\n";
  out << "a start      " << look.next << "\n";
}

void WriteTexts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.Key(name).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void WriteSlot(JsonWriter& json, const CaptureLook& look) {
  json.Key("slot");
  if (!look.slot) {
    json.Null();
    return;
  }
  const postgres::SlotState& slot = *look.slot;
  json.BeginObject().Key("name").String(slot.name);
  json.Key("confirmed_flush_lsn").String(LsnText(slot.confirmed));
  json.Key("restart_lsn").String(LsnText(slot.restart));
  json.Key("lag_bytes").Unsigned(LagBytes(look));
  json.Key("retained_wal_bytes").Integer(look.watch.retained_wal_bytes);
  json.Key("wal_status").String(WalStatusName(look.watch.wal_status));
  json.Key("safe_wal_bytes");
  if (slot.safe_wal_size) {
    json.Integer(*slot.safe_wal_size);
  } else {
    json.Null();
  }
  json.Key("active").Boolean(slot.active);
  json.Key("active_pid");
  if (slot.active) {
    json.Integer(slot.active_pid);
  } else {
    json.Null();
  }
  json.EndObject();
}

void WriteRecorded(JsonWriter& json, const CaptureLook& look) {
  json.BeginObject().Key("lsn").String(LsnText(look.recorded->flushed));
  json.Key("epoch").Integer(look.recorded->epoch);
  json.Key("system_id").String(look.recorded->system_id);
  json.Key("timeline").Unsigned(look.recorded->timeline);
  json.Key("snapshot").String(SnapshotText(*look.recorded));
  WriteTexts(json, "snapshot_left", look.snapshot_left);
  const auto asked = AskedFor(look.recorded->incremental);
  const char* running = look.recorded->incremental.paused ? "paused" : "running";
  json.Key("incremental_snapshot").String(asked.empty() ? "none" : running);
  WriteTexts(json, "incremental_left", asked);
  json.EndObject();
}

std::string RenderJson(const CaptureLook& look, const config::Config& config) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.capture-status/1");
  json.Key("database").String(config.database_dbname);
  json.Key("system_id");
  if (look.server) {
    json.String(look.server->system_id).Key("timeline").Unsigned(look.server->timeline);
  } else {
    json.Null();
  }
  json.Key("server_lsn").String(LsnText(look.log_end));
  WriteSlot(json, look);
  json.Key("recorded");
  if (look.recorded) {
    WriteRecorded(json, look);
  } else {
    json.Null();
  }
  json.Key("publication").BeginObject().Key("name").String(config.publication_name);
  json.Key("exists").Boolean(look.has_publication);
  json.Key("tables_captured").Unsigned(Captured(look));
  json.Key("tables_published").Unsigned(look.watch.tables_published);
  WriteTexts(json, "without", look.unpublished);
  json.EndObject();
  json.Key("healthy").Boolean(look.obstacles.empty());
  json.Key("start").String(look.next);
  WriteTexts(json, "halts", look.obstacles);
  WriteTexts(json, "warnings", look.warnings);
  json.EndObject();
  return json.text() + "\n";
}

ExitCode RunStatus(CommandContext& context) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kCapture);
  if (!loaded) return ExitCode::kUsage;
  const auto look = LookAtCapture(loaded->config);
  if (!look) {
    context.err << "sluice: " << look.error().ToString() << "\n";
    return ExitCode::kFailed;
  }
  if (context.global.json) {
    context.out << RenderJson(*look, loaded->config);
  } else {
    PrintText(*look, loaded->config, context.out);
  }
  return look->obstacles.empty() ? ExitCode::kDone : ExitCode::kNo;
}

}  // namespace

void AddCaptureStatus(CLI::App& capture, CommandContext& context) {
  CLI::App& verb = AddVerb(
      capture, "status",
      "Shows where the source stands: its slot, its recorded position and its publication.\n"
      "Asks the database and the brokers, also while the source runs; creates and changes nothing. "
      "Exit code 4: a start would halt; why and the cure are printed.",
      "sluice capture status -c sluice.yaml");
  AddConfigOption(verb, context.global);
  verb.add_option("CONFIG", context.global.config_file, "The configuration, as with -c");
  verb.callback([&context] { context.exit_code = RunStatus(context); });
}

}  // namespace sluice::service
