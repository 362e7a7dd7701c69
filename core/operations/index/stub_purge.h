#pragma once

#include <cstdint>
#include <map>

#include "core/model/result.h"
#include "core/operations/index/control_decision.h"

namespace sluice {

/// The record of an index whose stubs may go, with the floors that are stored before any does
/// (delivery contract, part 4, soft deletes). Pure.
///
/// `horizon`: by partition, the first offset that may still be read again. A floor never falls, and
/// never passes what the group has committed: later records have not been applied for sure. Fails
/// where a start would halt, and where versions do not hold offsets.
[[nodiscard]] Result<ControlRecord> PlanPurge(const std::optional<ControlRecord>& recorded,
                                              const ControlSight& seen,
                                              const std::map<int32_t, int64_t>& horizon);

/// Whether nothing older than this stub can be read again. Those of former incarnations stay.
[[nodiscard]] bool MayRemoveStub(const ControlRecord& record, int64_t version, int64_t partition);

}  // namespace sluice
