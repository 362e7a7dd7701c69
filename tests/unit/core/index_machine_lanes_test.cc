// How records become operations: merging, riding, filling (delivery contract, parts 5 and 6).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/machine_rig.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Ids = std::vector<std::string>;
using State = IndexMachine::OpState;

TEST(IndexMachine, AppendsARecordOfAnIdleIdStraightAway) {
  MachineRig rig;
  const Admission admission = rig.Propose(EventKind::kCreate, "a");
  EXPECT_EQ(admission.action, Admission::Action::kAppend);
  const auto sent = rig.DispatchOne();
  EXPECT_EQ(sent.ids, Ids{"a@0"});
  EXPECT_EQ(rig.committed(), 0) << "I1: not before the answer";
  rig.Answer(sent, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 1);
  EXPECT_EQ(rig.fates(Fate::kApplied), 1U);
  EXPECT_TRUE(rig.machine.idle());
  EXPECT_EQ(rig.machine.held_bytes(), 0U);
}

TEST(IndexMachine, KeepsOneOperationOfAnIdOutstanding) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto first = rig.DispatchOne();
  EXPECT_EQ(rig.Propose(EventKind::kUpdate, "a").action, Admission::Action::kKeep);
  EXPECT_THAT(rig.Dispatch(), IsEmpty()) << "I3";
  rig.Answer(first, Disposition::kDone);
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@1"});
}

TEST(IndexMachine, MergesWaitingOperationsIntoTheNewest) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto first = rig.DispatchOne();
  for (int i = 0; i < 5; ++i) rig.Propose(EventKind::kUpdate, "a");
  rig.Answer(first, Disposition::kDone);
  const auto second = rig.DispatchOne();
  EXPECT_EQ(second.ids, Ids{"a@5"});
  EXPECT_EQ(rig.committed(), 1);
  rig.Answer(second, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 6);
  EXPECT_EQ(rig.fates(Fate::kApplied), 2U);
  EXPECT_EQ(rig.fates(Fate::kCoalesced), 4U);
}

TEST(IndexMachine, LetsATombstoneRideOnItsDelete) {
  MachineRig rig;
  rig.Propose(EventKind::kDelete, "a");
  EXPECT_EQ(rig.Propose(EventKind::kTombstone, "a").action, Admission::Action::kNothing);
  const auto sent = rig.DispatchOne();
  EXPECT_EQ(sent.ids, Ids{"a@0"});
  EXPECT_EQ(rig.Propose(EventKind::kTombstone, "a").action, Admission::Action::kNothing)
      << "also while it is in flight";
  EXPECT_EQ(rig.committed(), 0) << "terminal only together with the delete";
  rig.Answer(sent, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 3);
}

TEST(IndexMachine, SendsATombstoneThatFollowsNoDelete) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto first = rig.DispatchOne();
  EXPECT_EQ(rig.Propose(EventKind::kTombstone, "a").action, Admission::Action::kKeep);
  rig.Answer(first, Disposition::kDone);
  const auto second = rig.DispatchOne();
  EXPECT_EQ(second.ids, Ids{"a@1"});
  EXPECT_EQ(rig.machine.op(second.ops[0]).action, WriteAction::kDelete);
}

TEST(IndexMachine, DoesNotLetATombstoneRideOnARefusedDelete) {
  MachineRig rig;
  rig.Propose(EventKind::kDelete, "a");
  const auto sent = rig.DispatchOne();
  rig.AnswerItems(sent, {kRejectVerdict});
  EXPECT_EQ(rig.Propose(EventKind::kTombstone, "a").action, Admission::Action::kKeep);
  rig.machine.DeadLettered(sent.ops[0]);
  rig.RunCommands();
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@1"});
}

