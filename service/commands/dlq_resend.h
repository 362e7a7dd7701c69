#pragma once

#include <functional>
#include <vector>

#include "adapters/kafka/dead_letter_record.h"
#include "service/commands/command.h"
#include "service/config/config.h"

namespace sluice::service {

/// `sluice dlq replay` of deliveries: each letter goes behind what is parked for its destination.
/// Tells what becomes of each; exit code 4 where some are left.
[[nodiscard]] ExitCode ResendDeliveries(CommandContext& context, const config::Config& config,
                                        std::vector<kafka::StoredLetter> letters, bool dry_run,
                                        const std::function<bool()>& go_on);

}  // namespace sluice::service
