#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice control show|accept|new-incarnation`: whose history an index's versions are.
void AddControl(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
