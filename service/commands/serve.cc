#include "service/commands/serve.h"

#include <unistd.h>

#include <ostream>

#include "service/commands/colour.h"
#include "service/commands/load_config.h"
#include "service/commands/version.h"
#include "service/composition/capture_worker.h"
#include "service/composition/changelog_worker.h"
#include "service/composition/deliver_worker.h"
#include "service/composition/system_clock.h"
#include "service/composition/worker.h"
#include "service/http/endpoints.h"
#include "service/http/http_server.h"
#include "service/lifecycle/run_parts.h"

namespace sluice::service {
namespace {

using config::Sides;

telemetry::Telemetry::Settings TelemetrySettings(const config::Config& config, Sides sides) {
  const bool indexes = Overlap(sides, Sides::kIndex);
  const bool delivers = Overlap(sides, Sides::kDeliver);
  telemetry::Telemetry::Settings settings;
  settings.version = Version();
  settings.workers = indexes ? static_cast<int>(config.workers) : delivers ? 1 : 0;
  settings.captures = Overlap(sides, Sides::kCapture);
  settings.queue_limit_bytes = config.pipeline_queue_max_bytes;
  settings.health = {config.health_turn_max_us, config.health_stalled_after_us};
  settings.dead_letters_topic =
      delivers ? config.deliver_dead_letters_topic : config.dead_letters_topic;
  if (Overlap(sides, Sides::kChangelog))
    for (const ChangelogSink sink : ChangelogSinksOf(config))
      settings.changelogs.emplace_back(ChangelogSinkName(sink));
  settings.outbox_updates_are_errors = config.outbox_op_invalid == "error";
  return settings;
}

Result<Parts> OpenParts(const config::Config& config, const ServeOptions& options,
                        telemetry::Telemetry& telemetry, telemetry::Log& log) {
  Parts parts;
  if (Overlap(options.sides, Sides::kCapture)) {
    auto source = CaptureWorker::Open(config, {Version(), options.once}, telemetry, log);
    if (!source) return source.error();
    parts.push_back(std::move(*source));
  }
  if (Overlap(options.sides, Sides::kChangelog))
    for (const ChangelogSink sink : ChangelogSinksOf(config))
      parts.push_back(std::make_unique<ChangelogWorker>(config, sink, telemetry, log));
  if (Overlap(options.sides, Sides::kDeliver)) {
    auto deliverer = DeliverWorker::Open(config, telemetry, log);
    if (!deliverer) return deliverer.error();
    parts.push_back(std::move(*deliverer));
  }
  if (!Overlap(options.sides, Sides::kIndex)) return parts;
  for (int number = 0; number < config.workers; ++number) {
    auto worker = Worker::Open(config, number, telemetry, log);
    if (!worker) return worker.error();
    parts.push_back(std::move(*worker));
  }
  return parts;
}

}  // namespace

telemetry::Log::Settings LogSettingsOf(const config::Config& config) {
  telemetry::Log::Settings settings;
  settings.level = telemetry::ParseLogLevel(config.log_level);
  settings.format =
      config.log_format == "json" ? telemetry::LogFormat::kJson : telemetry::LogFormat::kText;
  return settings;
}

ExitCode Serve(CommandContext& context, const ServeOptions& options) {
  const auto loaded = LoadGoodConfig(context, UsedHere::kYes, options.sides);
  if (!loaded) return ExitCode::kUsage;
  const config::Config& config = loaded->config;

  StopSignals signals;  // before any thread starts: all of them inherit the mask
  const SystemClock clock;
  telemetry::Log log(LogSettingsOf(config),
                     telemetry::StandardErrorSink(UseColour(context.global.colour, STDERR_FILENO)),
                     clock);
  telemetry::Telemetry telemetry(TelemetrySettings(config, options.sides), log, clock);

  http::ServerSettings http_settings;
  http_settings.address = config.http_address;
  http_settings.port = static_cast<uint16_t>(config.http_port);
  auto server = http::HttpServer::Start(http_settings, http::MakeEndpoints(telemetry));
  if (!server) {
    log.Write(telemetry::LogLevel::kError, "cannot_start", server.error().ToString());
    return ExitCode::kUsage;
  }
  log.Write(telemetry::LogLevel::kInfo, "starting", options.name,
            {{"version", Version()},
             {"config", ConfigFile(context.global)},
             {"http", config.http_address + ":" + std::to_string((*server)->port())}});
  const auto parts = OpenParts(config, options, telemetry, log);
  if (!parts) {
    log.Write(telemetry::LogLevel::kError, "cannot_start", parts.error().ToString());
    return ExitCode::kUsage;
  }
  const ExitCode code = RunParts(*parts, config, telemetry, log, signals);
  log.FlushRepeats(true);
  log.Write(telemetry::LogLevel::kInfo, "stopped", options.name,
            {{"exit_code", static_cast<int64_t>(code)}});
  return code;
}

CLI::App& AddServiceVerb(CLI::App& app, CommandContext& context, const std::string& name,
                         const std::string& purpose, const std::string& examples) {
  CLI::App& verb = AddVerb(app, name, purpose, examples);
  AddConfigOption(verb, context.global);
  verb.add_option("CONFIG", context.global.config_file, "The configuration, as with -c");
  return verb;
}

}  // namespace sluice::service
