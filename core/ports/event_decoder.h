#pragma once

#include <span>
#include <string>

#include "core/model/change_event.h"
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

  virtual void Decode(const Record& record, ChangeEvent& event) = 0;
  /// The source itself has told which columns of the event decoded last it did not send: they are
  /// its unchanged columns, and no others. False: its row does not have all of them.
  [[nodiscard]] virtual bool SetUnchanged(std::span<const std::string> names,
                                          ChangeEvent& event) = 0;
};

}  // namespace sluice
