#pragma once

#include "service/commands/command.h"

namespace sluice::service {

void AddRebuild(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
