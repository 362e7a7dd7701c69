#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/model/control.h"

namespace sluice {

/// What to do with a truncate event, which a write by document id cannot follow.
enum class TruncateMode : uint8_t {
  kHalt,    ///< Stop with exit code 3 and name the choices.
  kIgnore,  ///< Count and skip it: the documents stay.
  kApply,   ///< Delete every document that is older.
};

/// How long to wait before something is tried again: full jitter, that is evenly drawn between 0
/// and min(longest, first * 2^failures).
struct BackoffSettings {
  int64_t first_us = 100'000;
  int64_t longest_us = 30'000'000;
};

/// The limits and periods of one pipeline. All are per worker.
struct PipelineSettings {
  std::string group;  ///< The consumer group's name, for the control record.
  VersionMode version_mode = VersionMode::kOffset;
  TruncateMode truncate_mode = TruncateMode::kHalt;
  /// A delete leaves a document that keeps its version (delivery contract, part 4): no late copy
  /// can bring an older one back, and none is sent twice.
  bool soft_deletes = false;

  size_t bulk_max_bytes = 8 * 1024 * 1024;       ///< A body is never sent later than at this size …
  size_t bulk_max_documents = 10'000;            ///< … or this many writes …
  int64_t bulk_linger_us = 5'000;                ///< … or this age.
  uint32_t bulk_max_in_flight = 4;               ///< Requests at once.
  size_t document_max_bytes = 50 * 1024 * 1024;  ///< Larger ones are dead letters.

  size_t queue_max_bytes =
      24 * 1024 * 1024;                    ///< Lanes and bodies together; above it nothing is read.
  uint32_t poll_max_records = 1'000;       ///< Per turn.
  uint32_t dead_letters_max_open = 1'000;  ///< Not yet acknowledged; above it nothing is read.
  int64_t rejected_max_ppm = 100'000;  ///< Of the last records, in millionths; above it it halts.
  size_t divergent_max_ids = 20'000;   ///< Kept in memory; above it the pipeline halts.

  /// How long no copy of a write can be alive any more after its outcome became unknown (delivery
  /// contract, part 4): `lease_us`, and how long a request and the node's own retries may take.
  int64_t window_us = 180'000'000;
  int64_t lease_us = 45'000'000;  ///< Nothing is sent later than this after ownership was proven.
  int64_t session_timeout_us = 45'000'000;  ///< After which the group gives partitions to others.

  BackoffSettings backoff;
  int64_t commit_interval_us = 1'000'000;
  int64_t revoke_timeout_us = 30'000'000;    ///< Draining before partitions are given up.
  int64_t shutdown_timeout_us = 60'000'000;  ///< Draining after a request to stop.
  int64_t pause_after_us = 1'000'000;        ///< Fetching pauses when full for that long.
};

}  // namespace sluice
