#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/transfer/transfer_error.h"
#include "core/model/document_write.h"
#include "core/model/outcome.h"

namespace sluice::elasticsearch {

using transfer::TransferError;

/// The one place where answers of the search cluster become dispositions (delivery contract, part
/// 9). Total: whatever is not listed is held under a reason of its own, never a dead letter.

/// A request that got no answer. `body_sent`: whether any byte of the body may have left.
[[nodiscard]] Verdict OfTransfer(TransferError error, bool body_sent);

/// A request's HTTP status; 2xx is kDone. `type` is the error's, empty without one.
[[nodiscard]] Verdict OfRequest(long status, std::string_view type = {});

/// What became of one write, as its item in the reply tells.
struct ItemAnswer {
  int status = 0;
  std::string_view type;    ///< The error's, empty without one.
  std::string_view reason;  ///< The error's.
  bool noop = false;        ///< `result` is "noop": a pipeline dropped the write.
};

/// One item of a bulk reply, of a write with that action and version.
[[nodiscard]] Verdict OfItem(const ItemAnswer& answer, WriteAction action, int64_t version);

/// A version conflict by the end of the error's text: the stored version stands only there. One
/// strict pattern: "…]: version conflict, current version [N] is higher or equal to the one
/// provided [M]" (or "is higher than"), where M is the version that was sent.
[[nodiscard]] WriteResult OfConflict(std::string_view reason, int64_t version);

/// The version that such a text says is stored; 0 where it is no such text.
[[nodiscard]] int64_t StoredVersionIn(std::string_view reason, int64_t version);

/// A request that only read: nothing is in doubt, so the same is asked again.
[[nodiscard]] Verdict OfRead(const Verdict& request);

/// One document of an `_mget` reply that is an error instead.
[[nodiscard]] Verdict OfLookup(std::string_view type);

}  // namespace sluice::elasticsearch
