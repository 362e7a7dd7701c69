#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice index`: the indexing service.
void AddIndex(CLI::App& app, CommandContext& context);

}  // namespace sluice::service
