#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice capture accept`, under `capture`.
void AddCaptureAccept(CLI::App& capture, CommandContext& context);

}  // namespace sluice::service
