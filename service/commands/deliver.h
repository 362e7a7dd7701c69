#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice deliver`: sends the records of a topic to their destinations' HTTP servers.
void AddDeliver(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
