#include "core/model/outcome.h"

namespace sluice {

const char* DispositionName(Disposition disposition) {
  switch (disposition) {
    case Disposition::kDone: return "done";
    case Disposition::kRetry: return "retry";
    case Disposition::kInDoubt: return "in_doubt";
    case Disposition::kHold: return "hold";
    case Disposition::kSplit: return "split";
    case Disposition::kReject: return "reject";
    case Disposition::kHalt: return "halt";
    case Disposition::kCancelled: return "cancelled";
  }
  return "?";
}

const char* WriteResultName(WriteResult result) {
  switch (result) {
    case WriteResult::kCreated: return "created";
    case WriteResult::kUpdated: return "updated";
    case WriteResult::kDeleted: return "deleted";
    case WriteResult::kNotFound: return "not_found";
    case WriteResult::kConflictEqual: return "conflict_equal";
    case WriteResult::kConflictHigher: return "conflict_higher";
    case WriteResult::kConflictUnknown: return "conflict_unknown";
  }
  return "?";
}

const char* FailureReasonName(FailureReason reason) {
  switch (reason) {
    case FailureReason::kNone: return "none";
    case FailureReason::kUnreachable: return "unreachable";
    case FailureReason::kConnectionLost: return "connection_lost";
    case FailureReason::kTimeout: return "timeout";
    case FailureReason::kServerError: return "server_error";
    case FailureReason::kUnreadableReply: return "unreadable_reply";
    case FailureReason::kOverloaded: return "overloaded";
    case FailureReason::kDiskFloodStage: return "disk_flood_stage";
    case FailureReason::kUnauthorized: return "unauthorized";
    case FailureReason::kTooLarge: return "too_large";
    case FailureReason::kBadRequest: return "bad_request";
    case FailureReason::kUnexpectedStatus: return "unexpected_status";
    case FailureReason::kDocumentRefused: return "document_refused";
    case FailureReason::kMappingRaced: return "mapping_raced";
    case FailureReason::kIndexMissing: return "index_missing";
    case FailureReason::kIndexClosed: return "index_closed";
    case FailureReason::kIndexBlocked: return "index_blocked";
    case FailureReason::kShardUnavailable: return "shard_unavailable";
    case FailureReason::kNoop: return "noop";
    case FailureReason::kBrokerUnreachable: return "broker_unreachable";
    case FailureReason::kBrokerUnauthorized: return "broker_unauthorized";
    case FailureReason::kBrokerRefused: return "broker_refused";
    case FailureReason::kRecordTooLarge: return "record_too_large";
    case FailureReason::kAssignmentLost: return "assignment_lost";
    case FailureReason::kGroupTaken: return "group_taken";
    case FailureReason::kOwnershipUnproven: return "ownership_unproven";
    case FailureReason::kWindowOpen: return "window_open";
    case FailureReason::kLogTruncated: return "log_truncated";
    case FailureReason::kStreamGone: return "stream_gone";
    case FailureReason::kStreamMissing: return "stream_missing";
    case FailureReason::kTruncateRefused: return "truncate_refused";
    case FailureReason::kIndexUnsuitable: return "index_unsuitable";
    case FailureReason::kDatabaseUnsuitable: return "database_unsuitable";
    case FailureReason::kDatabaseRefused: return "database_refused";
    case FailureReason::kSlotMissing: return "slot_missing";
    case FailureReason::kSlotLost: return "slot_lost";
    case FailureReason::kSlotBusy: return "slot_busy";
    case FailureReason::kPublicationMissing: return "publication_missing";
    case FailureReason::kSnapshotGone: return "snapshot_gone";
    case FailureReason::kCommitUnseen: return "commit_unseen";
    case FailureReason::kSourceMismatch: return "source_mismatch";
    case FailureReason::kControlMismatch: return "control_mismatch";
    case FailureReason::kForeignVersion: return "foreign_version";
    case FailureReason::kTooManyDivergent: return "too_many_divergent";
    case FailureReason::kTooManyRejected: return "too_many_rejected";
    case FailureReason::kHeaderMissing: return "header_missing";
    case FailureReason::kStorageFull: return "storage_full";
    case FailureReason::kStorageRefused: return "storage_refused";
    case FailureReason::kStorageMismatch: return "storage_mismatch";
    case FailureReason::kInternal: return "internal";
  }
  return "?";
}

}  // namespace sluice
