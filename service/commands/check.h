#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice check`: looks whether `sluice index` could do its work.
void AddCheck(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
