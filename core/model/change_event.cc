#include "core/model/change_event.h"

namespace sluice {

const char* EventKindName(EventKind kind) {
  switch (kind) {
    case EventKind::kCreate: return "create";
    case EventKind::kRead: return "read";
    case EventKind::kUpdate: return "update";
    case EventKind::kDelete: return "delete";
    case EventKind::kTombstone: return "tombstone";
    case EventKind::kTruncate: return "truncate";
    case EventKind::kSkip: return "skip";
    case EventKind::kReject: return "reject";
  }
  return "?";
}

const char* SkipRuleName(SkipRule rule) {
  switch (rule) {
    case SkipRule::kMessage: return "message";
    case SkipRule::kHeartbeat: return "heartbeat";
    case SkipRule::kTransaction: return "transaction";
    case SkipRule::kNullKeyAndValue: return "null_key_and_value";
    case SkipRule::kTruncateIgnored: return "truncate_ignored";
    case SkipRule::kStaleEpoch: return "stale_epoch";
    case SkipRule::kNoDocument: return "no_document";
    case SkipRule::kDeleted: return "deleted";
    case SkipRule::kTombstone: return "tombstone";
  }
  return "?";
}

const char* RejectReasonName(RejectReason reason) {
  switch (reason) {
    case RejectReason::kBadJson: return "bad_json";
    case RejectReason::kBadUtf8: return "bad_utf8";
    case RejectReason::kNotAnEnvelope: return "not_an_envelope";
    case RejectReason::kUnknownOperation: return "unknown_operation";
    case RejectReason::kMissingAfter: return "missing_after";
    case RejectReason::kBadKey: return "bad_key";
    case RejectReason::kNullKey: return "null_key";
    case RejectReason::kEmptyKey: return "empty_key";
    case RejectReason::kDocumentTooLarge: return "document_too_large";
    case RejectReason::kDocumentRejected: return "document_rejected";
    case RejectReason::kBadHeader: return "bad_header";
    case RejectReason::kNotADocument: return "not_a_document";
    case RejectReason::kMissingId: return "missing_id";
    case RejectReason::kMissingBefore: return "missing_before";
    case RejectReason::kMissingColumn: return "missing_column";
    case RejectReason::kNoDestination: return "no_destination";
    case RejectReason::kUnknownDestination: return "unknown_destination";
    case RejectReason::kIncompleteRow: return "incomplete_row";
    case RejectReason::kNoOrigin: return "no_origin";
    case RejectReason::kDeliveryRefused: return "delivery_refused";
    case RejectReason::kAttemptsExhausted: return "attempts_exhausted";
    case RejectReason::kParkingRefused: return "parking_refused";
  }
  return "?";
}

}  // namespace sluice
