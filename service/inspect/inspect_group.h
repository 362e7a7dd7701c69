#pragma once

#include <functional>
#include <iosfwd>

#include "adapters/kafka/settings.h"
#include "core/operations/group/sole_source.h"
#include "core/ports/clock.h"
#include "service/inspect/inspect_topics.h"

namespace sluice::inspect {

struct GroupOptions {
  InspectOptions inspect;            ///< Without places, partitions, an end and a file.
  kafka::ConsumerSettings consumer;  ///< Its group and mode; topics are those of `inspect`.
  SoleSettings sole;                 ///< Where the mode has one active member.
};

/// `sluice inspect --group`: the same lines, of the part that the group gives to this member. What
/// was printed is committed to the group, each second and before partitions are given up: after a
/// crash the next one prints again what was printed last. Ends when `go_on` answers false, which is
/// asked at least every 200 ms, when so many records were printed, or when `out` is closed.
[[nodiscard]] InspectEnd RunInspectGroup(const GroupOptions& options, Clock& clock,
                                         const std::function<bool()>& go_on, std::ostream& out,
                                         std::ostream& err);

}  // namespace sluice::inspect
