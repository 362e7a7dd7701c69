#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/elasticsearch/divergence_index.h"
#include "adapters/elasticsearch/document_reader.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/divergence.h"
#include "core/model/result.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// Divergent ids for commands: one at a time, waited for.
///
/// Threads:   one call at a time.
/// Ownership: borrows the clock; answers are values.
/// Time:      each call blocks for the cluster, some tens of seconds at most.
/// Errors:    in the result, with the reason why nothing came in time.
class DivergenceClient {
 public:
  DivergenceClient(const Settings& settings, const Clock& clock, std::chrono::milliseconds timeout);

  /// The entry of an id as it is this moment; none: it is not divergent.
  [[nodiscard]] Result<std::optional<Divergence>> Find(const std::string& index,
                                                       const std::string& id);
  /// Every entry of an index.
  [[nodiscard]] Result<std::vector<Divergence>> All(const std::string& index);
  /// Stores an entry in place of one of the same or a lower version.
  [[nodiscard]] Status Put(const Divergence& entry);
  /// Forgets the entry of an id, unless it has a higher version.
  [[nodiscard]] Status Remove(const std::string& index, const std::string& id, int64_t version);

 private:
  /// Turns until `done` says so of the answers that came.
  template <typename Done>
  [[nodiscard]] Status Await(const std::string& what, const Done& done);

  const std::string alias_;
  const Clock& clock_;
  const std::chrono::milliseconds timeout_;
  DocumentReader reader_;
  Transport transport_;
  DivergenceIndex index_;
};

}  // namespace sluice::elasticsearch
