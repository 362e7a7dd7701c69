// Partitions that are given up while operations of theirs are in every state, and what is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/core/machine_rig.h"

namespace sluice::testing {
namespace {

using ::testing::IsEmpty;
using Ids = std::vector<std::string>;

void ExpectEmpty(MachineRig& rig) {
  EXPECT_TRUE(rig.machine.idle()) << rig.machine.operations() << " operations are left";
  EXPECT_EQ(rig.machine.held_bytes(), 0U);
  EXPECT_EQ(rig.machine.held_operations(), 0U);
}

TEST(IndexMachineDrop, ForgetsWhatIsBeingBuilt) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.Propose(EventKind::kUpdate, "a");  // blocked behind it
  rig.Drop(0);
  EXPECT_THAT(rig.Dispatch(), IsEmpty());
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, KeepsTheUnsentOperationsOfOtherPartitions) {
  MachineRig rig;
  rig.StartPartition(1);
  rig.Propose(EventKind::kCreate, "gone");
  rig.ProposeIn(1, EventKind::kCreate, "stays");
  rig.ProposeIn(1, EventKind::kUpdate, "stays", true);
  rig.Drop(0);
  const auto sent = rig.DispatchOne();
  EXPECT_EQ(sent.ids, Ids{"stays@1"}) << "filled from the one in the body that was given up";
  rig.Answer(sent, Disposition::kDone);
  EXPECT_EQ(rig.committed(1), 2);
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, ForgetsWhatWaitsOpenBehindABody) {
  // The one in the body goes, and with it the one behind it: neither a lookup nor a strip is due.
  for (const EventKind kind : {EventKind::kUpdate, EventKind::kCreate}) {
    MachineRig rig;
    rig.Propose(EventKind::kUpdate, "a");
    rig.Propose(kind, "a", true);
    rig.Drop(0);
    EXPECT_THAT(rig.TakeHistory(), IsEmpty()) << EventKindName(kind);
    ExpectEmpty(rig);
  }
}

TEST(IndexMachineDrop, NeverGivesTheAnswerOfOneLookupToAnotherId) {
  MachineRig rig;
  rig.Propose(EventKind::kUpdate, "a");
  rig.Propose(EventKind::kUpdate, "a", true);
  rig.Drop(0);
  const std::vector<uint64_t> of_a = rig.lookups;
  rig.StartPartition(0);
  rig.Propose(EventKind::kUpdate, "x", true);
  rig.Propose(EventKind::kUpdate, "y", true);
  OpIndex op = kNoOp;
  for (const uint64_t token : of_a) EXPECT_FALSE(rig.machine.LookedUp(token, op));
}

TEST(IndexMachineDrop, ForgetsWhatIsLookedUp) {
  MachineRig rig;
  rig.Propose(EventKind::kUpdate, "a", true);
  rig.Drop(0);
  OpIndex op = kNoOp;
  EXPECT_FALSE(rig.machine.LookedUp(rig.lookups.at(0), op));
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, ForgetsWhatBacksOff) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.AnswerItems(rig.DispatchOne(), {kHoldVerdict});
  rig.Drop(0);
  ExpectEmpty(rig);
  rig.Advance(1'000'000);
  EXPECT_THAT(rig.Dispatch(), IsEmpty());
}

