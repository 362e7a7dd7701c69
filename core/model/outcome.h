#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// What is to be done after a failure or success: one closed set everywhere (delivery contract,
/// part 9).
enum class Disposition : uint8_t {
  kDone,       ///< Applied, or already so.
  kRetry,      ///< Nothing was applied: the same operations again after back-off.
  kInDoubt,    ///< The outcome is unknown: the same operations again.
  kHold,       ///< As kRetry without end; readiness names the reason.
  kSplit,      ///< The request was refused as a whole: bisect it down to the cause.
  kReject,     ///< This operation can never succeed: dead letter.
  kHalt,       ///< Going on could lose data: stop with exit code 3.
  kCancelled,  ///< We stopped it ourselves.
};
inline constexpr int kDispositions = 8;

/// What became of a document, where the disposition is kDone.
enum class WriteResult : uint8_t {
  kCreated,
  kUpdated,
  kDeleted,
  kNotFound,         ///< A delete of something that was not there.
  kConflictEqual,    ///< This very version is there already.
  kConflictHigher,   ///< A newer version is there already.
  kConflictUnknown,  ///< A version conflict whose stored version could not be read.
};
inline constexpr int kWriteResults = 7;

/// Why something is retried, held, refused or halted, in the core's words. Names are metric labels.
enum class FailureReason : uint8_t {
  kNone,
  kUnreachable,     ///< No byte of the request was sent: resolution, connection, TLS.
  kConnectionLost,  ///< Reset or closed after bytes were sent.
  kTimeout,
  kServerError,  ///< 5xx.
  kUnreadableReply,
  kOverloaded,      ///< 429, of the request or of an item.
  kDiskFloodStage,  ///< Flood-stage watermark block.
  kUnauthorized,    ///< 401 or 403.
  kTooLarge,        ///< 413, or one document over the cap.
  kBadRequest,      ///< 400 for the whole request.
  kUnexpectedStatus,
  kDocumentRefused,  ///< 400 for one document.
  kMappingRaced,     ///< 400 for one document: another one had just given its field a type.
  kIndexMissing,     ///< 404 index_not_found_exception.
  kIndexClosed,
  kIndexBlocked,  ///< Write or read-only block.
  kShardUnavailable,
  kNoop,  ///< A pipeline of the index dropped the write.
  kBrokerUnreachable,
  kBrokerUnauthorized,
  kBrokerRefused,   ///< The broker refused a record or a commit.
  kRecordTooLarge,  ///< The broker refused a record for its size.
  kAssignmentLost,
  kGroupTaken,          ///< Another member is active in a group that has one only.
  kOwnershipUnproven,   ///< No offset commit was accepted for the length of a lease.
  kWindowOpen,          ///< Deletes wait until no late copy of an older write can be alive.
  kLogTruncated,        ///< Offset out of range or log truncated.
  kStreamGone,          ///< Topic gone or re-created.
  kStreamMissing,       ///< Topic not there yet.
  kTruncateRefused,     ///< A truncate event under `truncate.mode: halt`.
  kIndexUnsuitable,     ///< An index or its settings that the delivery contract refuses.
  kDatabaseUnsuitable,  ///< A setting, version, encoding or object that capture cannot work with.
  kDatabaseRefused,     ///< The database answered with an error that no other reason names.
  kSlotMissing,         ///< The replication slot is not there.
  kSlotLost,            ///< The slot was invalidated, or log that it needs was removed.
  kSlotBusy,            ///< Another process reads from the slot.
  kPublicationMissing,  ///< The publication is not there.
  kSnapshotGone,        ///< The exported snapshot has ended with its connection.
  kCommitUnseen,        ///< A change was sent whose commit others do not see yet.
  kSourceMismatch,      ///< Not the database, or not the place in its log, that was recorded.
  kControlMismatch,     ///< Not the topic, group or index that the control record tells of.
  kForeignVersion,      ///< A stored version that our log cannot have given.
  kTooManyDivergent,    ///< More divergent ids than are kept in memory.
  kTooManyRejected,     ///< More of the last records were refused than may be.
  kHeaderMissing,       ///< No version in a record's header, where versions come from there.
  kStorageFull,         ///< No room for a file of ours.
  kStorageRefused,      ///< A file or folder of ours cannot be used.
  kStorageMismatch,     ///< Files of ours are not what was recorded of them.
  kInternal,
};
inline constexpr int kFailureReasons = 50;

[[nodiscard]] const char* DispositionName(Disposition disposition);
[[nodiscard]] const char* WriteResultName(WriteResult result);
[[nodiscard]] const char* FailureReasonName(FailureReason reason);

/// A verdict on a request, an item or another piece of work.
struct Verdict {
  Disposition disposition = Disposition::kDone;
  FailureReason reason = FailureReason::kNone;
  WriteResult result = WriteResult::kCreated;  ///< Valid for kDone of a document.

  bool operator==(const Verdict&) const = default;
};

/// A verdict with the words of the server behind it, for people and dead letters.
struct Failure {
  Verdict verdict;
  std::string
      type;  ///< The server's own name of the error, such as "strict_dynamic_mapping_exception".
  std::string detail;  ///< The server's text, truncated to 1 KiB; may hold values of documents.
};

}  // namespace sluice
