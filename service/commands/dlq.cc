#include "service/commands/dlq.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <utility>

#include "adapters/debezium/unchanged_merger.h"
#include "adapters/kafka/admin.h"
#include "service/commands/dlq_resend.h"
#include "service/commands/load_config.h"
#include "service/composition/adapter_settings.h"
#include "service/inspect/write_planner.h"
#include "service/letters/letter_box.h"
#include "service/letters/letter_groups.h"
#include "service/letters/live_replay.h"
#include "service/lifecycle/signals.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

using letters::LetterFilter;

struct Flags {
  LetterFilter filter;
  std::string place;
  bool values = false;
  bool dry_run = false;
  uint64_t limit = 100;
  std::vector<std::string> before;  ///< "PARTITION:OFFSET" of purge.
  bool all = false;
  bool yes = false;
};

ExitCode Fail(CommandContext& context, const Error& error) {
  context.err << "sluice: " << error.ToString() << "\n";
  return ExitCode::kFailed;
}

/// What every verb begins with: the configuration, and the letters there are.
class Box {
 public:
  explicit Box(CommandContext& context) : context_(context) {}

  /// False: `exit_code` says why not.
  bool Open(Flags& flags) {
    if (!flags.place.empty() && !letters::ParsePlace(flags.place, flags.filter)) {
      context_.err << "sluice: got \"" << flags.place
                   << "\", expected a letter's partition and offset, as 0:17\n";
      exit_code = ExitCode::kUsage;
      return false;
    }
    exit_code = ExitCode::kUsage;
    reader_ = ReaderIn(context_.global);
    if (reader_.side == config::Sides::kCapture) reader_.side = config::Sides::kIndex;
    loaded_ = LoadGoodConfig(context_, UsedHere::kNo, reader_.side);
    if (!loaded_) return false;
    if (reader_.side == config::Sides::kDeliver)
      loaded_->config.dead_letters_topic = loaded_->config.deliver_dead_letters_topic;
    return true;
  }
  bool Read(const std::function<void(kafka::StoredLetter)>& take) {
    const auto sight = letters::ReadLetters(config(), take, [this] { return GoOn(); });
    if (!sight) {
      exit_code = Fail(context_, sight.error());
      return false;
    }
    if (interrupted()) {
      exit_code = ExitCode::kInterrupted;
      return false;
    }
    // A change log's are in the topic of the index, where there is one.
    if (reader_.delivers_too)
      context_.err << "sluice: those of its deliveries are in "
                   << config().deliver_dead_letters_topic << ": give a file of these alone\n";
    if (!sight->exists)
      context_.err << "sluice: there is no topic " << config().dead_letters_topic
                   << " yet: nothing was ever refused\n";
    if (sight->foreign > 0)
      context_.err << "sluice: " << sight->foreign << " records of " << config().dead_letters_topic
                   << " are no dead letters of this program\n";
    return true;
  }
  [[nodiscard]] bool GoOn() {
    if (signal_ == 0) signal_ = signals_.Wait(0);
    return signal_ == 0;
  }
  [[nodiscard]] bool interrupted() const { return signal_ != 0; }
  [[nodiscard]] const config::Config& config() const { return loaded_->config; }
  /// Whose letters they are.
  [[nodiscard]] config::Sides reader() const { return reader_.side; }

  ExitCode exit_code = ExitCode::kDone;

 private:
  CommandContext& context_;
  StopSignals signals_;  // before any Kafka client starts its threads
  int signal_ = 0;
  std::optional<config::LoadedConfig> loaded_;
  FileReader reader_;
};

// ---- list, show --------------------------------------------------------------------------------

ExitCode List(CommandContext& context, Flags& flags) {
  Box box(context);
  letters::LetterGroups groups;
  if (!box.Open(flags) || !box.Read([&](kafka::StoredLetter letter) {
        if (flags.filter.Takes(letter)) groups.Add(std::move(letter));
      }))
    return box.exit_code;
  context.out << (context.global.json ? letters::RenderGroupsJson(groups)
                                      : letters::RenderGroups(groups));
  return ExitCode::kDone;
}

