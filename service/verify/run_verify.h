#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "service/config/config.h"
#include "service/verify/report.h"

namespace sluice::verify {

struct VerifyOptions {
  std::vector<std::string> tables;  ///< schema.name; empty: all that are captured.
  std::string index;                ///< Only the table of this index; empty: all.
  bool repair = false;
  int64_t wait_us = 0;  ///< For the index to pass a row; 0: DefaultWait().
  /// Told what is waited for, where that takes long; none: nobody listens.
  std::function<void(const std::string&)> waits;
};

/// How long the index is waited for where nobody says, in microseconds: the delete window of the
/// configuration, and more.
[[nodiscard]] int64_t DefaultWait(const config::Config& config);

/// Compares tables with their indices, one after the other, and tells each report to `told`. Fails
/// where nothing can be compared at all.
[[nodiscard]] Result<std::vector<TableReport>> RunVerify(
    const config::Config& config, const VerifyOptions& options, const std::string& version,
    const std::function<void(const TableReport&)>& told);

}  // namespace sluice::verify
