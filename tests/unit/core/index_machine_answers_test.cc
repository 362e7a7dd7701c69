// What answers mean: retry, split, reject, promote (delivery contract, parts 6 and 9).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/machine_rig.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Ids = std::vector<std::string>;
using State = IndexMachine::OpState;

TEST(IndexMachine, CountsWhatTheIndexHeldAlready) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.Propose(EventKind::kCreate, "b");
  rig.AnswerItems(rig.DispatchOne(), {{Disposition::kDone, {}, WriteResult::kConflictEqual},
                                      {Disposition::kDone, {}, WriteResult::kConflictHigher}});
  EXPECT_EQ(rig.fates(Fate::kApplied), 1U);
  EXPECT_EQ(rig.fates(Fate::kSuperseded), 1U);
  EXPECT_EQ(rig.committed(), 2);
}

class EveryRetry : public ::testing::TestWithParam<Disposition> {};

TEST_P(EveryRetry, SendsTheSameOperationsAgainAfterTheGate) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.Propose(EventKind::kDelete, "b");
  const auto sent = rig.DispatchOne();
  rig.Answer(sent, GetParam(), FailureReason::kServerError);
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("take_back a")) << "a delete has no document";
  EXPECT_EQ(rig.committed(), 0);
  EXPECT_GT(rig.machine.gate_us(), rig.now_us);
  EXPECT_THAT(rig.Dispatch(), IsEmpty()) << "not before the gate opens";
  EXPECT_EQ(rig.machine.deadline_us(), rig.machine.gate_us());
  rig.Advance(1'000'000);
  const auto again = rig.DispatchOne();
  EXPECT_THAT(again.ids, UnorderedElementsAre("a@0", "b@1"));
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 2);
  EXPECT_EQ(rig.machine.failures(), 0U);
  EXPECT_EQ(rig.machine.held_bytes(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Requests, EveryRetry,
                         ::testing::Values(Disposition::kRetry, Disposition::kInDoubt,
                                           Disposition::kHold),
                         [](const auto& param) { return DispositionName(param.param); });

TEST(IndexMachine, GivesItsPlaceToANewerOneWhenTheRequestFails) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a");
  rig.Answer(sent, Disposition::kInDoubt, FailureReason::kConnectionLost);
  rig.Advance(1'000'000);
  const auto again = rig.DispatchOne();
  EXPECT_EQ(again.ids, Ids{"a@1"});
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 2);
  EXPECT_EQ(rig.fates(Fate::kCoalesced), 1U);
}

TEST(IndexMachine, BacksOffOneItemAndNotTheOthers) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.Propose(EventKind::kCreate, "b");
  rig.AnswerItems(rig.DispatchOne(), {kHoldVerdict, kCreatedVerdict});
  EXPECT_EQ(rig.machine.held_operations(), 1U);
  EXPECT_EQ(rig.machine.held_reason(), FailureReason::kOverloaded);
  EXPECT_EQ(rig.committed(), 0);
  rig.Propose(EventKind::kCreate, "c");
  const auto meanwhile = rig.DispatchOne();
  EXPECT_EQ(meanwhile.ids, Ids{"c@2"}) << "others go on";
  rig.Answer(meanwhile, Disposition::kDone);
  rig.Advance(1'000'000);
  rig.Answer(rig.DispatchOne(), Disposition::kDone);
  EXPECT_EQ(rig.machine.held_operations(), 0U);
  EXPECT_EQ(rig.committed(), 3);
}

TEST(IndexMachine, SendsWhatLostTheRaceForAMappingAgain) {
  constexpr Verdict kRaced{Disposition::kRetry, FailureReason::kMappingRaced, {}};
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.Propose(EventKind::kCreate, "b");
  rig.AnswerItems(rig.DispatchOne(), {kRaced, kRaced});
  rig.Advance(1'000'000);
  rig.AnswerItems(rig.DispatchOne(), {kCreatedVerdict, kRaced});
  EXPECT_EQ(rig.committed(), 1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(rig.dead, IsEmpty());
    rig.Advance(1'000'000);
    rig.AnswerItems(rig.DispatchOne(), {kRaced});
  }
  EXPECT_EQ(rig.dead.size(), 1U) << "one document with two types for one field races with itself";
}

TEST(IndexMachine, PassesTheBackOffOnToTheNewerOperation) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a");
  rig.AnswerItems(sent, {kHoldVerdict});
  EXPECT_THAT(rig.Dispatch(), IsEmpty()) << "the document's shard asked for time";
  EXPECT_EQ(rig.machine.held_operations(), 1U);
  rig.Advance(1'000'000);
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@1"});
}

