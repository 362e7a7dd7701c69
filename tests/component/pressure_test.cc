// Back-pressure: memory is bounded by configuration, whatever arrives (I8).
#include <gtest/gtest.h>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

constexpr size_t kLimit = 64 * 1024;

PipelineSettings Small() {
  PipelineSettings settings = Rig::Defaults();
  settings.queue_max_bytes = kLimit;
  settings.poll_max_records = 10;
  settings.bulk_max_bytes = 8 * 1024;
  settings.pause_after_us = 1'000'000;
  return settings;
}

std::string Row(int i) {
  return "c{\"v\":\"" + std::to_string(i) + std::string(1'000, 'x') + "\"}";
}

TEST(Pressure, StopsReadingThenPausesThenResumesAtHalf) {
  Rig rig(Small());
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  for (int i = 0; i < 500; ++i) rig.Append("k" + std::to_string(i), Row(i));
  member.RunFor(500);
  const int64_t read = member.stats().partitions[0].position;
  EXPECT_GT(read, 20);
  EXPECT_LT(read, 80) << "the limit is some 50 records";
  EXPECT_FALSE(member.source.paused()) << "a short jam throws no prefetched records away";
  member.RunFor(1'000);
  EXPECT_TRUE(member.source.paused());
  EXPECT_EQ(member.stats().pauses, 1U);
  EXPECT_EQ(member.stats().partitions[0].position, read) << "nothing more is read";
  EXPECT_LE(member.stats().waiting_bytes + member.stats().batch_bytes, kLimit + 11 * 1'100);

  member.index.AnswerNext();
  member.RunFor(100);
  EXPECT_TRUE(member.source.paused()) << "still more than half";
  member.index.HoldAnswers(false);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 500; }));
  EXPECT_FALSE(member.source.paused());
}

TEST(Pressure, ReadsOnAfterAShortJamWithoutAPause) {
  Rig rig(Small());
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  for (int i = 0; i < 500; ++i) rig.Append("k" + std::to_string(i), Row(i));
  member.RunFor(500);
  member.index.HoldAnswers(false);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 500; }));
  EXPECT_EQ(member.stats().pauses, 0U);
}

TEST(Pressure, CountsRecordsThatWaitBehindOneThatIsNotTerminal) {
  PipelineSettings settings = Small();
  settings.queue_max_bytes = 16 * 1024;
  Rig rig(settings);
  Member& member = rig.Start();
  member.letters.HoldAcks(true);
  rig.Append("bad", "!");
  for (int i = 0; i < 5'000; ++i) rig.Append("h", "h");
  member.RunFor(1'000);
  EXPECT_LE(member.stats().partitions[0].position, 16 * 1024 / 16)
      << "the ledger is counted as well";
  member.letters.HoldAcks(false);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 5'001; }));
}

TEST(Pressure, StopsReadingAtTheLimitOfOpenDeadLetters) {
  PipelineSettings settings = Small();
  settings.queue_max_bytes = size_t{64} * 1024 * 1024;
  settings.dead_letters_max_open = 20;
  Rig rig(settings);
  Member& member = rig.Start();
  member.letters.HoldAcks(true);
  for (int i = 0; i < 500; ++i) rig.Append("bad", "!");
  member.RunFor(500);
  EXPECT_LE(member.stats().partitions[0].records, 20U + settings.poll_max_records);
  EXPECT_EQ(rig.Committed(), 0);
  member.letters.HoldAcks(false);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 500; }));
  EXPECT_EQ(member.letters.stored().size(), 500U) << "I7";
}

TEST(Pressure, CountsTheDocumentsOfDeadLetters) {
  Rig rig(Small());
  Member& member = rig.Start();
  member.letters.HoldAcks(true);
  member.index.refuse_item = [](const OwnedWrite&) {
    return std::optional<Failure>(
        Words(Disposition::kReject, FailureReason::kDocumentRefused, "mapping"));
  };
  for (int i = 0; i < 500; ++i) rig.Append("k" + std::to_string(i), Row(i));
  member.RunFor(1'000);
  EXPECT_LT(member.stats().partitions[0].records, 100U)
      << "refused documents are kept until their letters are safe";
  member.letters.HoldAcks(false);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 500; }));
}

}  // namespace
}  // namespace sluice::testing
