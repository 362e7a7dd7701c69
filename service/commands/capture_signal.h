#pragma once

#include "service/commands/command.h"

namespace sluice::service {

/// `sluice capture signal`: asks a running source to read rows beside its stream, to stop, to pause
/// or to resume that.
void AddCaptureSignal(CLI::App& capture, CommandContext& context);

}  // namespace sluice::service
