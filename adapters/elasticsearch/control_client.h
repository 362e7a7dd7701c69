#pragma once

#include <chrono>
#include <string>

#include "adapters/elasticsearch/control_index.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/result.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// Control records for commands: the same questions as ControlIndex, waited for.
///
/// Threads:   one call at a time.
/// Ownership: borrows the clock; answers are values.
/// Time:      each call blocks for the cluster, `timeout` at most.
/// Errors:    in the result, with the reason why nothing came in time.
class ControlClient {
 public:
  ControlClient(const Settings& settings, const Clock& clock, std::chrono::milliseconds timeout);

  [[nodiscard]] Result<ControlAnswer> Look(const std::string& index);
  /// Stores a record in place of the one of `ticket`; without one (seq_no below 0): as the first.
  [[nodiscard]] Status Write(const ControlRecord& record, const ControlTicket& ticket);

 private:
  [[nodiscard]] Result<ControlAnswer> Await(const std::string& what);

  const Clock& clock_;
  const std::chrono::milliseconds timeout_;
  Transport transport_;
  ControlIndex index_;
};

}  // namespace sluice::elasticsearch
