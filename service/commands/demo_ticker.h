#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice demo ticker`: writes prices of stocks into a topic.
void AddDemoTicker(CLI::App& demo, CommandContext& context);

}  // namespace sluice::service