TEST(IndexMachine, HalvesItsConcurrencyWhenOverloadedAndWinsItBackByOne) {
  PipelineSettings settings = MachineRig::Defaults();
  settings.bulk_max_in_flight = 8;
  settings.bulk_max_documents = 1;
  MachineRig rig(settings);
  const auto in_flight = [&rig](int records) {
    for (int i = 0; i < records; ++i) {
      rig.Propose(EventKind::kCreate, "id" + std::to_string(rig.machine.stats().bulk_requests) +
                                          "-" + std::to_string(i));
    }
    return rig.Dispatch();
  };
  auto sent = in_flight(20);
  ASSERT_EQ(sent.size(), 8U);
  rig.Answer(sent[0], Disposition::kHold, FailureReason::kOverloaded);
  rig.Advance(1'000'000);
  EXPECT_THAT(rig.Dispatch(), IsEmpty()) << "seven are in flight, four are allowed";
  for (size_t i = 1; i < 8; ++i)
    rig.Answer(sent[i], Disposition::kHold, FailureReason::kOverloaded);
  rig.Advance(1'000'000);
  sent = rig.Dispatch();
  EXPECT_EQ(sent.size(), 1U) << "never less than one";
  rig.Answer(sent[0], Disposition::kDone);
  sent = rig.Dispatch();
  EXPECT_EQ(sent.size(), 2U) << "one more with each success";
  rig.AnswerItems(sent[0], {kHoldVerdict});
  rig.Answer(sent[1], Disposition::kDone);
  EXPECT_EQ(rig.Dispatch().size(), 2U) << "an overloaded item counts as well";
}

TEST(IndexMachine, BisectsARefusedRequestDownToTheCause) {
  PipelineSettings settings = MachineRig::Defaults();
  MachineRig rig(settings);
  for (const char* id : {"a", "b", "c", "bad", "e", "f", "g"}) rig.Propose(EventKind::kCreate, id);
  int requests = 0;
  while (!rig.machine.idle() && rig.dead.empty() && ++requests < 50) {
    for (const auto& sent : rig.Dispatch()) {
      const bool bad = ::testing::Value(sent.ids, ::testing::Contains("bad@3"));
      rig.Answer(sent, bad ? Disposition::kSplit : Disposition::kDone, FailureReason::kBadRequest);
    }
    rig.Advance(1'000);
  }
  ASSERT_EQ(rig.dead.size(), 1U);
  EXPECT_EQ(rig.machine.op(rig.dead[0]).id, "bad");
  while (!rig.machine.idle() && ++requests < 50) {
    for (const auto& sent : rig.Dispatch()) rig.Answer(sent, Disposition::kDone);
    if (rig.machine.operations() == 1) rig.machine.DeadLettered(rig.dead[0]);
    rig.Advance(1'000);
  }
  EXPECT_EQ(rig.committed(), 7);
  EXPECT_EQ(rig.fates(Fate::kApplied), 6U);
  EXPECT_EQ(rig.fates(Fate::kDeadLettered), 1U);
  EXPECT_LE(rig.machine.stats().bulk_requests, 10U) << "about two a halving";
  EXPECT_EQ(rig.machine.held_bytes(), 0U);
}

TEST(IndexMachine, NamesTheGateAsItsDeadlineWhileOnlyHalvesWait) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.Propose(EventKind::kCreate, "b");
  const auto first = rig.DispatchOne();
  rig.Propose(EventKind::kDelete, "c");
  const auto second = rig.DispatchOne();
  rig.Drop(0);  // what is in flight is not followed any more: nothing is left to be ready
  rig.StartPartition(0, 0);
  rig.Propose(EventKind::kCreate, "a");  // rides
  rig.Propose(EventKind::kCreate, "b");  // rides
  rig.Answer(first, Disposition::kSplit, FailureReason::kTooLarge);
  rig.Answer(second, Disposition::kHold, FailureReason::kUnreachable);
  ASSERT_GT(rig.machine.gate_us(), rig.now_us);
  EXPECT_EQ(rig.machine.deadline_us(), rig.machine.gate_us());
}

/// Two records of one id in doubt and merged, the newer one refused.
MachineRig::Sent RefusedSurvivor(MachineRig& rig) {
  rig.Propose(EventKind::kCreate, "a");
  const auto first = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a");
  rig.Answer(first, Disposition::kInDoubt, FailureReason::kConnectionLost);
  rig.Advance(1'000'000);
  return rig.DispatchOne();
}

TEST(IndexMachine, AppliesWhatARefusedOneHadReplaced) {
  MachineRig rig;
  rig.AnswerItems(RefusedSurvivor(rig), {kRejectVerdict});
  ASSERT_EQ(rig.dead.size(), 1U);
  rig.machine.DeadLettered(rig.dead.front());
  rig.RunCommands();
  EXPECT_EQ(rig.committed(), 0) << "the record before it is not applied yet";
  ASSERT_EQ(rig.rereads.size(), 1U);
  Proposal older;
  older.action = WriteAction::kIndex;
  older.kind = EventKind::kCreate;
  older.version = 1;
  rig.AnswerRereads(&older);
  const auto again = rig.DispatchOne();
  EXPECT_EQ(again.ids, Ids{"a@0"});
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 2);
  EXPECT_EQ(rig.machine.stats().predecessors_applied, 1U);
}

