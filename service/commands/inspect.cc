#include "service/commands/inspect.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>

#include "service/commands/load_config.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/system_clock.h"
#include "service/inspect/inspect_group.h"
#include "service/inspect/inspect_topics.h"
#include "service/lifecycle/signals.h"

namespace sluice::service {
namespace {

struct Flags {
  inspect::InspectOptions options;
  std::string brokers;
  std::vector<std::string> properties;  ///< "key=value"
  std::vector<int32_t> partitions;
  bool follow = false;
  std::string group;  ///< Empty: reads without one.
  std::string mode = "key_shared";
};

bool IsSet(const GlobalOptions& global, const std::string& path) {
  return std::getenv(config::EnvironmentName(path).c_str()) != nullptr ||
         std::any_of(global.sets.begin(), global.sets.end(),
                     [&path](const std::string& set) { return set.starts_with(path + "="); });
}

/// Without a file only the brokers need to be known. What `sluice index` requires besides is not
/// used here and gets values that satisfy the loader.
void StandInForFile(GlobalOptions& global) {
  if (!ConfigFile(global).empty()) return;
  for (const std::string path : {"kafka.topics", "elasticsearch.urls"}) {
    if (IsSet(global, path)) continue;
    global.sets.push_back(path +
                          (path == "kafka.topics" ? "=inspected" : "=http://127.0.0.1:9200"));
  }
  if (!IsSet(global, "kafka.group.id")) global.sets.emplace_back("kafka.group.id=inspect");
}

/// What is inspected is what `sluice index` would read; a file without an index does as well.
/// Variables of other parts do not ask for the rest of these.
std::optional<config::Sides> SidesInspected(const GlobalOptions& global) {
  const std::string file = ConfigFile(global);
  if (file.empty()) return config::Sides::kIndex;
  if (file == "-") return std::nullopt;  // cannot be read twice
  const config::Sides sides = LoadConfig(global, file).sides;
  return config::Overlap(sides, config::Sides::kIndex) ? config::Sides::kIndex : sides;
}

/// The option that gives a part of the configuration that group; empty: none does.
std::string GroupOptionNaming(const std::string& group, const config::Config& config) {
  if (group == config.kafka_group_id) return "kafka.group.id";
  return group == config.deliver_group_id ? "deliver.group.id" : "";
}

ExitCode RunInspect(const Flags& flags, CommandContext& context) {
  if (!flags.brokers.empty()) context.global.sets.push_back("kafka.brokers=" + flags.brokers);
  for (const std::string& property : flags.properties) {
    context.global.sets.push_back("kafka.properties." + property);
  }
  StandInForFile(context.global);
  const auto loaded = LoadGoodConfig(context, UsedHere::kNo, SidesInspected(context.global));
  if (!loaded) return ExitCode::kUsage;

  inspect::InspectOptions options = flags.options;
  options.partitions.insert(flags.partitions.begin(), flags.partitions.end());
  if (flags.follow && options.places.empty()) options.places.emplace_back("end");
  options.json = options.json || context.global.json;
  options.kafka = KafkaSettings(loaded->config);
  options.planner = {StreamOptionsOf(loaded->config), PipelineSettingsOf(loaded->config),
                     loaded->config.index_names};

  inspect::GroupOptions group;
  if (!flags.group.empty()) {
    const std::string taken = GroupOptionNaming(flags.group, loaded->config);
    if (!taken.empty() && !ConfigFile(context.global).empty()) {
      context.err
          << "sluice inspect: --group " << flags.group << " is " << taken
          << " of the configuration: what is read here would be missing there; give another "
             "name\n";
      return ExitCode::kUsage;
    }
    group.consumer = ConsumerSettingsOf(loaded->config, 0);
    group.consumer.group_instance_id.clear();
    group.consumer.group_id = flags.group;
    group.consumer.mode = ConsumptionModeOf(flags.mode);
    group.sole = SoleSettingsOf(group.consumer);
    group.inspect = options;
  }

  StopSignals signals;  // before the Kafka client starts its threads
  int stopped_by = 0;
  const auto go_on = [&] {
    if (stopped_by == 0) stopped_by = signals.Wait(0);
    return stopped_by == 0;
  };
  SystemClock clock;
  const inspect::InspectEnd end =
      flags.group.empty() ? inspect::RunInspect(options, clock, go_on, context.out, context.err)
                          : inspect::RunInspectGroup(group, clock, go_on, context.out, context.err);
  switch (end) {
    case inspect::InspectEnd::kDone: break;
    case inspect::InspectEnd::kUsage: return ExitCode::kUsage;
    case inspect::InspectEnd::kRefused: return ExitCode::kNo;
    case inspect::InspectEnd::kFailed: return ExitCode::kFailed;
  }
  return stopped_by == SIGINT ? ExitCode::kInterrupted : ExitCode::kDone;
}

/// What a member is given is the group's to say, and where it goes on too.
void AddGroupFlags(CLI::App& verb, const std::shared_ptr<Flags>& flags) {
  CLI::Option* group = verb.add_option("-g,--group", flags->group,
                                       "Reads as a member of this consumer group and commits what "
                                       "was printed (docs/CONSUMPTION.md)")
                           ->type_name("ID");
  for (const char* name : {"--offset", "--partition", "--exit-at-end", "--follow", "--save"})
    group->excludes(verb.get_option(name));
  verb.add_option("--mode", flags->mode,
                  "How the group shares the work: key_shared, exclusive, failover or shared "
                  "(key_shared)")
      ->type_name("MODE")
      ->check(CLI::IsMember({"key_shared", "exclusive", "failover", "shared"}))
      ->needs(group);
  verb.add_option("--seen", flags->options.seen,
                  "Counts the values of a field of the documents (symbol), or the records' keys "
                  "(key), and prints those seen")
      ->type_name("FIELD");
}

}  // namespace

void AddInspect(CLI::App& app, CommandContext& context) {
  CLI::App& verb = AddVerb(
      app, "inspect",
      "Shows the records of topics, what each says and what would be written because of it.\n"
      "Reads without a group and commits nothing, unless --group is given; follows the topics "
      "until stopped, unless -e or "
      "-n "
      "is given.\nA line: TOPIC PARTITION OFFSET TIME OP KEY → ACTION INDEX/ID vVERSION BYTES B "
      "[unchanged COLUMNS].",
      "sluice inspect cdc.public.users -b 127.0.0.1:9092 -o -100 -e");
  const auto flags = std::make_shared<Flags>();
  AddConfigOption(verb, context.global);
  verb.add_option("TOPIC", flags->options.topics, "The topics")->required();
  verb.add_flag("--regex", flags->options.is_regex,
                "TOPIC is a regular expression (POSIX extended) over whole names; topics created "
                "later are followed too");
  verb.add_option("-b,--brokers", flags->brokers, "The brokers, host:port,…; else kafka.brokers")
      ->type_name("LIST");
  verb.add_option("-X", flags->properties, "A librdkafka property, as kafka.properties; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  verb.add_option("-o,--offset", flags->options.places,
                  "Where: start, end, -100 (the last hundred of each partition), 1234, @2h (two "
                  "hours ago), s@MS (from a time), e@MS (up to a time); repeatable (start)")
      ->type_name("PLACE")
      ->allow_extra_args(false);
  verb.add_option("-n,--count", flags->options.records_max, "Stops after that many records")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  verb.add_option("-p,--partition", flags->partitions, "Only these partitions; 0,2 or repeated")
      ->type_name("P,…")
      ->delimiter(',')
      ->allow_extra_args(false);
  CLI::Option* stop_at_end = verb.add_flag("-e,--exit-at-end", flags->options.stop_at_end,
                                           "Stops at what is the end when it begins");
  verb.add_flag("-f,--follow", flags->follow,
                "Only what is written from now on (as -o end), or from -o on, until stopped")
      ->excludes(stop_at_end);
  verb.add_flag("-J", flags->options.json, "One JSON document a record (docs/INSPECT.md)");
  verb.add_option("--save", flags->options.save_file,
                  "Also writes the records themselves to FILE, as JSON lines")
      ->type_name("FILE");
  AddGroupFlags(verb, flags);
  verb.callback([flags, &context] { context.exit_code = RunInspect(*flags, context); });
}

}  // namespace sluice::service
