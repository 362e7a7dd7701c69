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

/// Takes `part` off the end of `text`.
bool EatEnd(std::string_view& text, std::string_view part) {
  if (!text.ends_with(part)) return false;
  text.remove_suffix(part.size());
  return true;
}

/// Takes the digits off the end of `text`.
std::optional<int64_t> EatEndNumber(std::string_view& text) {
  size_t begin = text.size();
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  text.remove_suffix(text.size() - begin);
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

Verdict OfRequest(long status, std::string_view type) {
  if (status >= 200 && status < 300) return Done(WriteResult::kCreated);
  if (status >= 500 && status < 600) return Say(Disposition::kInDoubt, FailureReason::kServerError);
  const bool block = type == "cluster_block_exception";
  switch (status) {
    case 400: return Say(Disposition::kSplit, FailureReason::kBadRequest);
    case 401: return Say(Disposition::kHold, FailureReason::kUnauthorized);
    case 403:
      return Say(Disposition::kHold,
                 block ? FailureReason::kIndexBlocked : FailureReason::kUnauthorized);
    case 413: return Say(Disposition::kSplit, FailureReason::kTooLarge);
    case 429:
      return Say(Disposition::kHold,
                 block ? FailureReason::kDiskFloodStage : FailureReason::kOverloaded);
    default: return Say(Disposition::kHold, FailureReason::kUnexpectedStatus);
  }
}

namespace {

struct Conflict {
  WriteResult result = WriteResult::kConflictUnknown;
  int64_t stored = 0;
};

/// The one form that a conflict's text has.
Conflict ReadConflict(std::string_view reason, int64_t version) {
  // Read from the end: an id can hold any text, and it stands at the beginning.
  if (!EatEnd(reason, "]")) return {};
  const std::optional<int64_t> provided = EatEndNumber(reason);
  if (!provided || *provided != version) return {};
  const bool or_equal = EatEnd(reason, "] is higher or equal to the one provided [");
  if (!or_equal && !EatEnd(reason, "] is higher than the one provided [")) return {};
  const std::optional<int64_t> current = EatEndNumber(reason);
  if (!current || !reason.ends_with("]: version conflict, current version [")) return {};
  if (*current > *provided) return {WriteResult::kConflictHigher, *current};
  if (*current < *provided || !or_equal) return {};
  return {WriteResult::kConflictEqual, *current};
}

}  // namespace

WriteResult OfConflict(std::string_view reason, int64_t version) {
  return ReadConflict(reason, version).result;
}

int64_t StoredVersionIn(std::string_view reason, int64_t version) {
  return ReadConflict(reason, version).stored;
}

namespace {

Verdict OfBadRequest(const ItemAnswer& answer) {
  if (answer.type == "index_closed_exception")
    return Say(Disposition::kHold, FailureReason::kIndexClosed);
  // The same type as for bad documents, but about the destination: every document would be refused.
  if (answer.type == "illegal_argument_exception" &&
      (answer.reason.starts_with("no write index is defined for alias [") ||
       (answer.reason.starts_with("pipeline with id [") &&
        answer.reason.ends_with("] does not exist"))))
    return Say(Disposition::kHold, FailureReason::kIndexUnsuitable);
  if (answer.type == "illegal_argument_exception" && answer.reason.starts_with("mapper [") &&
      Contains(answer.reason, "] cannot be changed from type ["))
    return Say(Disposition::kRetry, FailureReason::kMappingRaced);
  return Say(Disposition::kReject, FailureReason::kDocumentRefused);
}

/// Blocks come as 403, or as 429 while the disk is too full.
Verdict OfBlock(const ItemAnswer& answer) {
  const bool flood = answer.status == 429 || Contains(answer.reason, "flood-stage") ||
                     Contains(answer.reason, "read-only / allow delete");
  return Say(Disposition::kHold,
             flood ? FailureReason::kDiskFloodStage : FailureReason::kIndexBlocked);
}

}  // namespace

Verdict OfItem(const ItemAnswer& answer, WriteAction action, int64_t version) {
  if (answer.noop) return Say(Disposition::kHalt, FailureReason::kNoop);
  const bool failed = !answer.type.empty();
  switch (answer.status) {
    case 200:
      if (failed) break;
      return Done(action == WriteAction::kDelete ? WriteResult::kDeleted : WriteResult::kUpdated);
    case 201:
      if (failed) break;
      return Done(WriteResult::kCreated);
    case 404:
      if (!failed && action == WriteAction::kDelete) return Done(WriteResult::kNotFound);
      if (answer.type == "index_not_found_exception")
        return Say(Disposition::kHalt, FailureReason::kIndexMissing);
      break;
    case 409:
      if (answer.type == "version_conflict_engine_exception")
        return Done(OfConflict(answer.reason, version));
      break;
    case 400: return OfBadRequest(answer);
    case 401: return Say(Disposition::kHold, FailureReason::kUnauthorized);
    case 403:
      if (answer.type == "cluster_block_exception") return OfBlock(answer);
      return Say(Disposition::kHold, FailureReason::kUnauthorized);
    case 413: return Say(Disposition::kReject, FailureReason::kTooLarge);
    case 429:
      if (answer.type == "cluster_block_exception") return OfBlock(answer);
      return Say(Disposition::kHold, FailureReason::kOverloaded);
    default: break;
  }
  if (answer.status >= 500 && answer.status < 600)
    return Say(Disposition::kInDoubt, answer.type == "unavailable_shards_exception"
                                          ? FailureReason::kShardUnavailable
                                          : FailureReason::kServerError);
  return Say(Disposition::kHold, FailureReason::kUnexpectedStatus);
}

Verdict OfRead(const Verdict& request) {
  switch (request.disposition) {
    case Disposition::kInDoubt:
      return Say(
          request.reason == FailureReason::kNone ? Disposition::kCancelled : Disposition::kRetry,
          request.reason);
    case Disposition::kSplit:
    case Disposition::kReject: return Say(Disposition::kHold, request.reason);
    case Disposition::kDone:
    case Disposition::kRetry:
    case Disposition::kHold:
    case Disposition::kHalt:
    case Disposition::kCancelled: return request;
  }
  return request;
}

Verdict OfLookup(std::string_view type) {
  if (type == "index_not_found_exception")
    return Say(Disposition::kHalt, FailureReason::kIndexMissing);
  if (type == "index_closed_exception") return Say(Disposition::kHold, FailureReason::kIndexClosed);
  if (type == "cluster_block_exception")
    return Say(Disposition::kHold, FailureReason::kIndexBlocked);
  if (type == "security_exception") return Say(Disposition::kHold, FailureReason::kUnauthorized);
  if (type == "es_rejected_execution_exception" || type == "rejected_execution_exception" ||
      type == "circuit_breaking_exception")
    return Say(Disposition::kHold, FailureReason::kOverloaded);
  if (type == "no_shard_available_action_exception" || type == "unavailable_shards_exception")
    return Say(Disposition::kHold, FailureReason::kShardUnavailable);
  return Say(Disposition::kHold, FailureReason::kServerError);
}

}  // namespace sluice::elasticsearch
