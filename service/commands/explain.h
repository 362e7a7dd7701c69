#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice explain`: which record a document is of.
void AddExplain(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
