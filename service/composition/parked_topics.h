#pragma once

#include <string>

#include "core/model/result.h"
#include "service/config/config.h"

namespace sluice::service {

/// What goes with each commit of `sluice deliver`: that the group is one of ours, and a mark of
/// each parked topic that there is (9 bytes a destination, of the 4 KiB that a note may have).
[[nodiscard]] std::string ParkedNote(const config::Config& config);
/// Whether a group that has committed with this note had that parked topic.
[[nodiscard]] bool NoteTellsOf(const std::string& note, const std::string& topic);

/// Makes the parked topics, with as many partitions as the topic that is delivered. Blocks for
/// brokers. Errors: one that there was is gone, one of a destination that is not configured any
/// more holds records, one has other partitions; or the brokers do not answer.
[[nodiscard]] Status PrepareParkedTopics(const config::Config& config);

}  // namespace sluice::service
