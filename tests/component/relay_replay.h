#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/operations/change_header.h"
#include "tests/fakes/fake_change_log.h"
#include "tests/fakes/fake_event_publisher.h"

namespace sluice::testing {

[[nodiscard]] ChangeHeader HeaderOf(const PublishedRecord& record);

/// The table that a reader of the whole log ends with: each key's last record counts.
[[nodiscard]] std::map<std::string, std::string> Replay(const std::vector<PublishedRecord>& log);

/// The same by versions alone, in whatever order the records come.
[[nodiscard]] std::map<std::string, std::string> ReplayByVersion(std::vector<PublishedRecord> log,
                                                                 std::mt19937& random);

/// One transaction of one to five random changes to rows "0" to "7" that nobody holds a lock on.
void CommitSomething(FakeChangeLog& log, std::mt19937& random, bool hidden = false);

}  // namespace sluice::testing
