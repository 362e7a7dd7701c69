#pragma once

#include <string_view>

#include "core/ports/signal_decoder.h"

namespace sluice::debezium {

/// Reads Debezium's signals: execute-snapshot (incremental, with additional-conditions),
/// stop-snapshot, pause-snapshot, resume-snapshot and log.
///
/// Threads:   one call at a time.
/// Ownership: results own their texts.
/// Time:      never blocks.
/// Errors:    as results, with what was expected.
class SignalReader : public SignalDecoder {
 public:
  Result<SnapshotSignal> Decode(std::string_view id, std::string_view type,
                                std::string_view data) override;
  Result<SnapshotSignal> Decode(std::string_view message) override;
};

}  // namespace sluice::debezium