ExitCode Show(CommandContext& context, Flags& flags) {
  Box box(context);
  uint64_t found = 0;
  std::string json;
  if (!box.Open(flags) || !box.Read([&](const kafka::StoredLetter& letter) {
        if (!flags.filter.Takes(letter) || ++found > flags.limit) return;
        if (context.global.json) {
          json += (json.empty() ? "" : ",") + letters::RenderLetterJson(letter, flags.values);
        } else {
          context.out << letters::RenderLetter(letter, flags.values);
        }
      }))
    return box.exit_code;
  if (context.global.json) {
    JsonWriter document;
    document.BeginObject().Key("schema").String("sluice.dlq-show/1").Key("found").Unsigned(found);
    document.Key("letters").Raw("[" + json + "]").EndObject();
    context.out << document.text() << "\n";
  } else if (found > flags.limit) {
    context.out << found - flags.limit << " more; give a filter, or a higher --limit\n";
  }
  return found == 0 ? ExitCode::kNo : ExitCode::kDone;
}

// ---- replay ------------------------------------------------------------------------------------

void WriteOutcome(JsonWriter& json, const letters::ReplayOutcome& outcome) {
  json.BeginObject().Key("letter").String(letters::PlaceText(outcome.letter));
  json.Key("record").String(letters::RecordText(outcome.letter));
  json.Key("index").String(outcome.letter.index).Key("id").String(outcome.letter.id);
  json.Key("version").Integer(outcome.letter.version);
  json.Key("result").String(letters::ReplayResultName(outcome.result));
  json.Key("why").String(outcome.why).EndObject();
}

