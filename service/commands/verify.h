#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice verify`: whether the indices equal the tables, while both change.
void AddVerify(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
