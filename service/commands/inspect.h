#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice inspect TOPIC…`: what the records of topics say and what would be written.
void AddInspect(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
