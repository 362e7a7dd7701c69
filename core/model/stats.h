#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/model/change_event.h"
#include "core/model/group.h"
#include "core/model/outcome.h"
#include "core/model/position.h"

namespace sluice {

/// How a record became terminal (I1). Per partition, records in = the sum over all fates (I7).
enum class Fate : uint8_t {
  kApplied,       ///< Its own document write was acknowledged.
  kSuperseded,    ///< The index already holds an equal or newer version.
  kCoalesced,     ///< A newer record of the same id was written in its place.
  kSkipped,       ///< Passed over by a named rule.
  kDeadLettered,  ///< Its dead letter was acknowledged.
  kParked,        ///< It stands in its destination's parked stream, to be delivered from there.
};
inline constexpr int kFates = 6;
[[nodiscard]] const char* FateName(Fate fate);

/// Counts of values in ranges with fixed upper bounds, cheap enough for one a record.
template <size_t N>
struct Histogram {
  std::array<uint64_t, N + 1>
      counts{};  ///< counts[i]: values <= bounds[i]; the last: all larger ones.
  double sum = 0;
  size_t last = 0;  ///< Where the last value fell.

  void Add(double value, const std::array<double, N>& bounds) {
    // Values that follow each other are alike: most fall where the last one fell.
    while (last > 0 && value <= bounds[last - 1]) --last;
    while (last < N && value > bounds[last]) ++last;
    ++counts[last];
    sum += value;
  }
};

inline constexpr std::array<double, 16> kSecondsBounds = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600};
inline constexpr std::array<double, 12> kBytesBounds = {
    1024, 4096, 16384, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304, 8388608, 16777216};
inline constexpr std::array<double, 10> kItemsBounds = {1,    10,   50,   100,   500,
                                                        1000, 2500, 5000, 10000, 50000};

/// What happened in one partition since this member got it first. Counters never go back.
struct PartitionStats {
  TopicPartition name;
  bool assigned = false;
  uint64_t records = 0;
  std::array<uint64_t, kFates> fates{};
  int64_t position = -1;    ///< Next offset to be read; -1: unknown.
  int64_t committed = -1;   ///< Last position the group acknowledged; -1: none yet.
  int64_t end_offset = -1;  ///< Next offset to be written as last heard; -1: unknown.
};

/// What happened at one destination.
struct IndexStats {
  std::string name;
  std::array<uint64_t, kWriteResults> documents{};
  uint64_t rejected = 0;
  uint64_t divergent = 0;  ///< Ids, made so by records of the partitions that are this member's.
};

/// What happened at one destination of deliveries.
struct DestinationStats {
  std::string name;
  uint64_t accepted = 0;
  uint64_t refused = 0;                              ///< Became dead letters.
  std::array<uint64_t, kFailureReasons> failures{};  ///< Attempts that were not accepted.
  uint64_t parked = 0;                               ///< Records, copies among them.
  uint64_t openings = 0;                             ///< Of its circuit breaker.
  Histogram<16> age_seconds;  ///< Commit at the source to acceptance; only where it is known.
  Histogram<16> round_trip_seconds;  ///< Of every answer.

  uint64_t waiting = 0;  ///< In memory, not under way.
  uint64_t under_way = 0;
  uint64_t parked_records = 0;  ///< In its parked stream, not yet terminal, as last heard.
  bool breaker_open = false;
};

/// Everything a pipeline counts, as one value. The pipeline owns one, counts in it without locks
/// and publishes copies.
struct PipelineStats {
  enum class State : uint8_t { kStarting, kRunning, kDraining, kStopped, kHalted };

  State state = State::kStarting;
  std::vector<PartitionStats> partitions;      ///< By PartitionSlot.
  std::vector<IndexStats> indices;             ///< By IndexSlot.
  std::vector<DestinationStats> destinations;  ///< Of a courier, by DestinationSlot.

  uint64_t record_bytes = 0;         ///< Keys and values.
  std::array<uint64_t, 8> events{};  ///< By EventKind.
  std::array<uint64_t, kSkipRules> skipped{};
  std::array<uint64_t, kRejectReasons> rejected{};
  std::array<uint64_t, kRejectReasons> dead_letters{};  ///< Acknowledged.
  uint64_t dead_letter_references = 0;                  ///< Of these, without their original bytes.

  uint64_t unchanged_filled_waiting = 0;  ///< Fields filled from a waiting operation.
  uint64_t unchanged_filled_lookup = 0;   ///< Fields filled from the stored document.
  uint64_t unchanged_missing = 0;         ///< Fields left out because nobody had the value.

  uint64_t bulk_requests = 0;                          ///< Sent.
  std::array<uint64_t, kDispositions> bulk_answers{};  ///< By the request's disposition.
  std::array<uint64_t, kFailureReasons> retries{};     ///< Operations sent again, by reason.
  Histogram<12> bulk_bytes;
  Histogram<10> bulk_items;
  Histogram<16> bulk_seconds;
  Histogram<16> event_age_seconds;  ///< Source commit to acknowledged by the index.
  uint64_t lookups = 0;

  uint64_t waiting_bytes = 0;  ///< Documents held in lanes.
  uint64_t batch_bytes = 0;    ///< Bodies being built or in flight.
  uint64_t waiting_operations = 0;
  uint64_t inflight_requests = 0;
  uint64_t body_size_bytes = 0;  ///< At which a body is sent now.

  /// After a refusal: older records of its id that were applied in its place, or that the log no
  /// longer had.
  uint64_t predecessors_applied = 0;
  uint64_t predecessors_gone = 0;

  uint64_t truncates = 0;         ///< Applied.
  uint64_t truncate_deletes = 0;  ///< Documents that they have deleted, or tried to.

  uint64_t windows_open = 0;        ///< Ids that a late copy of a write may still reach.
  uint64_t deletes_remembered = 0;  ///< Applied, and to be sent again when their window has closed.
  uint64_t deletes_sent_again = 0;
  uint64_t deletes_handed_over =
      0;  ///< Given up while remembered: the next owner reads them again.
  uint64_t late_copies_deleted = 0;  ///< Of these: had brought a deleted document back.

  uint64_t partitions_assigned = 0;  ///< Events, not a level.
  uint64_t partitions_revoked = 0;
  uint64_t partitions_lost = 0;
  uint64_t commits = 0;
  uint64_t commit_failures = 0;
  uint64_t pauses = 0;  ///< Times fetching was paused for back-pressure.

  /// Why the pipeline is not getting on, empty when it is: shown by readiness.
  bool index_reached = false;  ///< The search cluster answered at least once.
  bool group_joined = false;   ///< An assignment (perhaps empty) was received at least once.
  bool waits_to_read = false;  ///< It has partitions whose index was not found fit for them yet.
  GroupPlace place = GroupPlace::kUnknown;  ///< Known in the modes exclusive and failover.
  std::string place_sentence;               ///< One sentence: who else is there.
  std::string hold_reason;                  ///< One sentence: what, why, the cure.
  std::string halt_reason;                  ///< One sentence; set once.
  int64_t turn_us = 0;                      ///< Clock of the last turn: the loop turns.
  int64_t progress_us = 0;  ///< Clock of the last settled record, or of the last time without lag
                            ///< but for deletes that wait for their windows.
};

}  // namespace sluice
