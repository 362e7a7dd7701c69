#include "adapters/elasticsearch/error_map.h"

#include <charconv>
#include <optional>

namespace sluice::elasticsearch {
namespace {

constexpr Verdict Say(Disposition disposition, FailureReason reason) {
  return {disposition, reason, WriteResult::kCreated};
}

constexpr Verdict Done(WriteResult result) {
  return {Disposition::kDone, FailureReason::kNone, result};
}

/// The number between `open` and "]", which must directly follow it.
std::optional<int64_t> NumberAfter(std::string_view text, std::string_view open) {
  const size_t at = text.find(open);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + open.size());
  int64_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc() || end == rest.data() + rest.size() || *end != ']') return std::nullopt;
  return number;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

Verdict OfTransfer(TransferError error, bool body_sent) {
  switch (error) {
    case TransferError::kNone: return Done(WriteResult::kCreated);
    case TransferError::kUnreachable:
      return Say(body_sent ? Disposition::kInDoubt : Disposition::kHold,
                 FailureReason::kUnreachable);
    case TransferError::kConnectionLost:
      return Say(Disposition::kInDoubt, FailureReason::kConnectionLost);
    case TransferError::kTimeout: return Say(Disposition::kInDoubt, FailureReason::kTimeout);
    case TransferError::kUnreadable:
      return Say(Disposition::kInDoubt, FailureReason::kUnreadableReply);
    case TransferError::kCancelled:
      return Say(body_sent ? Disposition::kInDoubt : Disposition::kCancelled, FailureReason::kNone);
  }
  return Say(Disposition::kHold, FailureReason::kInternal);
}

Verdict OfRequest(long status) {
  if (status >= 200 && status < 300) return Done(WriteResult::kCreated);
  if (status >= 500 && status < 600) return Say(Disposition::kInDoubt, FailureReason::kServerError);
  switch (status) {
    case 400: return Say(Disposition::kSplit, FailureReason::kBadRequest);
    case 401:
    case 403: return Say(Disposition::kHold, FailureReason::kUnauthorized);
    case 413: return Say(Disposition::kSplit, FailureReason::kTooLarge);
    case 429: return Say(Disposition::kHold, FailureReason::kOverloaded);
    default: return Say(Disposition::kHold, FailureReason::kUnexpectedStatus);
  }
}

WriteResult OfConflict(std::string_view reason) {
  const auto current = NumberAfter(reason, "version conflict, current version [");
  const auto provided = NumberAfter(reason, "to the one provided [");
  if (!current || !provided || *current < *provided) return WriteResult::kConflictUnknown;
  return *current == *provided ? WriteResult::kConflictEqual : WriteResult::kConflictHigher;
}

Verdict OfItem(int status, WriteAction action, std::string_view type, std::string_view reason) {
  const bool block = type == "cluster_block_exception";
  const bool flood = block && (status == 429 || Contains(reason, "flood-stage") ||
                               Contains(reason, "read-only / allow delete"));
  switch (status) {
    case 200:
      return Done(action == WriteAction::kDelete ? WriteResult::kDeleted : WriteResult::kUpdated);
    case 201: return Done(WriteResult::kCreated);
    case 404:
      if (type.empty() && action == WriteAction::kDelete) return Done(WriteResult::kNotFound);
      if (type == "index_not_found_exception")
        return Say(Disposition::kHalt, FailureReason::kIndexMissing);
      return Say(Disposition::kHold, FailureReason::kUnexpectedStatus);
    case 409:
      if (type == "version_conflict_engine_exception") return Done(OfConflict(reason));
      return Say(Disposition::kHold, FailureReason::kUnexpectedStatus);
    case 429:
      return Say(Disposition::kHold,
                 flood ? FailureReason::kDiskFloodStage : FailureReason::kOverloaded);
    case 403:
      if (block)
        return Say(Disposition::kHold,
                   flood ? FailureReason::kDiskFloodStage : FailureReason::kIndexBlocked);
      return Say(Disposition::kHold, FailureReason::kUnauthorized);
    case 401: return Say(Disposition::kHold, FailureReason::kUnauthorized);
    case 400:
      if (type == "index_closed_exception")
        return Say(Disposition::kHold, FailureReason::kIndexClosed);
      return Say(Disposition::kReject, FailureReason::kDocumentRefused);
    case 413: return Say(Disposition::kReject, FailureReason::kTooLarge);
    default: break;
  }
  if (type == "unavailable_shards_exception")
    return Say(Disposition::kInDoubt, FailureReason::kShardUnavailable);
  if (status >= 500 && status < 600) return Say(Disposition::kInDoubt, FailureReason::kServerError);
  return Say(Disposition::kHold, FailureReason::kUnexpectedStatus);
}

}  // namespace sluice::elasticsearch
