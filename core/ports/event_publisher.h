#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/outcome.h"
#include "core/model/record.h"

namespace sluice {

/// A small dense number that a publisher gives to each stream.
struct StreamSlot {
  uint32_t value = 0;

  auto operator<=>(const StreamSlot&) const = default;
};

/// One record to be written.
struct OutgoingEvent {
  StreamSlot stream;
  std::optional<std::string_view> key;    ///< Its bytes choose the partition; without one: any.
  std::optional<std::string_view> value;  ///< None: a tombstone.
  std::span<const HeaderView> headers;
  uint64_t token = 0;                                  ///< Comes back with the acknowledgement.
  std::optional<uint32_t> partition = std::nullopt;    ///< Where it is to stand; none: by its key.
  std::optional<int64_t> timestamp_ms = std::nullopt;  ///< Since 1970, above 0; none: when queued.
};

/// That `count` records with one token were written by all replicas in sync, or why they were not.
struct PublishAck {
  uint64_t token = 0;
  uint64_t count = 0;
  Failure failure;      ///< Verdict kDone: written.
  int64_t offset = -1;  ///< Of the last of them, where it was written and that is known.
};

/// The log that is written. Records with the same key arrive in the order of Publish(), once each,
/// as long as none fails.
///
/// Threads:   one call at a time.
/// Ownership: what is passed is copied before the call returns.
/// Time:      no call waits for a broker.
/// Errors:    a full queue is `false`; everything else comes as an acknowledgement. After one with
///            a failure later records may have been written although that one was not: the
///            publisher must be given up, and what was not acknowledged be sent by a new one.
class EventPublisher {
 public:
  virtual ~EventPublisher() = default;

  /// The slot of a stream; where it is missing it is created.
  virtual StreamSlot Open(const std::string& stream) = 0;
  /// How many partitions the stream has. The brokers are asked anew for each answer, for there may
  /// be more than before. 0: not known yet; call again after Poll().
  [[nodiscard]] virtual uint32_t CountPartitions(StreamSlot stream) = 0;
  /// False: the queue is full; try again after Poll().
  [[nodiscard]] virtual bool Publish(const OutgoingEvent& event) = 0;
  /// Appends what was acknowledged since the last call, in runs of equal tokens.
  virtual void Poll(std::vector<PublishAck>& acks) = 0;
  /// Why nothing is acknowledged, as last heard; verdict kDone while nothing is wrong.
  [[nodiscard]] virtual const Failure& trouble() const = 0;
  /// Bytes and records that were not acknowledged yet.
  [[nodiscard]] virtual size_t queued_bytes() const = 0;
  [[nodiscard]] virtual size_t queued_records() const = 0;
};

}  // namespace sluice
