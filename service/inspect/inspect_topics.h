#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

#include "adapters/kafka/settings.h"
#include "core/model/result.h"
#include "core/ports/clock.h"
#include "service/inspect/write_planner.h"

namespace sluice::inspect {

struct InspectOptions {
  std::vector<std::string> topics;  ///< Names, or with `is_regex` expressions over whole names.
  bool is_regex = false;
  std::vector<std::string> places;  ///< Of -o; empty: from the start.
  uint64_t records_max = UINT64_MAX;
  std::set<int32_t> partitions;  ///< Empty: all.
  bool stop_at_end = false;
  bool json = false;
  std::string save_file;  ///< Empty: none.
  std::string seen;       ///< Of which the values are counted, see SeenValues; empty: of nothing.
  kafka::Settings kafka;
  PlannerSettings planner;
};

enum class InspectEnd : uint8_t {
  kDone,
  kUsage,    ///< A place, expression or topic that is none.
  kFailed,   ///< The brokers, or a file that cannot be written.
  kRefused,  ///< Another member of the group is the active one.
};

/// `sluice inspect`: one line a record, what it says and what would be written because of it. Reads
/// without a group and commits nothing. Follows what is written from now on unless told to stop;
/// ends when `go_on` answers false, which is asked at least every 200 ms, or `out` is closed.
[[nodiscard]] InspectEnd RunInspect(const InspectOptions& options, const Clock& clock,
                                    const std::function<bool()>& go_on, std::ostream& out,
                                    std::ostream& err);

/// The topics as one expression over whole names.
[[nodiscard]] std::string JoinTopics(const InspectOptions& options);
/// Topics by name must be there: a misspelt one would wait for ever in silence.
[[nodiscard]] Status CheckTopics(const InspectOptions& options);
/// The client's warnings and errors, a line each.
[[nodiscard]] kafka::LogSink WarningsTo(std::ostream& err);

}  // namespace sluice::inspect
