#include "service/commands/demo_ticker.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

#include "adapters/kafka/record_publisher.h"
#include "service/commands/demo_process.h"
#include "service/commands/load_config.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/system_clock.h"
#include "service/demo/demo_ticker.h"

namespace sluice::service {
namespace {

struct Flags {
  demo::TickerOptions options;
  std::string brokers;
  std::vector<std::string> properties;  ///< "key=value"
  int32_t partitions = 6;
  bool keyless = false;
  std::optional<uint64_t> seed;
};

/// The brokers of the flags, else of the file or the variables, else those that scripts/stack
/// starts. What else a configuration requires is not used here and gets values that satisfy the
/// loader.
std::optional<kafka::Settings> BrokersOf(const Flags& flags, CommandContext& context) {
  GlobalOptions& global = context.global;
  const bool named = !ConfigFile(global).empty() || std::getenv("SLUICE_KAFKA_BROKERS") != nullptr;
  if (!flags.brokers.empty() || !named) {
    global.sets.push_back("kafka.brokers=" +
                          (flags.brokers.empty() ? "127.0.0.1:19092" : flags.brokers));
  }
  for (const std::string& property : flags.properties)
    global.sets.push_back("kafka.properties." + property);
  if (ConfigFile(global).empty()) {
    global.sets.emplace_back("kafka.topics=" + flags.options.topic);
    global.sets.emplace_back("elasticsearch.urls=http://127.0.0.1:9200");
  }
  const auto loaded = LoadGoodConfig(context);
  if (!loaded) return std::nullopt;
  return KafkaSettings(loaded->config);
}

ExitCode RunTicker(const Flags& flags, CommandContext& context) {
  demo::TickerOptions options = flags.options;
  if (std::any_of(options.symbols.begin(), options.symbols.end(),
                  [](const std::string& symbol) { return symbol.empty(); })) {
    context.err << "sluice demo: --symbols names an empty symbol; write A,B,C\n";
    return ExitCode::kUsage;
  }
  const auto settings = BrokersOf(flags, context);
  if (!settings) return ExitCode::kUsage;
  StoppablePause pause;  // before the Kafka client starts its threads
  SystemClock clock;
  options.brokers = settings->brokers;
  options.keyed = !flags.keyless;
  options.seed = flags.seed ? *flags.seed : SystemRandomness().Next() % 1'000'000'000;
  options.json = context.global.json;
  options.terminal = DrawsOnErrors();
  options.columns = ErrorColumns();
  kafka::PublisherSettings publisher_settings;
  publisher_settings.create_partitions = flags.partitions;
  publisher_settings.compression = "none";  // short records, for any reader
  auto publisher = kafka::RecordPublisher::Make(*settings, publisher_settings, clock);
  if (!publisher) {
    context.err << "sluice demo: " << publisher.error().ToString() << "\n";
    return ExitCode::kUsage;
  }
  const demo::DemoSurroundings surroundings{clock, [&pause](int ms) { return pause(ms); }};
  switch (demo::RunDemoTicker(options, **publisher, surroundings, context.out, context.err)) {
    case demo::DemoEnd::kDone: return ExitCode::kDone;
    case demo::DemoEnd::kFailed: return ExitCode::kFailed;
    case demo::DemoEnd::kStopped: break;
  }
  return pause.stopped();
}

}  // namespace

void AddDemoTicker(CLI::App& demo, CommandContext& context) {
  CLI::App& verb = AddVerb(
      demo, "ticker",
      "Writes random prices of stocks into a topic: symbol, price and time as JSON, keyed by the "
      "symbol.\nMakes the topic when it is missing; tells how many of each symbol it has written.",
      "sluice demo ticker -Q 0 --rate 5 -b 127.0.0.1:19092");
  const auto flags = std::make_shared<Flags>();
  // Two or so for each of six partitions.
  flags->options.symbols = {"AAPL", "ADBE", "AMD",  "AMZN", "ARM", "GOOG", "IBM",
                            "META", "MSFT", "NVDA", "SAP",  "SIE", "SPOT", "UBER"};
  AddConfigOption(verb, context.global);
  verb.add_option("-b,--brokers", flags->brokers,
                  "The brokers, host:port,…; else kafka.brokers, else what scripts/stack starts")
      ->type_name("LIST");
  verb.add_option("-X", flags->properties, "A librdkafka property, as kafka.properties; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  verb.add_option("--topic", flags->options.topic, "The topic (tick)")->type_name("NAME");
  verb.add_option("--partitions", flags->partitions, "Of a topic that is made (6)")
      ->type_name("N")
      ->check(CLI::Range(int32_t{1}, int32_t{10'000}));
  verb.add_option("--symbols", flags->options.symbols, "The stocks; A,B or repeated")
      ->type_name("S,…")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("-Q,--quantity", flags->options.quantity,
                  "Ticks to write (100); 0: until it is stopped")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}));
  verb.add_option("--rate", flags->options.rate, "Ticks a second; 0: as fast as it goes (10)")
      ->type_name("N")
      ->check(CLI::Range(0.0, 1e6));
  verb.add_option("--seed", flags->seed, "Makes the same prices again; printed in the summary")
      ->type_name("N");
  verb.add_flag("--keyless", flags->keyless,
                "Without a key, to each partition in turn, so that a symbol is in all of them");
  verb.callback([flags, &context] { context.exit_code = RunTicker(*flags, context); });
}

}  // namespace sluice::service
