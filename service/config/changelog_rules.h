#pragma once

#include "core/model/result.h"
#include "core/operations/changelog/changelog_rows.h"
#include "service/config/config.h"

namespace sluice::config {

/// Whether rows of a change log are wanted.
[[nodiscard]] inline bool WantsChangelog(const Config& config) {
  return !config.changelog_fields.empty();
}

/// What its rows are like; the error names the entries of changelog.columns that say nothing.
[[nodiscard]] Result<ChangelogSpec> ChangelogSpecOf(const Config& config);

}  // namespace sluice::config
