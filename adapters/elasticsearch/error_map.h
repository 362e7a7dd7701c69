#pragma once

#include <cstdint>
#include <string_view>

#include "core/model/document_write.h"
#include "core/model/outcome.h"

namespace sluice::elasticsearch {

/// How a transfer ended when no HTTP answer was received.
enum class TransferError : uint8_t {
  kNone,            ///< There is an answer.
  kUnreachable,     ///< Name, connection or TLS failed.
  kConnectionLost,  ///< Broken off after the connection stood.
  kTimeout,         ///< No whole answer in time, after the connection stood.
  kUnreadable,      ///< Not HTTP, or larger than accepted.
  kCancelled,       ///< Aborted by us.
};

/// The one place where answers of the search cluster become dispositions (delivery contract, part
/// 9). Total: whatever is not listed is held under a reason of its own, never a dead letter.

/// A request that got no answer. `body_sent`: whether any byte of the body may have left.
[[nodiscard]] Verdict OfTransfer(TransferError error, bool body_sent);

/// A request's HTTP status; 2xx is kDone.
[[nodiscard]] Verdict OfRequest(long status);

/// One item of a bulk reply. `type` and `reason` are the error object's, empty without one.
[[nodiscard]] Verdict OfItem(int status, WriteAction action, std::string_view type,
                             std::string_view reason);

/// A version conflict by the error's text: the stored version stands only there. One strict
/// pattern: "…: version conflict, current version [N] is higher or equal to the one provided [M]".
[[nodiscard]] WriteResult OfConflict(std::string_view reason);

}  // namespace sluice::elasticsearch
