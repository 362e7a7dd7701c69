#pragma once

#include <cstddef>

#include "adapters/elasticsearch/transport.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// What commands do that have nothing else to do: one request, and its answer, whatever that is.
/// Waits for it. No other request is under way on the transport.
[[nodiscard]] Response AskAndWait(Transport& transport, Request request);

/// Waits before a request is asked again: 200 ms after the first time (`attempt` 0), twice as long
/// after each further one, 5 s at most.
void PauseAfter(size_t attempt, Transport& transport, const Clock& clock);

}  // namespace sluice::elasticsearch
