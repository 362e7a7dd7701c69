#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/component/rig.h"

namespace sluice::testing {

/// What can go wrong in a history. Each can be left out, to find out what a failure needs.
enum class Fault : uint8_t {
  kRequest,    ///< A request fails, in part or in doubt.
  kItem,       ///< One write of a request fails.
  kLookup,     ///< A stored document cannot be read.
  kBroker,     ///< Dead letters, the archive or commits are slow or fail.
  kRebalance,  ///< Partitions are asked back or lost.
  kCrash,
  kLeave,
  kJoin,
  kFreeze,   ///< A member does not turn for a while.
  kForget,   ///< A node forgets the version of a deleted document.
  kLate,     ///< What has no sender any more is applied after all.
  kRefusal,  ///< Records that the index cannot accept.
};
inline constexpr int kFaults = 12;
[[nodiscard]] const char* FaultName(Fault fault);

/// One random history of a group: records, faults, late answers, rebalances, crashes; judged at
/// each commit, at each applied write and at the end. The same options give the same history.
struct HistoryOptions {
  uint64_t seed = 1;
  int steps =
      0;  ///< 0: of random length. A shorter one is a prefix of a longer one, then heals and
          ///< is judged.
  int ids_most = 12;
  int partitions_most = 3;
  uint32_t without = 0;  ///< A bit for each Fault that does not happen.
  Makers makers;         ///< Replaced to show that a broken port is noticed.
  std::function<void(World&)> break_world;
  std::function<void(PipelineSettings&)> break_settings;
  bool headers = false;      ///< Versions from the headers of our own source.
  bool truncates = false;    ///< The table is emptied now and then, and that is applied.
  bool blind_scan = false;   ///< The documents of an index are not listed.
  bool lying_index = false;  ///< Says "done" of some writes that it did not apply.
  bool told = false;         ///< HistoryResult::story is wanted.
};

struct HistoryResult {
  std::vector<std::string> problems;  ///< Empty when all invariants held.
  std::vector<std::string> story;     ///< What happened, a line each.
  int steps = 0;
  size_t records = 0;
  int crashes = 0;
  int rebalances = 0;
  int failed_requests = 0;
  int halts = 0;
  size_t dead_letters = 0;
  uint64_t filled = 0;
  uint64_t sent_again = 0;   ///< Deletes, after their window.
  uint64_t late_copies = 0;  ///< Of these: had brought a document back.
  uint64_t passed_over = 0;  ///< Records of an older run of the source.
  uint64_t truncates = 0;    ///< Applied, one a partition.
  uint64_t truncate_deletes = 0;
};

[[nodiscard]] HistoryResult RunHistory(const HistoryOptions& options);

/// A smaller history that fails in the same way: without faults, partitions, documents and steps
/// that it does not need. It may have another seed. `runs_most` bounds the search.
[[nodiscard]] HistoryOptions ShrinkHistory(const HistoryOptions& failing, int runs_most = 2'000);

}  // namespace sluice::testing
