#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice config show | docs | example | metrics`
void AddConfig(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
