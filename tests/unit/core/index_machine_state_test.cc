// The words by which a search knows where it has been.
#include <gtest/gtest.h>

#include "tests/unit/core/machine_rig.h"

namespace sluice::testing {
namespace {

PipelineSettings Settings() {
  PipelineSettings settings = MachineRig::Defaults();
  settings.backoff = {.first_us = 1'000, .longest_us = 1'000};  // of one length
  settings.window_us = 10'000;
  return settings;
}

std::vector<int64_t> Words(const MachineRig& rig) {
  std::vector<int64_t> words;
  std::vector<uint32_t> names;
  rig.machine.AppendState(words, names);
  return words;
}

void LoseAnAnswer(MachineRig& rig) {
  rig.Propose(EventKind::kCreate, "a");
  rig.Answer(rig.DispatchOne(), Disposition::kInDoubt, FailureReason::kTimeout);
}

TEST(IndexMachineState, IsTheSameAtAnotherTime) {
  MachineRig early(Settings());
  MachineRig late(Settings());
  late.Advance(5'000'000);
  LoseAnAnswer(early);
  LoseAnAnswer(late);
  EXPECT_EQ(Words(early), Words(late));
  early.Advance(1'000);
  EXPECT_NE(Words(early), Words(late)) << "its window closes sooner";
}

TEST(IndexMachineState, IsTheSameInAnotherPlaceOfTheTable) {
  MachineRig fresh(Settings());
  fresh.SeekTo(0, 2);
  MachineRig used(Settings());
  used.Propose(EventKind::kCreate, "b");
  used.Propose(EventKind::kCreate, "c");
  used.Answer(used.DispatchOne(), Disposition::kDone);
  for (MachineRig* rig : {&fresh, &used})
    rig->machine.StartPartition({0}, {"t", 0}, {{2}, -1}, true);
  for (MachineRig* rig : {&fresh, &used}) LoseAnAnswer(*rig);
  EXPECT_EQ(Words(fresh), Words(used));
}

TEST(IndexMachineState, TellsWhatIsOnItsWayFromWhatWaits) {
  MachineRig rig(Settings());
  rig.Propose(EventKind::kCreate, "a");
  const auto waits = Words(rig);
  const auto sent = rig.DispatchOne();
  const auto on_its_way = Words(rig);
  EXPECT_NE(waits, on_its_way);
  rig.Answer(sent, Disposition::kDone);
  EXPECT_NE(Words(rig), on_its_way);
}

}  // namespace
}  // namespace sluice::testing