TEST(IndexMachineDrop, ForgetsTheHalvesOfASplitBody) {
  MachineRig rig;
  for (const char* id : {"a", "b", "c", "d"}) rig.Propose(EventKind::kCreate, id);
  rig.Answer(rig.DispatchOne(), Disposition::kSplit, FailureReason::kBadRequest);
  rig.Drop(0);
  EXPECT_THAT(rig.Dispatch(), IsEmpty());
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, DoesNotCountWhatIsInFlight) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Drop(0);
  EXPECT_FALSE(rig.machine.idle()) << "I3: it is still outstanding";
  rig.StartPartition(0);
  rig.Answer(sent, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 0) << "a former assignment settles nothing of this one";
  EXPECT_EQ(rig.fates(Fate::kApplied), 0U);
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, DoesNotRepeatWhatIsInFlight) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Drop(0);
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout);
  rig.Advance(1'000'000);
  EXPECT_THAT(rig.Dispatch(), IsEmpty()) << "the new owner does that";
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, RepeatsWhatIsInFlightWhenThePartitionCameBack) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Drop(0);
  rig.StartPartition(0);
  rig.Propose(EventKind::kCreate, "a");  // the same record, read again: rides
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout);
  rig.Advance(1'000'000);
  const auto again = rig.DispatchOne();
  EXPECT_EQ(again.ids, Ids{"a@0"});
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 1);
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, SendsADeleteFromBeforeAgainWhenThePartitionCameBackInDoubt) {
  PipelineSettings settings = MachineRig::Defaults();
  settings.window_us = 10'000;
  MachineRig rig(settings);
  rig.Propose(EventKind::kCreate, "a");
  rig.Answer(rig.DispatchOne(), Disposition::kDone);
  rig.Propose(EventKind::kDelete, "a");
  const auto sent = rig.DispatchOne();  // in no window
  rig.Drop(0);                          // another member has it, and leaves a write on its way
  rig.StartPartition(0, 1, false);
  rig.Propose(EventKind::kDelete, "a");  // rides
  rig.Answer(sent, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 1) << "that write may still bring the document back";
  rig.Advance(10'000);
  const auto again = rig.DispatchOne();
  EXPECT_EQ(again.ids, Ids{"a@1"});
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 2);
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, DoesNotRememberWhatReplacedADeleteThatWaits) {
  PipelineSettings settings = MachineRig::Defaults();
  settings.window_us = 10'000'000;
  MachineRig rig(settings);
  rig.SeekTo(0, 1);
  rig.Propose(EventKind::kDelete, "a");
  const auto sent = rig.DispatchOne();
  rig.Drop(0);
  rig.StartPartition(0, 0, false);
  rig.Propose(EventKind::kCreate, "a");  // rides: the delete is newer
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout);
  rig.Propose(EventKind::kDelete, "a");  // that one, which waits for its retry
  rig.Propose(EventKind::kCreate, "a");
  rig.Advance(200'000);
  const auto newest = rig.DispatchOne();
  EXPECT_EQ(newest.ids, Ids{"a@2"});
  rig.Answer(newest, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 3);
  EXPECT_EQ(rig.machine.operations(), 0U);
}

TEST(IndexMachineDrop, SendsTheNewReadingAfterTheOldRequestFailed) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Drop(0);
  rig.StartPartition(0, 1);  // the old owner's successor had committed past the first record
  rig.Propose(EventKind::kUpdate, "a");
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout);
  rig.Advance(1'000'000);
  const auto again = rig.DispatchOne();
  EXPECT_EQ(again.ids, Ids{"a@1"});
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 2);
  ExpectEmpty(rig);
}

TEST(IndexMachineDrop, WaitsForADeadLetterOnItsWay) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.AnswerItems(sent, {kRejectVerdict});
  rig.Drop(0);
  EXPECT_FALSE(rig.machine.idle());
  rig.StartPartition(0);
  rig.machine.DeadLettered(sent.ops[0]);
  rig.RunCommands();
  EXPECT_EQ(rig.committed(), 0);
  ExpectEmpty(rig);
}

// A record that is tracked before its partition starts would be forgotten by the start, and the end
// of the partition would then settle what lies before it.
TEST(IndexMachineDropDeathTest, TakesNoRecordOfAPartitionThatIsNotStarted) {
  MachineRig rig;
  rig.Drop(0);
  EXPECT_DEATH(rig.Propose(EventKind::kCreate, "a"), "partitions that were started");
}

