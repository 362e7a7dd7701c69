#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/control.h"
#include "core/model/outcome.h"

namespace sluice {

/// What is recorded for an index, and what the index is now.
struct ControlAnswer {
  enum class Kind : uint8_t {
    kFound,    ///< To Look(): `record` (none: there is none) and `destination`.
    kWritten,  ///< To Create() or Replace(): it is safe.
    kRefused,  ///< To Create() or Replace(): somebody else was faster; look again.
    kHeld,     ///< Still trying; `failure` says why. Repeats, and another answer follows.
    kHalted,   ///< The record cannot be used; `failure` says why.
  };
  Kind kind = Kind::kFound;
  std::string index;
  std::optional<ControlRecord> record;
  ControlTicket ticket;  ///< Of `record`.
  IndexFacts destination;
  Failure failure;
};

/// Where control records are kept. One question an index at a time.
///
/// Threads:   one call at a time per instance.
/// Ownership: what is passed is copied.
/// Time:      no call blocks; answers come through Poll(). What cannot be reached is tried again
///            without end, with back-off.
/// Errors:    as answers.
class ControlStore {
 public:
  virtual ~ControlStore() = default;

  /// Reads the record of an index, and what the index is now.
  virtual void Look(const std::string& index) = 0;
  /// Stores the first record of its index; refused when there is one already.
  virtual void Create(const ControlRecord& record) = 0;
  /// Stores a record in place of the one that `ticket` is of; refused when that has changed.
  virtual void Replace(const ControlRecord& record, const ControlTicket& ticket) = 0;
  virtual void Poll(std::vector<ControlAnswer>& answers) = 0;
};

}  // namespace sluice
