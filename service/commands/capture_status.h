#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice capture status`: where the source stands, and whether a start would halt.
void AddCaptureStatus(CLI::App& capture, CommandContext& context);

}  // namespace sluice::service