ExitCode Replay(CommandContext& context, Flags& flags) {
  Box box(context);
  std::vector<kafka::StoredLetter> chosen;
  std::set<std::pair<TopicPartition, int64_t>> refused;
  if (!box.Open(flags)) return box.exit_code;
  if (box.reader() == config::Sides::kChangelog) {
    context.err << "sluice: what a change log has refused is not replayed; begin it anew under "
                   "another changelog.name where its rows are needed\n";
    return ExitCode::kNo;
  }
  if (!box.Read([&](kafka::StoredLetter letter) {
        refused.emplace(letter.record.stream, letter.record.offset.value);
        if (flags.filter.Takes(letter)) chosen.push_back(std::move(letter));
      }))
    return box.exit_code;
  if (chosen.empty() && !flags.place.empty()) {
    context.err << "sluice: there is no letter " << flags.place << "\n";
    return ExitCode::kNo;
  }
  if (box.reader() == config::Sides::kDeliver)
    return ResendDeliveries(context, box.config(), std::move(chosen), flags.dry_run,
                            [&box] { return box.GoOn(); });
  auto sides = letters::LiveReplaySides::Open(
      box.config(), [&box] { return box.GoOn(); },
      [&context](int64_t ms) {
        context.err << "sluice: the outcome of a write was not known at first: waiting for "
                    << ms / 1'000 << " s, after which no copy of it can be alive\n";
      });
  if (!sides) return Fail(context, sides.error());
  inspect::WritePlanner planner(
      {StreamOptionsOf(box.config()), PipelineSettingsOf(box.config()), box.config().index_names});
  debezium::UnchangedMerger merger;
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.dlq-replay/1");
  json.Key("dry_run").Boolean(flags.dry_run).Key("letters").BeginArray();
  std::map<std::string, uint64_t> counts;
  bool all_good = true;
  const auto told = [&](const letters::ReplayOutcome& outcome) {
    using Result = letters::ReplayOutcome::Result;
    const std::string name = letters::ReplayResultName(outcome.result);
    ++counts[name];
    all_good = all_good && outcome.result != Result::kRefused && outcome.result != Result::kLeft &&
               outcome.result != Result::kUnknown;
    if (context.global.json) {
      WriteOutcome(json, outcome);
    } else {
      context.out << letters::PlaceText(outcome.letter) << " of "
                  << letters::RecordText(outcome.letter) << letters::DocumentText(outcome.letter)
                  << ": " << name << (outcome.why.empty() ? "" : ": " + outcome.why) << "\n"
                  << std::flush;
    }
  };
  letters::Replayer replayer(**sides, planner, merger, {flags.dry_run}, told);
  const Status status = replayer.Run(std::move(chosen), refused);
  json.EndArray().Key("counts").BeginObject();
  std::string sum;
  for (const auto& [name, count] : counts) {
    json.Key(name).Unsigned(count);
    sum += (sum.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  json.EndObject().EndObject();
  context.out << (context.global.json ? json.text() : sum.empty() ? "no letters" : sum) << "\n";
  if (box.interrupted()) return ExitCode::kInterrupted;
  if (!status) return Fail(context, status.error());
  return all_good ? ExitCode::kDone : ExitCode::kNo;
}

// ---- purge -------------------------------------------------------------------------------------

/// Up to where each partition is emptied; nothing: `--before` is no such text.
std::optional<std::map<int32_t, int64_t>> EndsOf(const Flags& flags, const kafka::Admin& admin,
                                                 const std::string& topic, Error& error) {
  std::map<int32_t, int64_t> ends;
  const auto ranges = admin.Offsets(topic);
  if (!ranges) {
    error = ranges.error();
    return std::nullopt;
  }
  for (const auto& [stream, range] : *ranges)
    if (flags.all) ends[stream.partition] = range.end.value;
  for (const std::string& text : flags.before) {
    LetterFilter at;
    if (!letters::ParsePlace(text, at)) {
      error = Error{"--before: got \"" + text + "\", expected PARTITION:OFFSET, as 0:17", ""};
      return std::nullopt;
    }
    const auto range = ranges->find({topic, *at.partition});
    if (range == ranges->end() || *at.offset > range->second.end.value) {
      error =
          Error{"--before " + text + ": topic " + topic + " has no such partition, or ends before",
                "see `sluice dlq show`"};
      return std::nullopt;
    }
    ends[*at.partition] = *at.offset;
  }
  return ends;
}

ExitCode Purge(CommandContext& context, Flags& flags) {
  if (flags.all == !flags.before.empty()) {
    context.err << "sluice: give either --before PARTITION:OFFSET or --all\n";
    return ExitCode::kUsage;
  }
  Box box(context);
  if (!box.Open(flags)) return box.exit_code;
  const std::string& topic = box.config().dead_letters_topic;
  const auto admin = kafka::Admin::Open(KafkaSettings(box.config()), std::chrono::seconds(10));
  if (!admin) return Fail(context, admin.error());
  Error error;
  const auto ends = EndsOf(flags, *admin, topic, error);
  if (!ends) return Fail(context, error);
  letters::LetterGroups going;
  if (!box.Read([&](kafka::StoredLetter letter) {
        const auto end = ends->find(letter.place.partition);
        if (end != ends->end() && letter.at.value < end->second) going.Add(std::move(letter));
      }))
    return box.exit_code;
  if (flags.yes) {
    for (const auto& [partition, end] : *ends)
      if (Status status = admin->DeleteRecordsBefore({topic, partition}, Offset{end}); !status)
        return Fail(context, status.error());
  }
  if (context.global.json) {
    JsonWriter json;
    json.BeginObject().Key("schema").String("sluice.dlq-purge/1");
    json.Key("purged").Boolean(flags.yes).Key("letters").Unsigned(going.count());
    json.Key("before").BeginObject();
    for (const auto& [partition, end] : *ends) json.Key(std::to_string(partition)).Integer(end);
    json.EndObject().EndObject();
    context.out << json.text() << "\n";
  } else {
    context.out << letters::RenderGroups(going);
    for (const auto& [partition, end] : *ends)
      context.out << (flags.yes ? "deleted: " : "to be deleted: ") << topic << ", partition "
                  << partition << ", every record before offset " << end << "\n";
    if (!flags.yes)
      context.out << "A topic gives up only whole beginnings of partitions, and for good: letters "
                     "that were not replayed go with them"
                  << (box.reader() == config::Sides::kIndex
                          ? ", and their ids stay divergent until their next whole write"
                          : "")
                  << ". Nothing was deleted; add --yes.\n";
  }
  return flags.yes ? ExitCode::kDone : ExitCode::kNo;
}

// ---- The verbs ---------------------------------------------------------------------------------

using RunVerb = ExitCode (*)(CommandContext&, Flags&);

CLI::App& AddLetterVerb(CLI::App& dlq, CommandContext& context, const std::string& name,
                        const std::string& purpose, const std::string& example, RunVerb run,
                        const std::shared_ptr<Flags>& flags) {
  CLI::App& verb = AddVerb(dlq, name, purpose, example);
  AddConfigOption(verb, context.global);
  verb.callback([&context, flags, run] { context.exit_code = run(context, *flags); });
  return verb;
}

void AddFilter(CLI::App& verb, const std::shared_ptr<Flags>& flags) {
  verb.add_option("--topic", flags->filter.topic, "Only letters of records of this topic");
  verb.add_option("--index", flags->filter.index, "Only letters of this index");
  verb.add_option("--destination", flags->filter.destination, "Only letters of this destination");
  verb.add_option("--id", flags->filter.id, "Only letters of this document id");
  verb.add_option("--reason", flags->filter.reason,
                  "Only letters with this reason code or error type, as `list` shows it");
}

void AddList(CLI::App& dlq, CommandContext& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& verb = AddLetterVerb(
      dlq, context, "list",
      "Shows why records were refused: a line a cause, with their number, first and last time and "
      "an example.\nReads the dead-letter topic; changes nothing.",
      "sluice dlq list -c sluice.yaml", List, flags);
  AddFilter(verb, flags);
}

void AddShow(CLI::App& dlq, CommandContext& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& verb = AddLetterVerb(
      dlq, context, "show",
      "Shows dead letters one by one, with all their headers.\nChanges nothing. Exit code 4: there "
      "is no such letter.",
      "sluice dlq show 0:17 -c sluice.yaml --values\n"
      "sluice dlq show --index cdc.public.users --id 23",
      Show, flags);
  verb.add_option("LETTER", flags->place, "Its partition and offset in the dead-letter topic");
  AddFilter(verb, flags);
  verb.add_flag("--values", flags->values, "Shows key and value of the record too");
  verb.add_option("--limit", flags->limit, "The most letters that are shown (100)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

void AddReplay(CLI::App& dlq, CommandContext& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& verb = AddLetterVerb(
      dlq, context, "replay",
      "Applies dead letters, after what refused them was mended, each with the version it always "
      "had; of a delivery, parks it, so that `sluice deliver` sends it; what a change log has "
      "refused "
      "is not replayed.\nA letter of which index "
      "or log have something newer is superseded. `sluice index` may "
      "run meanwhile. The letters stay in the topic, so that it can be run again. Exit code 4: "
      "some were refused again, or must not be written; why is printed.",
      "sluice dlq replay -c sluice.yaml --index cdc.public.users --dry-run", Replay, flags);
  verb.add_option("LETTER", flags->place, "Its partition and offset in the dead-letter topic");
  AddFilter(verb, flags);
  verb.add_flag("--dry-run", flags->dry_run, "Writes nothing, and says what would be tried");
}

void AddPurge(CLI::App& dlq, CommandContext& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& verb = AddLetterVerb(
      dlq, context, "purge",
      "Deletes the beginning of the dead-letter topic.\nA topic gives up no single records: all "
      "letters before an offset go, replayed or not. Without --yes it only shows what would go "
      "(exit code 4).",
      "sluice dlq purge --before 0:1200 -c sluice.yaml\nsluice dlq purge --all --yes", Purge,
      flags);
  verb.add_option("--before", flags->before,
                  "Of that partition every letter before that offset; repeatable")
      ->type_name("PARTITION:OFFSET")
      ->allow_extra_args(false);
  verb.add_flag("--all", flags->all, "All letters there are now");
  verb.add_flag("--yes", flags->yes, "Does it");
}

}  // namespace

void AddDlq(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(app, "dlq",
                           "Looks at the dead letters, the records that could not be applied, and "
                           "applies them after all",
                           "sluice dlq list -c sluice.yaml\nsluice dlq replay -c sluice.yaml");
  verb.require_subcommand(1);
  AddList(verb, context);
  AddShow(verb, context);
  AddReplay(verb, context);
  AddPurge(verb, context);
}

}  // namespace sluice::service
