#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/operations/source/stream_owners.h"

namespace sluice {

/// Which streams take events: those whose names come from the rows of outboxes. A row can name
/// anything, so each new name is looked at before there is a stream of it.
///
/// Threads:   one call at a time.
/// Ownership: owns what it was told.
/// Time:      never blocks.
/// Errors:    as a sentence.
class OutboxStreams {
 public:
  /// `reserved` take no events, and no more than `streams_max` do.
  OutboxStreams(std::vector<std::string> reserved, size_t streams_max)
      : reserved_(std::move(reserved)), streams_max_(streams_max) {}

  /// Empty: the stream takes events from now on. Else why it must not, to follow its name.
  [[nodiscard]] std::string Admit(const std::string& stream, const StreamOwners& owners);
  [[nodiscard]] bool Takes(const std::string& stream) const;

 private:
  std::vector<std::string> reserved_;
  size_t streams_max_;
  /// With dots for underscores, which Kafka does not tell apart, to the name.
  std::map<std::string, std::string> streams_;
};

}  // namespace sluice
