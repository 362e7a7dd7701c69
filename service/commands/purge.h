#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice purge`: removes what soft deletes have left, where nothing older is read again.
void AddPurge(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
