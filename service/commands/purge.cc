#include "service/commands/purge.h"

#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "adapters/elasticsearch/document_reader.h"
#include "core/operations/index/stub_purge.h"
#include "service/commands/load_config.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/control_operator.h"
#include "service/config/values.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

using elasticsearch::StoredStub;

constexpr int64_t kUsPerMs = 1'000;

struct PurgeOptions {
  std::vector<std::string> indices;
  std::string older_than;
  bool dry_run = false;
  bool yes = false;
};

/// What became of the stubs of one index.
struct Purged {
  std::string index;
  std::vector<int64_t> floors;
  size_t seen = 0;
  size_t old = 0;      ///< Of these: nothing older is read again.
  size_t removed = 0;  ///< Of these.
};

class Purger {
 public:
  Purger(const config::Config& config, ControlOperator& desk, const PurgeOptions& options)
      : desk_(desk),
        options_(options),
        least_us_(PipelineSettingsOf(config).window_us),
        reader_(SearchSettings(config), clock_) {}

  /// The time before which records may not be read again, or why the options do not give one.
  Status Begin() {
    const auto age_us = config::ParseDurationUs(options_.older_than);
    if (!age_us || *age_us < least_us_) {
      return Error{"--older-than: got \"" + options_.older_than + "\", expected a duration from " +
                       config::FormatDurationUs(least_us_) +
                       " on, the time for which late copies of writes may be alive",
                   "give the time after which nobody reads the topic again, such as 168h"};
    }
    before_ms_ = clock_.WallMs() - *age_us / kUsPerMs;
    return {};
  }

  Result<Purged> Run(const std::string& index) {
    const auto view = desk_.Look(index);
    if (!view) return view.error();
    const auto horizon = desk_.OffsetsAt(*view, before_ms_);
    if (!horizon) return horizon.error();
    const auto record = PlanPurge(view->recorded, view->seen, *horizon);
    if (!record) return record.error();
    if (!options_.dry_run) {
      // Before anything goes: whoever would read older records halts from now on.
      if (Status stored = desk_.Apply(*view, {*record}); !stored) return stored.error();
    }
    Purged purged;
    purged.index = index;
    purged.floors = record->floors;
    const Status scanned = reader_.ScanStubs(
        record->destination.backing, [&](std::vector<StoredStub> stubs) -> Status {
          purged.seen += stubs.size();
          std::erase_if(stubs, [&](const StoredStub& stub) {
            return !MayRemoveStub(*record, stub.version, stub.partition);
          });
          purged.old += stubs.size();
          if (options_.dry_run || stubs.empty()) return {};
          const auto removed = reader_.RemoveStubs(index, stubs);
          if (!removed) return removed.error();
          purged.removed += *removed;
          return {};
        });
    if (!scanned) return scanned.error();
    return purged;
  }

 private:
  SystemClock clock_;
  ControlOperator& desk_;
  const PurgeOptions& options_;
  const int64_t least_us_;
  elasticsearch::DocumentReader reader_;
  int64_t before_ms_ = 0;
};

void Print(const Purged& purged, bool dry_run, std::ostream& out) {
  out << purged.index << ": " << purged.seen << " stubs, " << purged.old << " old enough, "
      << (dry_run ? "none removed (--dry-run)" : std::to_string(purged.removed) + " removed")
      << "; from now on nothing is read again before offset";
  for (const int64_t floor : purged.floors) out << " " << floor;
  out << "\n";
}

void Write(const Purged& purged, JsonWriter& json) {
  json.BeginObject().Key("index").String(purged.index).Key("stubs").Unsigned(purged.seen);
  json.Key("old").Unsigned(purged.old).Key("removed").Unsigned(purged.removed);
  json.Key("floors").BeginArray();
  for (const int64_t floor : purged.floors) json.Integer(floor);
  json.EndArray().EndObject();
}

ExitCode Fail(CommandContext& context, const Error& error) {
  context.err << "sluice: " << error.ToString() << "\n";
  return ExitCode::kFailed;
}

ExitCode Purge(CommandContext& context, const PurgeOptions& options) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, config::Sides::kIndex);
  if (!loaded) return ExitCode::kUsage;
  if (!options.dry_run && !options.yes) {
    context.err << "sluice: stubs are removed for good, and records older than "
                << options.older_than
                << " can never be read again into the same documents: add --yes, or --dry-run\n";
    return ExitCode::kUsage;
  }
  const auto desk = ControlOperator::Open(loaded->config);
  if (!desk) return Fail(context, desk.error());
  Purger purger(loaded->config, **desk, options);
  if (Status begun = purger.Begin(); !begun) {
    context.err << "sluice: " << begun.error().ToString() << "\n";
    return ExitCode::kUsage;
  }
  std::vector<std::string> indices = options.indices;
  if (indices.empty()) {
    auto all = (*desk)->Indices();
    if (!all) return Fail(context, all.error());
    indices = std::move(*all);
  }
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.purge/1");
  json.Key("dry_run").Boolean(options.dry_run).Key("indices").BeginArray();
  for (const std::string& index : indices) {
    const auto purged = purger.Run(index);
    if (!purged) return Fail(context, purged.error());
    if (context.global.json) {
      Write(*purged, json);
    } else {
      Print(*purged, options.dry_run, context.out);
    }
  }
  json.EndArray().EndObject();
  if (context.global.json) context.out << json.text() << "\n";
  return ExitCode::kDone;
}

}  // namespace

void AddPurge(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "purge",
      "Removes the stubs that index.deletes: soft has left of rows deleted long ago.\nWhat is "
      "older than "
      "the given time may not be read again then: the control record keeps from which offset on, "
      "and a start from before it halts. Works while the service runs.",
      "sluice purge --older-than 168h --dry-run -c sluice.yaml\n"
      "sluice purge cdc.public.users --older-than 168h --yes");
  AddConfigOption(verb, context.global);
  const auto options = std::make_shared<PurgeOptions>();
  verb.add_option("INDEX", options->indices, "The indices (those of all topics)");
  verb.add_option("--older-than", options->older_than,
                  "The time after which nobody reads the topic again, such as 168h")
      ->type_name("DURATION")
      ->required();
  verb.add_flag("--dry-run", options->dry_run, "Tells what would be removed, and changes nothing");
  verb.add_flag("--yes", options->yes, "Removes them");
  verb.callback([&context, options] { context.exit_code = Purge(context, *options); });
}

}  // namespace sluice::service
