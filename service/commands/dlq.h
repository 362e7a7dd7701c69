#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice dlq`: what could not be applied.
void AddDlq(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
