#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/control.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/model/result.h"
#include "core/operations/group/commit_note.h"

namespace sluice {

/// What an index and its topic are now, as a control record would tell it.
struct ControlSight {
  std::string index;
  std::string group;
  StreamFacts stream;
  IndexFacts destination;
  VersionMode version_mode = VersionMode::kOffset;
};

/// Whether writing may go on.
struct ControlDecision {
  enum class Kind : uint8_t {
    kProceed,  ///< By `record`.
    kCreate,   ///< After `record` was stored as the first one.
    kReplace,  ///< After `record`, which knows more than the stored one, was stored in its place.
    kHalt,     ///< `failure` says both facts and the choices.
  };
  Kind kind = Kind::kHalt;
  ControlRecord record;
  Failure failure;
  std::string remark;  ///< For the log: what was found and is not as usual; empty: nothing.
};

/// Pure: compares what was recorded with what is there (I5, I11; delivery contract, part 3).
/// Whatever would lose changes in silence halts.
[[nodiscard]] ControlDecision DecideControl(const std::optional<ControlRecord>& recorded,
                                            const ControlSight& seen);

/// A partition of the topic, as sentences name it.
[[nodiscard]] std::string PartitionText(const ControlSight& seen, size_t partition);
/// The group has read some of the topic.
[[nodiscard]] bool HasRead(const StreamFacts& stream);
/// What is seen is the recorded topic, with as many partitions.
[[nodiscard]] bool IsSameTopic(const ControlRecord& recorded, const ControlSight& seen);

/// The alias was moved onto the index that was announced as the next one (`sluice rebuild`): that
/// is the destination from now on, and the other one the former. False: nothing of that.
bool TakeNextIndex(ControlRecord& record, const IndexFacts& seen);

/// Why the topic is not the one that the versions were made of, or holds less of it than was read;
/// none: it is. Says nothing of the index.
[[nodiscard]] std::optional<Failure> LogHalt(const ControlRecord& recorded,
                                             const ControlSight& seen);

/// What is seen, as a first record would tell it.
[[nodiscard]] ControlRecord RecordOf(const ControlSight& seen);

/// The halt for a key whose encoding is not the recorded one.
[[nodiscard]] Failure KeyEncodingHalt(const ControlRecord& recorded, KeyEncoding seen);

/// The halt for a foreign snapshot that begins at this offset: all rows are told anew, and deletes
/// from before may be missing. None where it is the incarnation's beginning, or is known.
[[nodiscard]] std::optional<Failure> SnapshotHalt(const ControlRecord& recorded, int32_t partition,
                                                  Offset at);

/// Whether what the index's name stands for now is another index than recorded, nor the next one
/// that was announced, or the same with another history.
[[nodiscard]] std::optional<Failure> IndexHalt(ControlRecord recorded, const ControlSight& seen);

/// One fact on both sides.
struct ControlLine {
  std::string name;
  std::string recorded;
  std::string seen;
  bool differs = false;
};
/// Everything that is recorded, beside what is seen.
[[nodiscard]] std::vector<ControlLine> CompareControl(const std::optional<ControlRecord>& recorded,
                                                      const ControlSight& seen);

/// What an operator's command changes: the record, and the group's offsets before it.
struct ControlChange {
  ControlRecord record;
  std::vector<std::optional<int64_t>> offsets = {};  ///< By partition; none: it stays.
  /// Of these offsets, by partition: what the next owner is told of the records below. May be
  /// shorter.
  std::vector<CommitNote> told = {};
  std::vector<std::string> notes = {};  ///< Told to the operator.

  [[nodiscard]] bool moves_offsets() const;
};

/// Records what is seen as good.
[[nodiscard]] Result<ControlChange> AcceptSeen(const std::optional<ControlRecord>& recorded,
                                               const ControlSight& seen);

/// Where a new incarnation begins.
enum class IncarnationStart : uint8_t {
  kStart,  ///< Where the present one begins, in another topic at its beginning: all is read again.
  kEnd,    ///< Only records that come from now on.
};
/// Raises the incarnation: its versions are above all of the former ones.
[[nodiscard]] Result<ControlChange> RaiseIncarnation(const std::optional<ControlRecord>& recorded,
                                                     const ControlSight& seen,
                                                     IncarnationStart from);

}  // namespace sluice
