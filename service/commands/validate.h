#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice validate [FILE…]`
void AddValidate(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
