#include "adapters/webhook/error_map.h"

namespace sluice::webhook {
namespace {

using enum Disposition;
using R = FailureReason;
using transfer::TransferError;

Verdict Say(Disposition disposition, FailureReason reason) {
  return {disposition, reason, WriteResult::kCreated};
}

}  // namespace

Verdict OfTransfer(TransferError error) {
  switch (error) {
    case TransferError::kNone: return Say(kDone, R::kNone);
    case TransferError::kUnreachable: return Say(kRetry, R::kUnreachable);
    case TransferError::kConnectionLost: return Say(kInDoubt, R::kConnectionLost);
    case TransferError::kTimeout: return Say(kInDoubt, R::kTimeout);
    case TransferError::kUnreadable: return Say(kInDoubt, R::kUnreadableReply);
    case TransferError::kCancelled: return Say(kCancelled, R::kNone);
  }
  return Say(kHold, R::kInternal);
}

Verdict OfStatus(long status) {
  if (status >= 200 && status < 300) return Say(kDone, R::kNone);
  switch (status) {
    // The body itself: no later attempt can end otherwise.
    case 400:
    case 415:
    case 422: return Say(kReject, R::kBadRequest);
    case 413: return Say(kReject, R::kTooLarge);
    // Who we are.
    case 401:
    case 403:
    case 407: return Say(kHold, R::kUnauthorized);
    // The customer still works on the first attempt with this key.
    case 409: return Say(kInDoubt, R::kOverloaded);
    case 408: return Say(kInDoubt, R::kTimeout);
    case 425:
    case 429: return Say(kRetry, R::kOverloaded);
    default: break;
  }
  if (status >= 500 && status < 600) return Say(kInDoubt, R::kServerError);
  // Redirects (a moved address is the customer's to tell and ours to configure), 404, 405, 410, …
  return Say(kHold, R::kUnexpectedStatus);
}

}  // namespace sluice::webhook