// I8: whatever happened, when nothing is left to do nothing is counted as held. Random records,
// answers, lookups and rebalances over few ids.
TEST(IndexMachine, HoldsNothingWhenItIsIdle) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto dice = [&random](uint64_t sides) { return random() % sides; };
    PipelineSettings settings = MachineRig::Defaults();
    settings.bulk_max_documents = 1 + dice(5);
    settings.bulk_max_in_flight = static_cast<uint32_t>(1 + dice(3));
    MachineRig rig(settings, seed);
    rig.StartPartition(1);
    std::vector<MachineRig::Sent> in_flight;
    constexpr EventKind kKinds[] = {EventKind::kCreate, EventKind::kUpdate, EventKind::kUpdate,
                                    EventKind::kDelete, EventKind::kTombstone};
    const auto answer = [&](size_t at, bool well) {
      const MachineRig::Sent sent = in_flight[at];
      in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
      switch (well ? 0 : dice(7)) {
        case 0: rig.Answer(sent, Disposition::kDone); break;
        case 1: rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout); break;
        case 2: rig.Answer(sent, Disposition::kHold, FailureReason::kOverloaded); break;
        case 3: rig.Answer(sent, Disposition::kSplit, FailureReason::kBadRequest); break;
        default: {
          std::vector<Verdict> items(sent.ops.size());
          for (Verdict& item : items) {
            if (dice(3) == 0) item = dice(2) == 0 ? kRejectVerdict : kHoldVerdict;
          }
          rig.AnswerItems(sent, items);
        }
      }
    };
    const auto look_up = [&](bool well) {
      if (rig.lookups.empty()) return;
      OpIndex op = kNoOp;
      const uint64_t token = rig.lookups.back();
      rig.lookups.pop_back();
      if (!rig.machine.LookedUp(token, op)) return;
      if (well || dice(3) > 0) {
        rig.machine.Kept(op, 120, false);
      } else {
        rig.machine.LookupFailed(op, kHoldVerdict);
      }
      rig.RunCommands();
    };
    const auto acknowledge = [&] {
      if (rig.dead.empty()) return;
      rig.machine.DeadLettered(rig.dead.back());
      rig.dead.pop_back();
      rig.RunCommands();
    };
    for (int step = 0; step < 400; ++step) {
      switch (dice(12)) {
        case 0: rig.Advance(static_cast<int64_t>(dice(60'000))); break;
        case 1: look_up(false); break;
        case 2: acknowledge(); break;
        case 3:
          if (dice(8) == 0) {
            const auto slot = static_cast<uint32_t>(dice(2));
            const int64_t start = rig.committed(slot);
            rig.Drop(slot);
            rig.StartPartition(slot, start);
          }
          break;
        case 4:
        case 5:
          if (!in_flight.empty()) answer(dice(in_flight.size()), false);
          break;
        case 6:
          for (auto& sent : rig.Dispatch()) in_flight.push_back(std::move(sent));
          break;
        default: {
          const auto slot = static_cast<uint32_t>(dice(2));
          const EventKind kind = kKinds[dice(5)];
          const bool row = kind == EventKind::kCreate || kind == EventKind::kUpdate;
          rig.fill_leaves_open = dice(4) == 0;
          rig.ProposeIn(slot, kind, "p" + std::to_string(slot) + "-" + std::to_string(dice(4)),
                        row && dice(3) == 0);
        }
      }
    }
    rig.fill_leaves_open = false;
    for (int turn = 0; turn < 2'000 && !rig.machine.idle(); ++turn) {
      rig.Advance(200'000);
      look_up(true);
      acknowledge();
      rig.AnswerRereads(nullptr);
      for (auto& sent : rig.Dispatch()) in_flight.push_back(std::move(sent));
      if (!in_flight.empty()) answer(0, true);
    }
    ASSERT_TRUE(rig.machine.idle()) << rig.machine.operations() << " operations are stuck";
    ASSERT_EQ(rig.machine.held_bytes(), 0U);
    ASSERT_EQ(rig.machine.held_operations(), 0U);
    ASSERT_EQ(rig.machine.deadline_us(), INT64_MAX) << "nothing is left to wake up for";
    for (const uint32_t slot : {0U, 1U}) {
      ASSERT_TRUE(rig.machine.ledger(PartitionSlot{slot}).settled()) << "I1";
    }
  }
}

}  // namespace
}  // namespace sluice::testing
