#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/control.h"
#include "core/model/group.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/model/record.h"

namespace sluice {

/// A partition that was given to this member.
struct AssignedPartition {
  PartitionSlot slot;
  TopicPartition name;
  CommitPosition start;    ///< The group's committed position, or the partition's beginning.
  bool committed = false;  ///< Whether `start` was a committed position.
  std::string note;        ///< What was committed with it; empty when there is none.
};

/// Something other than a record that a source has to say.
struct SourceEvent {
  enum class Kind : uint8_t {
    kAssigned,        ///< `assigned`: answer with StartReading() once destinations are ready.
    kRevoking,        ///< `slots` are to be given up: drain, commit, then CompleteRevoke().
    kLost,            ///< `slots` are gone already: commit nothing, drop queues, CompleteRevoke().
    kEndOfPartition,  ///< `slots[0]` was read up to `offset`, the next offset to be written.
    kCommitted,       ///< The commit in flight was accepted.
    kCommitFailed,    ///< `failure` says what to do.
    kFault,           ///< Something is wrong with broker or group; `failure` says what to do.
    kRecovered,       ///< The fault reported last is over.
    kStreamFacts,     ///< `stream`: the answer to AskStream().
    kGroup,           ///< `group`: the answer to GroupSource::AskGroup().
    kPlace,   ///< `place` and `sentence`: what this one is to a group with one active member.
    kClosed,  ///< After Close(): the group was left.
  };
  Kind kind = Kind::kFault;
  std::vector<AssignedPartition> assigned;
  std::vector<PartitionSlot> slots;
  Offset offset;
  Failure failure;
  StreamFacts stream;
  GroupView group;
  GroupPlace place = GroupPlace::kUnknown;
  std::string sentence;
};

/// The log that is read: an assigned part of streams, in order per partition, and the group's
/// memory of how far it was settled.
///
/// Threads:   one call at a time per instance; the instance's library threads are hidden.
/// Ownership: records are views into the source's memory until Release().
/// Time:      no call blocks. New records and events make the source's descriptor readable, by
/// which
///            a Waiter wakes.
/// Errors:    never in a return value: as events with a disposition.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  /// Fills up to `out.size()` records that have already arrived. With an empty `out` only events
  /// are served (this also keeps the group membership alive). The records of a former call must
  /// have been released.
  virtual size_t Poll(std::span<Record> out) = 0;
  /// The value of the last header of that name, of a record of the last Poll(); valid until
  /// Release(). None: it has no such header, or one without a value. Headers are only looked at
  /// where they are asked for.
  [[nodiscard]] virtual std::optional<std::string_view> HeaderOf(const Record& record,
                                                                 const char* name) const = 0;
  /// Ends the life of all views of the last Poll().
  virtual void Release() = 0;
  /// Takes the oldest event; false when there is none.
  virtual bool NextEvent(SourceEvent& event) = 0;

  [[nodiscard]] virtual const TopicPartition& Name(PartitionSlot slot) const = 0;
  /// The next offset to be written as far as known without asking, or -1.
  [[nodiscard]] virtual int64_t EndOffset(PartitionSlot slot) const = 0;

  /// Asks the brokers about a topic, and about the group's place in all of its partitions:
  /// kStreamFacts follows. Asked again without end while they do not answer.
  virtual void AskStream(const std::string& topic) = 0;

  /// Begins delivery of all partitions that kAssigned events told of and that are still ours, at
  /// their `start`.
  virtual void StartReading() = 0;
  /// Answers the last kRevoking or kLost event.
  virtual void CompleteRevoke() = 0;

  /// Stops and resumes fetching on all partitions; prefetched records are thrown away.
  virtual void PauseFetching() = 0;
  virtual void ResumeFetching() = 0;
  /// From now on no record of these partitions is handed out, and those of all others are; reading
  /// goes on where it stood, so that none is missing. What was handed out already stays so.
  virtual void KeepBack(std::span<const PartitionSlot> slots) = 0;

  /// Stops fetching one partition that is read. What of it was handed out from `next` on counts as
  /// not handed out: it comes again after GoOn(), and no end of the partition is told before. A
  /// partition that is kept back too is read when neither holds any more.
  virtual void Hold(PartitionSlot slot, Offset next) = 0;
  virtual void GoOn(PartitionSlot slot) = 0;

  struct Position {
    PartitionSlot slot;
    CommitPosition position;
    std::string note;  ///< Kept beside the position: at most 4 KiB of text.
  };
  /// Commits asynchronously. One at a time: kCommitted or kCommitFailed follows.
  virtual void Commit(std::span<const Position> positions) = 0;

  /// Leaves the group; kClosed follows. Commits nothing by itself.
  virtual void Close() = 0;
};

}  // namespace sluice
