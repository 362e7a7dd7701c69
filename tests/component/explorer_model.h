#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/outcome.h"

namespace sluice::testing::explorer {

/// An operation of the one document. Creating, updating and re-creating are one kind: the machine
/// tells them apart only for fields that a record did not carry, of which there are none here.
enum class Kind : uint8_t {
  kIndex,
  kDelete,
  kTombstone,  ///< Rides on the delete before it, where it finds that on its way.
  kRefused,    ///< An index write that the node refuses each time it sees it.
};
inline constexpr int kKinds = 4;

[[nodiscard]] constexpr bool Deletes(Kind kind) {
  return kind == Kind::kDelete || kind == Kind::kTombstone;
}

/// A mechanism of the delivery contract that is switched off, to show that it is needed.
enum class Without : uint8_t {
  kNothing,
  kWindows,       ///< No delete is sent again.
  kHeldCommit,    ///< The offset passes deletes that are to be sent again.
  kLease,         ///< Sending goes on however long ago ownership was proven.
  kSentDeletes,   ///< A delete is sent again only if it was *answered* in a window.
  kOneWaiting,    ///< A later operation is sent while an earlier one waits for its retry.
  kPredecessors,  ///< A refused operation takes those that it had replaced with it.
  kHonestNote,    ///< The last commit says "clean" whatever is on its way.
  kWholeWindow,   ///< Windows are shorter than what they wait for: here by one tick.
};

/// The bounds of a search. Times are in ticks, between which any number of things happen.
struct Rules {
  int operations = 5;    ///< Records of the log at most.
  int disturbances = 3;  ///< Doubts, failed commits, crashes, rebalances in one history at most.
  int lease_ticks = 1;
  int copy_ticks = 1;         ///< A request may be applied up to so long after its sending.
  bool slow_commits = false;  ///< The group takes its time to answer a commit.
  bool tombstones = true;
  bool refusals = true;
  Without without = Without::kNothing;
};

/// The document as a node has it: a register with external versions. Versions are offsets here;
/// -1: none.
struct Node {
  int present = -1;    ///< The document that is there.
  int tombstone = -1;  ///< The delete whose version is remembered.

  /// Which version refuses those that are not above it.
  [[nodiscard]] int known() const { return present > tombstone ? present : tombstone; }
  /// What the node answers, and does.
  Verdict Apply(int offset, Kind kind);
};

/// A request that a node has not taken yet, and whose sender does not wait for it any more.
struct Copy {
  int offset = 0;
  bool deletes = false;
  int dies = 0;  ///< The last tick in which it may still be applied.

  auto operator<=>(const Copy&) const = default;
};

/// A request with one write, whose sender waits.
struct Request {
  int owner = 0;
  uint32_t batch = 0;
  int offset = 0;
  bool deletes = false;
  int sent = 0;       ///< The tick.
  bool told = true;   ///< The machine knows that it was sent (always, but Without::kSentDeletes).
  bool done = false;  ///< The node has answered; the answer is on its way.
  Verdict verdict;
  int stored = -1;  ///< The version that the answer tells.
};

/// What the group knows of the partition.
struct Group {
  int owner = -1;
  int committed = -1;
  std::string note;
};

/// Something that can happen next.
struct Action {
  enum class Kind : uint8_t {
    kRead,           ///< An owner reads the next record; `arg`: what it is, if it is new.
    kSend,           ///< It sees that time has passed, and sends what may be sent.
    kNode,           ///< The node takes request `arg`.
    kAnswer,         ///< Its answer arrives.
    kDoubt,          ///< It ends without one.
    kDoubtItem,      ///< Its answer says that nobody knows.
    kUnsent,         ///< No byte of it has left.
    kCommit,         ///< An owner sends its position; where commits are not slow the group answers.
    kClosingCommit,  ///< The same, as its last one.
    kCommitted,      ///< The group answers it.
    kCommitLost,     ///< The group has taken it, and the answer says that it failed.
    kCommitFailed,
    kAcknowledged,  ///< The dead letter `arg` is safe.
    kReread,        ///< The record for request `arg` was read again.
    kAssign,        ///< The group gives the partition.
    kRevoke,        ///< The group asks it back …
    kGiveUp,        ///< … and gets it.
    kExpel,         ///< The group takes it from an owner that does not know …
    kLearn,         ///< … and learns it.
    kCrash,         ///< `arg`: whether its commit arrives.
    kLand,          ///< Late copy `arg` is applied.
    kForget,        ///< The node forgets the delete.
    kTick,
  };
  Kind kind = Kind::kTick;
  uint8_t who = 0;
  uint8_t arg = 0;
};

}  // namespace sluice::testing::explorer
