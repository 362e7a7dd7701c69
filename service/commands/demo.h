#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice demo users`: writes demo rows into PostgreSQL.
void AddDemo(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
