#pragma once

#include "adapters/transfer/transfer_error.h"
#include "core/model/outcome.h"

namespace sluice::webhook {

/// The one place where answers of customers' servers become dispositions. Total: whatever is not
/// listed is held, never a dead letter. What is retried, in doubt or held is all sent again with
/// the same key; the word says what is known of the attempt.

/// A request that got no answer.
[[nodiscard]] Verdict OfTransfer(transfer::TransferError error);

/// A request's HTTP status. Only what speaks of the body itself is refused for good; what speaks of
/// the address, the credentials or the server may be mended and is held.
[[nodiscard]] Verdict OfStatus(long status);

}  // namespace sluice::webhook