TEST(IndexMachine, SettlesARecordReadAgainWithTheOperationOnItsWay) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Drop(0);
  rig.StartPartition(0);
  EXPECT_EQ(rig.Propose(EventKind::kCreate, "a").action, Admission::Action::kNothing);
  EXPECT_EQ(rig.committed(), 0);
  rig.Answer(sent, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 1);
  EXPECT_EQ(rig.fates(Fate::kCoalesced), 1U);
}

TEST(IndexMachine, HoldsTheBytesOfLongIdsAndOfAbsorbedRecords) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const uint64_t one = rig.machine.held_bytes();
  rig.Propose(EventKind::kCreate, std::string(512, 'b'));
  EXPECT_GE(rig.machine.held_bytes(), 2 * one + 500);

  MachineRig merging;
  merging.Propose(EventKind::kCreate, "a");
  const MachineRig::Sent sent = merging.DispatchOne();
  merging.Propose(EventKind::kUpdate, "a");
  const uint64_t before = merging.machine.held_bytes();
  for (int i = 0; i < 100; ++i) merging.Propose(EventKind::kUpdate, "a");
  EXPECT_GE(merging.machine.held_bytes(), before + 100 * sizeof(RecordRef));
  // They ride on the operation after their partition is gone, and are still in memory.
  const uint64_t riding = merging.machine.held_bytes();
  merging.Drop(0);
  EXPECT_LT(merging.machine.held_bytes(), riding) << "what waited is gone";
  merging.Answer(sent, Disposition::kDone);
  EXPECT_EQ(merging.machine.held_bytes(), 0U);
}

TEST(IndexMachine, TellsIdsOfDifferentIndicesApart) {
  MachineRig rig;
  Proposal proposal;
  proposal.id = "a";
  proposal.version = 5;
  Record record;
  proposal.record = rig.machine.Track(record);
  rig.machine.Prepare(proposal);
  const Admission first = rig.machine.Admit(proposal);
  record.offset = Offset{1};
  proposal.record = rig.machine.Track(record);
  proposal.version = 6;
  proposal.index = IndexSlot{1};
  rig.machine.Prepare(proposal);
  const Admission second = rig.machine.Admit(proposal);
  EXPECT_EQ(second.action, Admission::Action::kAppend);
  EXPECT_NE(first.op, second.op);
}

// ---- Values that were not sent (part 5) ---------------------------------------------------------

TEST(IndexMachine, LooksUpTheStoredDocumentForAnOpenUpdate) {
  MachineRig rig;
  rig.Propose(EventKind::kUpdate, "a", /*open=*/true);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("lookup a"));
  EXPECT_THAT(rig.Dispatch(), IsEmpty());
  OpIndex op = kNoOp;
  ASSERT_TRUE(rig.machine.LookedUp(rig.lookups.at(0), op));
  rig.machine.Kept(op, 100, false);
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@0"});
}

TEST(IndexMachine, LooksUpOnlyAfterTheOutstandingOperationIsTerminal) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a", true);
  EXPECT_THAT(rig.TakeHistory(), IsEmpty()) << "the stored document is about to change";
  rig.Answer(sent, Disposition::kDone);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("lookup a"));
}

TEST(IndexMachine, FillsAnOpenUpdateFromTheWaitingOne) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a");
  EXPECT_EQ(rig.Propose(EventKind::kUpdate, "a", true).action, Admission::Action::kMerge);
  rig.Answer(sent, Disposition::kDone);
  EXPECT_THAT(rig.TakeHistory(), IsEmpty()) << "no lookup: the waiting one had the value";
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@2"});
}

TEST(IndexMachine, FillsAnOpenUpdateFromTheOneWhosePlaceItTakes) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a", true);
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("fill a"));
  rig.Advance(1'000'000);
  const auto again = rig.DispatchOne();
  EXPECT_EQ(again.ids, Ids{"a@1"});
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 2);
  EXPECT_EQ(rig.machine.held_bytes(), 0U);
}

