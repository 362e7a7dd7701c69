#pragma once

#include <string>

#include "service/commands/command.h"
#include "service/config/config.h"
#include "service/config/sides.h"
#include "service/telemetry/log.h"

namespace sluice::service {

/// What a service command runs.
struct ServeOptions {
  std::string name;  ///< "sluice index", for the log.
  config::Sides sides = config::Sides::kRun;
  bool once = false;  ///< The source ends at what is the end of the database's log.
};

/// Runs parts of the program with log, metrics and health, until they end or a signal comes.
[[nodiscard]] ExitCode Serve(CommandContext& context, const ServeOptions& options);

/// Adds a command that serves: its configuration as -c or as the one positional.
CLI::App& AddServiceVerb(CLI::App& app, CommandContext& context, const std::string& name,
                         const std::string& purpose, const std::string& examples);

/// How the process logs, as the configuration says.
[[nodiscard]] telemetry::Log::Settings LogSettingsOf(const config::Config& config);

}  // namespace sluice::service
