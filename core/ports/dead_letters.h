#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/change_event.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/model/record.h"

namespace sluice {

/// A record that cannot be applied, with all that is needed to find, understand and replay it.
struct DeadLetter {
  enum class Content : uint8_t {
    kOriginal,  ///< Key, value and headers are the record's own bytes.
    kReference,  ///< The log no longer had the record, or the broker refused its size: `value` is the
                 ///< write as it was refused, or nothing.
  };
  TopicPartition stream;
  Offset offset;
  Content content = Content::kOriginal;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const Header> headers;  ///< The record's own.

  std::string_view stage;  ///< "decode", "plan", "write" or "deliver".
  RejectReason reason = RejectReason::kBadJson;
  std::string_view destination;  ///< Of a delivery; empty when unknown.
  std::string_view index;        ///< Empty when unknown.
  std::string_view id;
  int64_t version = 0;          ///< 0 when unknown.
  std::string_view operation;   ///< "create", "update", …; empty when unknown.
  std::string_view error_type;  ///< The server's; of a change log the column; else empty.
  std::string_view error_detail;
  uint32_t attempts = 0;
  int64_t first_ms = 0;  ///< Wall clock of the first and the last attempt.
  int64_t last_ms = 0;
  std::span<const Offset> replaced;  ///< Older records of the same id that were merged into it.
};

/// The broker's answer to one dead letter.
struct DeadLetterAck {
  uint64_t token = 0;
  Verdict
      verdict;  ///< kDone: it is safe there. kHold: send it again. kReject: its size is refused.
};

/// Where records go that cannot be applied. Nothing is dropped: an offset moves past such a record
/// only after the broker has acknowledged its dead letter (I1, I7).
///
/// Threads:   one call at a time per instance; library threads are hidden.
/// Ownership: what is passed is copied before the call returns.
/// Time:      no call blocks; acknowledgements come through Poll().
/// Errors:    a full queue is `false`; everything else comes as an acknowledgement.
class DeadLetters {
 public:
  virtual ~DeadLetters() = default;

  /// False when the queue is full: try again after Poll().
  [[nodiscard]] virtual bool Send(uint64_t token, const DeadLetter& letter) = 0;
  virtual void Poll(std::vector<DeadLetterAck>& acks) = 0;
};

}  // namespace sluice
