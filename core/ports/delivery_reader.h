#pragma once

#include "core/model/delivery.h"
#include "core/model/position.h"
#include "core/model/record.h"

namespace sluice {

/// Turns the bytes of a record into what is to be delivered, and to whom.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the event's views point into the record and the reader's scratch memory; they are
///            valid until the next call or the release of the record.
/// Time:      never blocks.
/// Errors:    none: whatever the bytes are, the event says what they mean (kReject with a reason).
class DeliveryReader {
 public:
  virtual ~DeliveryReader() = default;

  /// Of which stream the records of a slot are: told before the first of them.
  virtual void Bind(PartitionSlot slot, const TopicPartition& stream) = 0;
  virtual void Read(const Record& record, DeliveryEvent& event) = 0;
};

}  // namespace sluice
