#include "adapters/elasticsearch/error_map.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::elasticsearch {
namespace {

using enum Disposition;
using R = FailureReason;

TEST(ErrorMap, SaysWhatARequestWithoutAnswerMeans) {
  const struct {
    TransferError error;
    bool body_sent;
    Disposition disposition;
    FailureReason reason;
  } rows[] = {
      {TransferError::kNone, true, kDone, R::kNone},
      {TransferError::kUnreachable, false, kHold, R::kUnreachable},
      {TransferError::kUnreachable, true, kInDoubt, R::kUnreachable},
      {TransferError::kConnectionLost, true, kInDoubt, R::kConnectionLost},
      {TransferError::kTimeout, true, kInDoubt, R::kTimeout},
      {TransferError::kUnreadable, true, kInDoubt, R::kUnreadableReply},
      {TransferError::kCancelled, false, kCancelled, R::kNone},
      {TransferError::kCancelled, true, kInDoubt, R::kNone},
  };
  for (const auto& row : rows) {
    const Verdict verdict = OfTransfer(row.error, row.body_sent);
    EXPECT_EQ(verdict.disposition, row.disposition) << static_cast<int>(row.error);
    EXPECT_EQ(verdict.reason, row.reason) << static_cast<int>(row.error);
  }
}

TEST(ErrorMap, SaysWhatARequestsStatusMeans) {
  const struct {
    long status;
    const char* type;
    Disposition disposition;
    FailureReason reason;
  } rows[] = {
      {200, "", kDone, R::kNone},
      {201, "", kDone, R::kNone},
      {301, "", kHold, R::kUnexpectedStatus},
      {400, "illegal_argument_exception", kSplit, R::kBadRequest},
      {401, "security_exception", kHold, R::kUnauthorized},
      {403, "security_exception", kHold, R::kUnauthorized},
      {403, "cluster_block_exception", kHold, R::kIndexBlocked},
      {404, "", kHold, R::kUnexpectedStatus},
      {405, "", kHold, R::kUnexpectedStatus},
      {406, "", kHold, R::kUnexpectedStatus},
      {408, "", kHold, R::kUnexpectedStatus},
      {413, "", kSplit, R::kTooLarge},
      {429, "es_rejected_execution_exception", kHold, R::kOverloaded},
      {429, "circuit_breaking_exception", kHold, R::kOverloaded},
      {429, "cluster_block_exception", kHold, R::kDiskFloodStage},
      {500, "", kInDoubt, R::kServerError},
      {502, "", kInDoubt, R::kServerError},
      {503, "", kInDoubt, R::kServerError},
      {504, "", kInDoubt, R::kServerError},
      {599, "", kInDoubt, R::kServerError},
      {600, "", kHold, R::kUnexpectedStatus},
      {100, "", kHold, R::kUnexpectedStatus},
      {0, "", kHold, R::kUnexpectedStatus},
  };
  for (const auto& row : rows) {
    const Verdict verdict = OfRequest(row.status, row.type);
    EXPECT_EQ(verdict.disposition, row.disposition) << row.status << " " << row.type;
    EXPECT_EQ(verdict.reason, row.reason) << row.status << " " << row.type;
  }
}

TEST(ErrorMap, SaysWhatAnItemsErrorMeans) {
  const struct {
    int status;
    const char* type;
    const char* reason_text;
    Disposition disposition;
    FailureReason reason;
  } rows[] = {
      {400, "document_parsing_exception", "failed to parse", kReject, R::kDocumentRefused},
      {400, "mapper_parsing_exception", "failed to parse", kReject, R::kDocumentRefused},
      {400, "strict_dynamic_mapping_exception", "", kReject, R::kDocumentRefused},
      {400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded", kReject,
       R::kDocumentRefused},
      {400, "illegal_argument_exception", "Document contains at least one immense term", kReject,
       R::kDocumentRefused},
      {400, "illegal_argument_exception",
       "no write index is defined for alias [a]. The write index may be explicitly disabled", kHold,
       R::kIndexUnsuitable},
      {400, "illegal_argument_exception", "pipeline with id [p] does not exist", kHold,
       R::kIndexUnsuitable},
      {400, "illegal_argument_exception", "mapper [x] cannot be changed from type [long] to [text]",
       kRetry, R::kMappingRaced},
      {400, "index_closed_exception", "closed", kHold, R::kIndexClosed},
      {400, "unknown", "", kReject, R::kDocumentRefused},
      {401, "security_exception", "", kHold, R::kUnauthorized},
      {403, "security_exception", "action [x] is unauthorized", kHold, R::kUnauthorized},
      {403, "cluster_block_exception", "index [a] blocked by: [FORBIDDEN/8/index write (api)];",
       kHold, R::kIndexBlocked},
      {403, "cluster_block_exception", "index [a] blocked by: [FORBIDDEN/5/index read-only (api)];",
       kHold, R::kIndexBlocked},
      {403, "cluster_block_exception",
       "index [a] blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];", kHold,
       R::kDiskFloodStage},
      {429, "cluster_block_exception",
       "index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];",
       kHold, R::kDiskFloodStage},
      {429, "es_rejected_execution_exception", "", kHold, R::kOverloaded},
      {429, "rejected_execution_exception", "", kHold, R::kOverloaded},
      {429, "circuit_breaking_exception", "", kHold, R::kOverloaded},
      {404, "index_not_found_exception", "no such index [a]", kHalt, R::kIndexMissing},
      {404, "shard_not_found_exception", "", kHold, R::kUnexpectedStatus},
      {409, "some_other_exception", "", kHold, R::kUnexpectedStatus},
      {413, "too_large", "", kReject, R::kTooLarge},
      {500, "exception", "", kInDoubt, R::kServerError},
      {503, "unavailable_shards_exception", "", kInDoubt, R::kShardUnavailable},
      {503, "node_not_connected_exception", "", kInDoubt, R::kServerError},
      {200, "unknown", "", kHold, R::kUnexpectedStatus},
      {201, "unknown", "", kHold, R::kUnexpectedStatus},
      {302, "", "", kHold, R::kUnexpectedStatus},
      {418, "teapot", "", kHold, R::kUnexpectedStatus},
  };
  for (const auto& row : rows) {
    const Verdict verdict =
        OfItem({row.status, row.type, row.reason_text, false}, WriteAction::kIndex, 5);
    EXPECT_EQ(verdict.disposition, row.disposition)
        << row.status << " " << row.type << " " << row.reason_text;
    EXPECT_EQ(verdict.reason, row.reason) << row.status << " " << row.type;
  }
}

TEST(ErrorMap, SaysWhatAnItemsSuccessMeans) {
  const auto result = [](int status, WriteAction action) {
    return OfItem({status, {}, {}, false}, action, 5);
  };
  const auto done = [](WriteResult what) { return Verdict{kDone, R::kNone, what}; };
  EXPECT_EQ(result(201, WriteAction::kIndex), done(WriteResult::kCreated));
  EXPECT_EQ(result(200, WriteAction::kIndex), done(WriteResult::kUpdated));
  EXPECT_EQ(result(200, WriteAction::kDelete), done(WriteResult::kDeleted));
  EXPECT_EQ(result(404, WriteAction::kDelete), done(WriteResult::kNotFound));
  EXPECT_EQ(result(404, WriteAction::kIndex).disposition, kHold);
  EXPECT_EQ(OfItem({200, {}, {}, true}, WriteAction::kIndex, 5),
            (Verdict{kHalt, R::kNoop, WriteResult::kCreated}));
}

TEST(ErrorMap, ReadsTheStoredVersionOfAConflictByOneStrictPattern) {
  using W = WriteResult;
  const struct {
    const char* reason;
    WriteResult result;
  } rows[] = {
      {"[a]: version conflict, current version [5] is higher or equal to the one provided [5]",
       W::kConflictEqual},
      {"[a]: version conflict, current version [6] is higher or equal to the one provided [5]",
       W::kConflictHigher},
      {"[a]: version conflict, current version [9223372036854775807] is higher or equal to the one "
       "provided [5]",
       W::kConflictHigher},
      {"[a]: version conflict, current version [6] is higher than the one provided [5]",
       W::kConflictHigher},
      {"[a]: version conflict, current version [5] is higher than the one provided [5]",
       W::kConflictUnknown},
      {"[a]: version conflict, current version [4] is higher or equal to the one provided [5]",
       W::kConflictUnknown},
      // Another version than the one that was sent.
      {"[a]: version conflict, current version [7] is higher or equal to the one provided [7]",
       W::kConflictUnknown},
      // An id that looks like the text.
      {"[x]: version conflict, current version [5] is higher or equal to the one provided [5]]: "
       "version conflict, current version [8] is higher or equal to the one provided [5]",
       W::kConflictHigher},
      {"[a]: version conflict, document already exists (current version [5])", W::kConflictUnknown},
      {"[a]: version conflict, required seqNo [1], primary term [1]. current document has seqNo "
       "[2]",
       W::kConflictUnknown},
      {"[a]: version conflict, current version [99999999999999999999] is higher or equal to the "
       "one provided [5]",
       W::kConflictUnknown},
      {"[a]: version conflict, current version [-1] is higher or equal to the one provided [5]",
       W::kConflictUnknown},
      {"[a]: version conflict, current version [5] is higher or equal to the one provided [5] ",
       W::kConflictUnknown},
      {"]", W::kConflictUnknown},
      {"", W::kConflictUnknown},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(OfConflict(row.reason, 5), row.result) << row.reason;
    const bool told = StoredVersionIn(row.reason, 5) > 5;
    EXPECT_EQ(told, row.result == WriteResult::kConflictHigher) << row.reason;
  }
  EXPECT_EQ(OfItem({409, "version_conflict_engine_exception", rows[0].reason, false},
                   WriteAction::kDelete, 5),
            (Verdict{kDone, R::kNone, W::kConflictEqual}));
}

TEST(ErrorMap, LeavesNoDoubtAboutARead) {
  EXPECT_EQ(OfRead({kInDoubt, R::kTimeout, {}}).disposition, kRetry);
  EXPECT_EQ(OfRead({kInDoubt, R::kNone, {}}).disposition, kCancelled);
  EXPECT_EQ(OfRead({kSplit, R::kBadRequest, {}}).disposition, kHold);
  EXPECT_EQ(OfRead({kReject, R::kTooLarge, {}}).disposition, kHold);
  for (const Disposition same : {kDone, kRetry, kHold, kHalt, kCancelled})
    EXPECT_EQ(OfRead({same, R::kNone, {}}).disposition, same);
}

TEST(ErrorMap, SaysWhatALookupsErrorMeans) {
  const struct {
    const char* type;
    Disposition disposition;
    FailureReason reason;
  } rows[] = {
      {"index_not_found_exception", kHalt, R::kIndexMissing},
      {"index_closed_exception", kHold, R::kIndexClosed},
      {"cluster_block_exception", kHold, R::kIndexBlocked},
      {"security_exception", kHold, R::kUnauthorized},
      {"es_rejected_execution_exception", kHold, R::kOverloaded},
      {"rejected_execution_exception", kHold, R::kOverloaded},
      {"circuit_breaking_exception", kHold, R::kOverloaded},
      {"no_shard_available_action_exception", kHold, R::kShardUnavailable},
      {"unavailable_shards_exception", kHold, R::kShardUnavailable},
      {"illegal_argument_exception", kHold, R::kServerError},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(OfLookup(row.type).disposition, row.disposition) << row.type;
    EXPECT_EQ(OfLookup(row.type).reason, row.reason) << row.type;
  }
}

}  // namespace
}  // namespace sluice::elasticsearch