TEST(IndexMachine, AppliesTheNewestOfThoseThatIsAccepted) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto first = rig.DispatchOne();
  rig.Propose(EventKind::kCreate, "a");
  rig.Propose(EventKind::kCreate, "a");
  rig.Answer(first, Disposition::kInDoubt, FailureReason::kConnectionLost);
  rig.Advance(1'000'000);
  for (const int64_t version : {2, 1}) {
    rig.AnswerItems(rig.DispatchOne(), {kRejectVerdict});
    rig.machine.DeadLettered(rig.dead.back());
    rig.RunCommands();
    ASSERT_EQ(rig.rereads.size(), 1U);
    OpIndex op = kNoOp;
    ASSERT_TRUE(rig.machine.Rereads(rig.rereads.front(), op));
    EXPECT_EQ(rig.machine.op(op).record.offset, Offset{version - 1});
    Proposal older;
    older.version = version;
    rig.AnswerRereads(&older);
  }
  const auto last = rig.DispatchOne();
  EXPECT_EQ(last.ids, Ids{"a@0"});
  EXPECT_EQ(rig.committed(), 0) << "the oldest holds the offset";
  rig.Answer(last, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 3);
  EXPECT_EQ(rig.fates(Fate::kDeadLettered), 2U);
  EXPECT_TRUE(rig.machine.idle());
}

TEST(IndexMachine, AppliesAReplacedDeleteWithoutReadingItAgain) {
  MachineRig rig;
  rig.Propose(EventKind::kDelete, "a");
  const auto first = rig.DispatchOne();
  rig.Answer(first, Disposition::kInDoubt, FailureReason::kConnectionLost);
  rig.Propose(EventKind::kCreate, "a");
  rig.Advance(1'000'000);
  rig.AnswerItems(rig.DispatchOne(), {kRejectVerdict});
  rig.machine.DeadLettered(rig.dead.front());
  rig.RunCommands();
  EXPECT_THAT(rig.rereads, IsEmpty()) << "the log may have compacted it away";
  const auto again = rig.DispatchOne();
  EXPECT_EQ(again.ids, Ids{"a@0"});
  EXPECT_EQ(rig.machine.op(again.ops.front()).action, WriteAction::kDelete);
  rig.Answer(again, Disposition::kDone);
  EXPECT_EQ(rig.committed(), 2);
}

TEST(IndexMachine, LeavesWhatAFormerAssignmentHadReplacedToTheNext) {
  MachineRig rig;
  const auto survivor = RefusedSurvivor(rig);
  rig.Drop(0);
  rig.StartPartition(0, 0);
  rig.AnswerItems(survivor, {kRejectVerdict});
  rig.machine.DeadLettered(rig.dead.front());
  rig.RunCommands();
  EXPECT_THAT(rig.rereads, IsEmpty());
  EXPECT_EQ(rig.committed(), 0);
  EXPECT_TRUE(rig.machine.idle());
}

TEST(IndexMachine, PassesOverWhatTheLogHasLost) {
  MachineRig rig;
  rig.AnswerItems(RefusedSurvivor(rig), {kRejectVerdict});
  rig.machine.DeadLettered(rig.dead.front());
  rig.RunCommands();
  rig.AnswerRereads(nullptr);
  EXPECT_EQ(rig.committed(), 2);
  EXPECT_EQ(rig.machine.stats().predecessors_gone, 1U);
  EXPECT_TRUE(rig.machine.idle());
}

