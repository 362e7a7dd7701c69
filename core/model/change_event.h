#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/model/control.h"

namespace sluice {

/// What a record says about a row.
enum class EventKind : uint8_t {
  kCreate,     ///< The row was inserted.
  kRead,       ///< The row existed when a snapshot was taken.
  kUpdate,     ///< The row was changed.
  kDelete,     ///< The row was deleted.
  kTombstone,  ///< Null value: the key is gone; compaction may have left nothing else.
  kTruncate,   ///< The whole table was emptied.
  kSkip,       ///< No row event, for the named rule in `skip`.
  kReject,     ///< Not understood, for the reason in `reject`.
};

/// The named rules by which a record without a row is passed over (delivery contract, part 2).
enum class SkipRule : uint8_t {
  kMessage,          ///< op `m`, a logical decoding message.
  kHeartbeat,        ///< A value that holds `ts_ms` alone.
  kTransaction,      ///< A value that holds `status` and `id` and no `op`.
  kNullKeyAndValue,  ///< The delete of a table without a key: nothing to identify.
  kTruncateIgnored,  ///< op `t` under `truncate.mode: ignore`.
  kStaleEpoch,       ///< Of a run of our own source that a newer one had followed in its partition.
  kNoDocument,       ///< In a topic of documents: a JSON null; no value, where ids are events'.
  kDeleted,          ///< The delete of a row: nothing that a destination is told.
  kTombstone,        ///< No value, where destinations are told: the key is gone.
};
inline constexpr int kSkipRules = 9;

/// Why a record cannot be applied. The texts of RejectReasonName() are stable: they are metric
/// labels and dead-letter headers.
enum class RejectReason : uint8_t {
  kBadJson,             ///< The value is not JSON.
  kBadUtf8,             ///< Key or value is not UTF-8.
  kNotAnEnvelope,       ///< JSON, but without `op`: no change event.
  kUnknownOperation,    ///< `op` is none of c r u d t m.
  kMissingAfter,        ///< op c, r or u without an object `after`.
  kBadKey,              ///< The key is not JSON of a known form.
  kNullKey,             ///< A row event without a key: no document id.
  kEmptyKey,            ///< The key has no columns.
  kDocumentTooLarge,    ///< Larger than one bulk body may be.
  kDocumentRejected,    ///< The index refused the document (mapping, limits, syntax).
  kBadHeader,           ///< The header names a column that the row does not have.
  kNotADocument,        ///< JSON, but neither an object nor a string that holds one.
  kMissingId,           ///< No header `id` that an event could be found by.
  kMissingBefore,       ///< Of a change log: what the row was before was not told.
  kMissingColumn,       ///< Of a change log: the row has no column of that name.
  kNoDestination,       ///< The row does not say whom to tell: no such field, null, or no text.
  kUnknownDestination,  ///< The row names a destination that is not configured.
  kIncompleteRow,       ///< The source left out a value, so that the row cannot be told whole.
  kNoOrigin,            ///< In a parked stream, and does not say which record it was.
  kDeliveryRefused,     ///< The destination never will accept this body.
  kAttemptsExhausted,   ///< The destination has not accepted it as often as it may be tried.
  kParkingRefused,      ///< Too large for the parked stream.
};
inline constexpr int kRejectReasons = 22;

[[nodiscard]] const char* EventKindName(EventKind kind);          ///< "create", "read", …
[[nodiscard]] const char* SkipRuleName(SkipRule rule);            ///< "message", "heartbeat", …
[[nodiscard]] const char* RejectReasonName(RejectReason reason);  ///< "bad_json", "null_key", …

/// One column of a key, in canonical text.
struct KeyPart {
  enum class Kind : uint8_t {
    kText,  ///< A JSON string (unescaped), number or boolean, as its plain text.
    kJson,  ///< An object or array, minified.
    kNull,
  };
  Kind kind = Kind::kText;
  std::string_view text;
};

/// A column whose value the source did not send because the change did not touch it.
struct UnchangedField {
  std::string_view name;  ///< As it stands in the document, without quotes, escapes kept.
  uint32_t begin = 0;     ///< The placeholder's first byte in `after`.
  uint32_t end = 0;       ///< One past its last byte.
};

/// The header by which an event is found where it is a document of its own.
inline constexpr std::string_view kEventIdHeader = "id";

/// A record, understood. All views point into the record or into the decoder's scratch memory and
/// are valid until the decoder is called again or the record is released.
struct ChangeEvent {
  EventKind kind = EventKind::kSkip;
  SkipRule skip = SkipRule::kMessage;            ///< Valid for kSkip.
  RejectReason reject = RejectReason::kBadJson;  ///< Valid for kReject.
  bool first_of_snapshot = false;                ///< Of a table: a snapshot of it begins here.
  bool wants_id = false;  ///< The key stands in the header `id`: see EventDecoder::SetId().
  int64_t source_ms = 0;  ///< Commit time at the source, ms since 1970; 0: unknown.
  KeyEncoding key_encoding = kKeyUnknown;  ///< Set where `key` is.
  /// In key order. Empty for kTruncate and kSkip; of kReject set where the key alone can be read.
  std::span<const KeyPart> key;
  std::string_view after;                     ///< The row as one JSON object without newline bytes.
  std::span<const UnchangedField> unchanged;  ///< In order of position in `after`.
};

}  // namespace sluice
