#pragma once

#include <string_view>

#include "core/model/result.h"
#include "core/model/snapshot_signal.h"

namespace sluice {

/// Reads the signals that a source is sent.
///
/// Threads:   one call at a time.
/// Ownership: the result owns its texts.
/// Time:      never blocks.
/// Errors:    a signal that is not understood is an error that says what was expected.
class SignalDecoder {
 public:
  virtual ~SignalDecoder() = default;

  /// A row of the signal table: `type` as Debezium names it ("execute-snapshot"), `data` its JSON.
  virtual Result<SnapshotSignal> Decode(std::string_view id, std::string_view type,
                                        std::string_view data) = 0;
  /// A logical message: one JSON object with "id", "type" and "data".
  virtual Result<SnapshotSignal> Decode(std::string_view message) = 0;
};

}  // namespace sluice