TEST(IndexMachine, PromotesTheWaitingOneAfterTheDeadLetter) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  const auto sent = rig.DispatchOne();
  rig.Propose(EventKind::kUpdate, "a");
  rig.AnswerItems(sent, {kRejectVerdict});
  EXPECT_THAT(rig.TakeHistory(), ElementsAre("dead_letter a"));
  EXPECT_EQ(rig.machine.op(sent.ops[0]).state, State::kDeadLetter);
  EXPECT_THAT(rig.Dispatch(), IsEmpty()) << "I3: its dead letter is not acknowledged";
  EXPECT_EQ(rig.committed(), 0);
  rig.machine.DeadLettered(sent.ops[0]);
  rig.RunCommands();
  EXPECT_EQ(rig.committed(), 1);
  EXPECT_EQ(rig.fates(Fate::kDeadLettered), 1U);
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@1"});
}

TEST(IndexMachine, HaltsOnAnItemOrARequest) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.AnswerItems(rig.DispatchOne(), {{Disposition::kHalt, FailureReason::kIndexMissing, {}}});
  EXPECT_EQ(rig.halts, 1);
  EXPECT_EQ(rig.committed(), 0);
  rig.Answer(rig.DispatchOne(), Disposition::kHalt, FailureReason::kStreamGone);
  EXPECT_EQ(rig.halts, 2);
  EXPECT_EQ(rig.committed(), 0);
}

TEST(IndexMachine, TakesCancelledOperationsBack) {
  MachineRig rig;
  rig.Propose(EventKind::kCreate, "a");
  rig.Answer(rig.DispatchOne(), Disposition::kCancelled);
  EXPECT_LE(rig.machine.gate_us(), rig.now_us) << "nothing has failed";
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"a@0"});
}

// ---- Filling bodies ----------------------------------------------------------------------------

TEST(IndexMachine, LingersUnlessNothingWentOutForALinger) {
  PipelineSettings settings = MachineRig::Defaults();
  settings.bulk_linger_us = 5'000;
  MachineRig rig(settings);
  rig.Propose(EventKind::kCreate, "a");
  EXPECT_EQ(rig.Dispatch().size(), 1U) << "at once when idle";
  rig.Propose(EventKind::kCreate, "b");
  EXPECT_THAT(rig.Dispatch(), IsEmpty());
  EXPECT_EQ(rig.machine.deadline_us(), rig.now_us + 5'000);
  rig.Advance(4'999);
  EXPECT_THAT(rig.Dispatch(), IsEmpty());
  rig.Advance(1);
  EXPECT_EQ(rig.DispatchOne().ids, Ids{"b@1"});
}

TEST(IndexMachine, SendsAFullBodyAtOnce) {
  PipelineSettings settings = MachineRig::Defaults();
  settings.bulk_linger_us = 1'000'000;
  settings.bulk_max_documents = 3;
  MachineRig rig(settings);
  rig.Propose(EventKind::kCreate, "first");
  ASSERT_EQ(rig.Dispatch().size(), 1U);
  for (const char* id : {"a", "b", "c", "d"}) rig.Propose(EventKind::kCreate, id);
  EXPECT_EQ(rig.DispatchOne().ids, (Ids{"a@1", "b@2", "c@3"}));
}

TEST(IndexMachine, SendsSmallerBodiesAfterOneWasTooLarge) {
  PipelineSettings settings = MachineRig::Defaults();
  settings.bulk_max_bytes = 200'000;
  settings.bulk_linger_us = 1'000'000;
  MachineRig rig(settings);
  const auto fill = [&rig](const std::string& name) {
    for (int i = 0; i < 4'000; ++i) rig.Propose(EventKind::kCreate, name + std::to_string(i));
    return rig.Dispatch();
  };
  rig.Propose(EventKind::kCreate, "first");
  rig.Answer(rig.DispatchOne(), Disposition::kDone);
  const auto sent = fill("a");
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].ids.size(), 2'000U);
  rig.Answer(sent[0], Disposition::kSplit, FailureReason::kTooLarge);
  rig.Answer(sent[1], Disposition::kDone);
  while (!rig.machine.idle()) {
    for (const auto& half : rig.Dispatch()) rig.Answer(half, Disposition::kDone);
    rig.Advance(1'000'000);
  }
  for (const auto& body : fill("b")) EXPECT_EQ(body.ids.size(), 1'000U);
}

TEST(IndexMachine, HasAtMostTheAllowedRequestsInFlight) {
  PipelineSettings settings = MachineRig::Defaults();
  settings.bulk_max_documents = 1;
  settings.bulk_max_in_flight = 3;
  MachineRig rig(settings);
  for (int i = 0; i < 10; ++i) rig.Propose(EventKind::kCreate, std::to_string(i));
  EXPECT_EQ(rig.Dispatch().size(), 3U);
  EXPECT_THAT(rig.Dispatch(), IsEmpty());
}

}  // namespace
}  // namespace sluice::testing
