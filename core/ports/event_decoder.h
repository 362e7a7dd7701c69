#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/change_event.h"
#include "core/model/position.h"
#include "core/model/record.h"

namespace sluice {

/// Turns the bytes of a record into a change event.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the event's views point into the record and the decoder's scratch memory; they are
///            valid until the next call or the release of the record.
/// Time:      never blocks; no allocation per event in the steady state.
/// Errors:    none: whatever the bytes are, the event says what they mean (kReject with a reason).
class EventDecoder {
 public:
  virtual ~EventDecoder() = default;

  /// Of which stream the records of a slot are: told before the first of them.
  virtual void Bind(PartitionSlot slot, const TopicPartition& stream) = 0;
  virtual void Decode(const Record& record, ChangeEvent& event) = 0;
  /// The record's header `id` (none: it has no such header), of an event decoded last that
  /// `wants_id`: becomes its key, or the event is refused.
  virtual void SetId(std::optional<std::string_view> header, ChangeEvent& event) = 0;
  /// The source itself has told which columns of the event decoded last it did not send: they are
  /// its unchanged columns, and no others. False: its row does not have all of them.
  [[nodiscard]] virtual bool SetUnchanged(std::span<const std::string> names,
                                          ChangeEvent& event) = 0;
};

}  // namespace sluice
