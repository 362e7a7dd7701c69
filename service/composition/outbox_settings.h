#pragma once

#include <functional>

#include "core/model/result.h"
#include "core/operations/outbox/outbox_router.h"
#include "service/config/config.h"

namespace sluice::service {

/// What the section `outbox` means. Fails for an expression that is none.
[[nodiscard]] Result<OutboxSettings> OutboxSettingsOf(const config::Config& config);

/// Which tables are outboxes. Fails for an expression that is none.
[[nodiscard]] Result<std::function<bool(const Table&)>> IsOutboxOf(const config::Config& config);

}  // namespace sluice::service