// A primary key that changed arrives as a create with placeholders. Whatever document its id had
// before was another row's.
TEST(IndexMachine, NeverFillsACreateFromTheRowThatHadItsIdBefore) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a", true);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("strip a")) << "not from the stored document";
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a");
  EXPECT_EQ(rig.Propose(EventKind::kCreate, "a", true).action, Admission::Action::kKeep)
      << "not from the waiting one";
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("strip a")) << "not from the one that is in doubt";
}

TEST(IndexMachine, NeverFillsAcrossADelete) {
  MachineRig rig;
  rig.Propose(EventKind::kDelete, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a", true);
  rig.Answer(sent, Disposition::kDone);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("strip a"));
  const auto second = rig.DispatchOne();
  rig.Propose(EventKind::kDelete, "a");
  EXPECT_EQ(rig.Propose(EventKind::kUpdate, "a", true).action, Admission::Action::kKeep);
  rig.Answer(second, Disposition::kDone);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("strip a"));
}

TEST(IndexMachine, DoesNotFillAnUpdateOfANewRowFromTheOldOneInDoubt) {
  MachineRig rig;
  rig.Propose(EventKind::kUpdate, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kCreate, "a", true);  // another row under this id, its value unknown
  rig.fill_leaves_open = true;
  rig.Propose(EventKind::kUpdate, "a", true);
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kTimeout);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("strip a"));
}

TEST(IndexMachine, IgnoresAnAnswerToALookupThatIsNotWantedAnyMore) {
  MachineRig rig;
  rig.Propose(EventKind::kUpdate, "a", true);
  const uint64_t token = rig.lookups.at(0);
  rig.Propose(EventKind::kUpdate, "a");  // a whole one takes its place
  OpIndex op = kNoOp;
  EXPECT_FALSE(rig.machine.LookedUp(token, op));
  const auto sent = rig.DispatchOne();
  rig.Answer(sent, Disposition::kDone);
  rig.Propose(EventKind::kUpdate, "b", true);
  EXPECT_FALSE(rig.machine.LookedUp(token, op)) << "another operation in the same place";
  EXPECT_TRUE(rig.machine.LookedUp(rig.lookups.at(1), op));
  EXPECT_FALSE(rig.machine.LookedUp(uint64_t{7} << 32 | 4'000, op)) << "a place that never was";
}

TEST(IndexMachine, AsksAgainAfterALookupThatFailed) {
  MachineRig rig;
  rig.Propose(EventKind::kUpdate, "a", true);
  OpIndex op = kNoOp;
  ASSERT_TRUE(rig.machine.LookedUp(rig.lookups.at(0), op));
  rig.machine.LookupFailed(op, kHoldVerdict);
  EXPECT_EQ(rig.machine.op(op).state, State::kBackingOff);
  EXPECT_EQ(rig.machine.held_operations(), 1U);
  EXPECT_LT(rig.machine.deadline_us(), INT64_MAX) << "somebody has to wake up for it";
  rig.Advance(1'000'000);
  EXPECT_EQ(rig.lookups.size(), 2U);
  ASSERT_TRUE(rig.machine.LookedUp(rig.lookups.at(1), op));
  rig.machine.Kept(op, 100, false);
  rig.Answer(rig.DispatchOne(), Disposition::kDone);
  EXPECT_EQ(rig.machine.held_operations(), 0U);
  EXPECT_EQ(rig.machine.held_bytes(), 0U);
}

TEST(IndexMachine, MergesOnWhileALookupIsOnItsWay) {
  MachineRig rig;
  rig.fill_leaves_open = true;
  rig.Propose(EventKind::kUpdate, "a", true);
  rig.Propose(EventKind::kUpdate, "a", true);
  EXPECT_EQ(rig.lookups.size(), 1U) << "the answer on its way is as good for the newer one";
  OpIndex op = kNoOp;
  ASSERT_TRUE(rig.machine.LookedUp(rig.lookups.at(0), op));
  rig.machine.Kept(op, 100, false);
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@1"});
}

}  // namespace
}  // namespace sluice::testing
