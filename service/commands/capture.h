#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice capture`: the PostgreSQL source.
void AddCapture(CLI::App& app, CommandContext& context);
/// `sluice run`: the source and the indexing service in one process.
void AddRun(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
