#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/model/outcome.h"
#include "core/model/source_position.h"

namespace sluice {

/// When the rows that exist already are read (Debezium's `snapshot.mode`).
enum class SnapshotMode : uint8_t {
  kInitial,      ///< When nothing was recorded yet, then the stream.
  kInitialOnly,  ///< The same, and then the end.
  kNoData,       ///< Never.
  kWhenNeeded,   ///< As kInitial, and again where going on from the record is not possible.
  kAlways,       ///< At each start.
};

/// What the database says about itself and our slot.
struct SourceFacts {
  std::string system_id;
  uint32_t timeline = 0;
  std::string database;
  Lsn wal_end;
  /// Where the timeline that was recorded ended, when it is one of this server's past.
  std::optional<Lsn> recorded_timeline_end;

  std::string slot;  ///< Its name, whether it exists or not.
  bool slot_exists = false;
  bool slot_lost = false;              ///< The log that it needs was removed.
  Lsn slot_flushed;                    ///< What the database was told that it may forget.
  bool reads_while_streaming = false;  ///< The server can: PostgreSQL 14 or later.
};

/// How a source starts.
struct StartDecision {
  enum class Kind : uint8_t {
    kStream,         ///< From `from`.
    kCreateSlot,     ///< And stream from its beginning.
    kCreateAndRead,  ///< Create the slot, read the rows of its snapshot, then stream.
    kReadBeside,     ///< Read the rows as of now, then stream from `from`.
    kResume,         ///< Stream from `from`, and read what an unfinished snapshot left meanwhile.
    kNothing,        ///< Everything that was asked for is done.
    kHalt,           ///< `failure` says why and what the choices are.
  };
  Kind kind = Kind::kHalt;
  Lsn from;
  Failure failure;
  std::string remark;  ///< For the log: what was found and is not as usual; empty: nothing.
};

/// Pure: compares what was recorded with what is there, before anything is read (delivery contract,
/// part 7). Whatever would lose changes in silence halts.
[[nodiscard]] StartDecision DecideStart(const std::optional<SourcePosition>& recorded,
                                        const SourceFacts& facts, SnapshotMode mode);

/// Whether what is left of a snapshot is read by a later start while it streams; else only a
/// snapshot reads it. Pure.
[[nodiscard]] bool ReadsRestWhileStreaming(bool reads_while_streaming, SnapshotMode mode);

/// The epoch of a new run: above every former one, also when the record of them was lost.
/// `epoch_max`: the highest that is recorded for the same topics, by whichever slot; 0: none is.
[[nodiscard]] int64_t NextEpoch(int64_t epoch_max, int64_t wall_s);

}  // namespace sluice
