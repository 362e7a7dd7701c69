#pragma once

#include <chrono>
#include <string>

#include "adapters/elasticsearch/cluster.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/result.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// What was found behind the name of a destination.
struct DestinationLook {
  enum class State : uint8_t {
    kReady,    ///< An alias that can be written to.
    kMissing,  ///< Free: `sluice index` will create it.
    kRefused,  ///< Something that the delivery contract does not allow.
  };
  State state = State::kReady;
  std::string text;  ///< One sentence; of kRefused with the cure behind a semicolon.
};

/// Questions to the search cluster, for commands that look before they act. Creates and changes
/// nothing.
///
/// Threads:   one call at a time.
/// Ownership: borrows the clock; answers are values.
/// Time:      each call blocks for the cluster, `timeout` at most.
/// Errors:    in the result, with the cure where a setting or grant can be named.
class ClusterCheck {
 public:
  ClusterCheck(Settings settings, const Clock& clock, std::chrono::milliseconds timeout);

  /// Reached, let in, and recognised as a product and version that can be used.
  [[nodiscard]] Result<Cluster> Detect();
  /// `name`: of the alias that documents are written to.
  [[nodiscard]] Result<DestinationLook> Look(const std::string& name);

 private:
  /// One request and its answer, or why there is none.
  [[nodiscard]] Result<Response> Ask(const std::string& path);

  const Settings settings_;
  const Clock& clock_;
  const std::chrono::milliseconds timeout_;
  Transport transport_;
};

}  // namespace sluice::elasticsearch
