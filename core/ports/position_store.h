#pragma once

#include <optional>

#include "core/model/outcome.h"
#include "core/model/source_position.h"

namespace sluice {

/// The source's own memory of how far it got, kept apart from the database so that a lost or moved
/// slot is noticed.
///
/// Threads:   one call at a time.
/// Ownership: what is passed is copied.
/// Time:      no call waits.
/// Errors:    as the answer of Poll().
class PositionStore {
 public:
  virtual ~PositionStore() = default;

  /// Begins to store. One at a time: an answer follows.
  virtual void Store(const SourcePosition& position) = 0;
  /// The answer to the last Store(), once: kDone when it is safe.
  virtual std::optional<Failure> Poll() = 0;
};

}  // namespace sluice
