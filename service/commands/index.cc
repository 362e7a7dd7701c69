#include "service/commands/index.h"

#include <unistd.h>

#include <ostream>

#include "service/commands/colour.h"
#include "service/commands/load_config.h"
#include "service/commands/version.h"
#include "service/composition/system_clock.h"
#include "service/http/endpoints.h"
#include "service/http/http_server.h"
#include "service/lifecycle/index_service.h"

namespace sluice::service {
namespace {

telemetry::Telemetry::Settings TelemetrySettings(const config::Config& config) {
  telemetry::Telemetry::Settings settings;
  settings.version = Version();
  settings.workers = static_cast<int>(config.workers);
  settings.queue_limit_bytes = config.pipeline_queue_max_bytes;
  settings.health = {config.health_turn_max_us, config.health_stalled_after_us};
  settings.dead_letters_topic = config.dead_letters_topic;
  return settings;
}

ExitCode RunIndex(CommandContext& context) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kYes, config::Sides::kIndex);
  if (!loaded) return ExitCode::kUsage;
  const config::Config& config = loaded->config;

  StopSignals signals;  // before any thread starts: all of them inherit the mask
  const SystemClock clock;
  telemetry::Log::Settings log_settings;
  log_settings.level = telemetry::ParseLogLevel(config.log_level);
  log_settings.format =
      config.log_format == "json" ? telemetry::LogFormat::kJson : telemetry::LogFormat::kText;
  telemetry::Log log(log_settings,
                     telemetry::StandardErrorSink(UseColour(context.global.colour, STDERR_FILENO)),
                     clock);
  telemetry::Telemetry telemetry(TelemetrySettings(config), log, clock);

  http::ServerSettings http_settings;
  http_settings.address = config.http_address;
  http_settings.port = static_cast<uint16_t>(config.http_port);
  auto server = http::HttpServer::Start(http_settings, http::MakeEndpoints(telemetry));
  if (!server) {
    log.Write(telemetry::LogLevel::kError, "cannot_start", server.error().ToString());
    return ExitCode::kUsage;
  }
  log.Write(telemetry::LogLevel::kInfo, "starting", "sluice index",
            {{"version", Version()},
             {"config", ConfigFile(context.global)},
             {"workers", config.workers},
             {"http", config.http_address + ":" + std::to_string((*server)->port())}});
  const ExitCode code = RunIndexService(config, telemetry, log, signals);
  log.FlushRepeats(true);
  log.Write(telemetry::LogLevel::kInfo, "stopped", "sluice index",
            {{"exit_code", static_cast<int64_t>(code)}});
  return code;
}

}  // namespace

void AddIndex(CLI::App& app, CommandContext& context) {
  CLI::App& verb =
      AddVerb(app, "index",
              "Reads change events from Kafka and keeps the indices of Elasticsearch or "
              "OpenSearch equal to their tables",
              "sluice index -c sluice.yaml");
  AddConfigOption(verb, context.global);
  verb.add_option("CONFIG", context.global.config_file, "The configuration, as with -c");
  verb.callback([&context] { context.exit_code = RunIndex(context); });
}

}  // namespace sluice::service
