#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice changelog`.
void AddChangelog(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
