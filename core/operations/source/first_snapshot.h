#pragma once

#include <vector>

#include "core/model/source_position.h"

namespace sluice {

/// What is read while streaming when a source goes on from `recorded`: what is left of its first
/// snapshot, then what somebody asked for. `captured` are the tables to be captured that can be
/// read so, in the order of reading, as the configuration says now; those that are done are passed
/// over. A table that was begun goes on behind its last key where nothing about it has changed.
/// Pure.
[[nodiscard]] IncrementalProgress RestOfSnapshot(const SourcePosition& recorded,
                                                 std::vector<IncrementalProgress::Entry> captured);

/// Records how far reading got, every row of it acknowledged: tables of the first snapshot that
/// are left no more count as done, and with the last of them the snapshot. Pure.
void RecordProgress(SourcePosition& position, IncrementalProgress progress);

}  // namespace sluice
