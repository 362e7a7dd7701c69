#include "service/telemetry/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/telemetry/status.h"
#include "tests/unit/service/telemetry_samples.h"

namespace sluice::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kStart = 1'000'000;
constexpr int64_t kNow = 100'000'000;

PipelineStats Healthy() {
  PipelineStats stats;
  stats.state = PipelineStats::State::kRunning;
  stats.turn_us = kNow - 100'000;
  stats.progress_us = kNow - 100'000;
  stats.group_joined = true;
  stats.index_reached = true;
  stats.partitions = {SamplePartition("t", 0)};
  return stats;
}

std::vector<std::string> Failed(const std::vector<HealthCheck>& checks) {
  std::vector<std::string> names;
  for (const HealthCheck& check : checks) {
    if (!check.good) names.push_back(check.name);
  }
  return names;
}

Health Of(const PipelineStats& stats, bool stopping = false) {
  return EvaluateHealth(std::vector{Healthy(), stats}, std::nullopt, kStart, kNow, stopping, {});
}

TEST(Health, AWorkingServiceIsLiveAndReady) {
  EXPECT_TRUE(Of(Healthy()).is_live());
  EXPECT_TRUE(Of(Healthy()).is_ready());
}

TEST(Health, OneThatStandsByIsReadyAndSaysWhoIsActive) {
  PipelineStats stats;
  stats.turn_us = kNow - 100'000;
  stats.place = GroupPlace::kStandby;
  stats.place_sentence = "stands by: m1 is in group g";
  const Health health = EvaluateHealth(std::vector{stats}, std::nullopt, kStart, kNow, false, {});
  EXPECT_TRUE(health.is_ready()) << RenderChecks(health.ready, false);
  EXPECT_THAT(RenderChecks(health.ready, true),
              HasSubstr("[+]sole_member ok: stands by: m1 is in group g\n"));
  stats.hold_reason = "no broker answers";
  EXPECT_FALSE(EvaluateHealth(std::vector{stats}, std::nullopt, kStart, kNow, false, {}).is_ready())
      << "it cannot watch";
}

TEST(Health, OneThatIsNotAloneThoughItIsToBeIsNotReady) {
  PipelineStats stats = Healthy();
  stats.place = GroupPlace::kSole;
  EXPECT_TRUE(EvaluateHealth(std::vector{stats}, std::nullopt, kStart, kNow, false, {}).is_ready());
  stats.place = GroupPlace::kCrowded;
  stats.place_sentence = "m2 came later";
  const Health health = EvaluateHealth(std::vector{stats}, std::nullopt, kStart, kNow, false, {});
  EXPECT_THAT(Failed(health.ready), ElementsAre("sole_member"));
}

TEST(Health, EachConditionOfReadinessIsAskedOfEveryWorker) {
  PipelineStats stats = Healthy();
  stats.group_joined = false;
  EXPECT_THAT(Failed(Of(stats).ready), ElementsAre("kafka_reached"));
  stats = Healthy();
  stats.halt_reason = "topic gone";
  EXPECT_THAT(Failed(Of(stats).ready), ElementsAre("not_halted"));
  stats = Healthy();
  stats.hold_reason = "connection refused";
  EXPECT_THAT(Failed(Of(stats).ready), ElementsAre("not_held"));
  EXPECT_THAT(RenderChecks(Of(stats).ready, false),
              "[-]not_held failed: worker 1: connection refused\n");
  stats = Healthy();
  stats.turn_us = 0;
  EXPECT_THAT(Failed(Of(stats).ready), ElementsAre("started"));
  EXPECT_THAT(Failed(Of(Healthy(), true).ready), ElementsAre("running"));
}

TEST(Health, TheSearchClusterMustHaveAnsweredOnceUnlessThereIsNothingToWrite) {
  PipelineStats stats = Healthy();
  stats.index_reached = false;
  const auto only = [](const PipelineStats& worker) {
    return EvaluateHealth(std::vector{worker}, std::nullopt, kStart, kNow, false, {});
  };
  EXPECT_THAT(Failed(only(stats).ready), ElementsAre("elasticsearch_reached"));
  stats.partitions[0].assigned = false;
  EXPECT_THAT(Failed(only(stats).ready), IsEmpty());
}

TEST(Health, PartitionsThatAreNotReadYetAreNoReadiness) {
  PipelineStats stats = Healthy();
  stats.waits_to_read = true;
  EXPECT_THAT(Failed(Of(stats).ready), ElementsAre("reads"));
  stats.state = PipelineStats::State::kHalted;
  stats.halt_reason = "another index";
  EXPECT_THAT(Failed(Of(stats).ready), ElementsAre("not_halted"));
}

TEST(Health, StalledMeansLagWithoutProgress) {
  PipelineStats stats = Healthy();
  stats.progress_us = kNow - 61'000'000;
  EXPECT_THAT(Failed(Of(stats).ready), ElementsAre("not_stalled"));
  stats.partitions[0].committed = stats.partitions[0].end_offset;
  EXPECT_THAT(Failed(Of(stats).ready), IsEmpty());
}

TEST(Health, ALoopThatDoesNotTurnIsNotAliveButOneThatHasEndedIs) {
  PipelineStats stats = Healthy();
  stats.turn_us = kNow - 31'000'000;
  EXPECT_FALSE(Of(stats).is_live());
  stats.state = PipelineStats::State::kHalted;
  EXPECT_TRUE(Of(stats).is_live());
  stats = Healthy();
  stats.turn_us = 0;
  EXPECT_TRUE(
      EvaluateHealth(std::vector{stats}, std::nullopt, kNow - 1'000, kNow, false, {}).is_live());
  EXPECT_FALSE(EvaluateHealth(std::vector{stats}, std::nullopt, kStart, kNow, false, {}).is_live());
}

TEST(Health, ASlotThatIsAboutToBeLostIsNotReady) {
  CaptureStats source = SampleCapture();
  source.turn_us = kNow;
  const auto failed = [&] {
    return Failed(EvaluateHealth({}, source, kStart, kNow, false, {}).ready);
  };
  EXPECT_THAT(failed(), IsEmpty());
  source.watch.danger = "it is about to be lost";
  EXPECT_THAT(failed(), ElementsAre("source_slot_safe"));
}

TEST(Health, AChangeLogIsReadyWhenItReadsAndIsNeitherHeldNorHalted) {
  const auto failed = [](const ChangelogStats& stats) {
    Health health;
    JudgeChangelogs(std::vector{stats}, kStart, kNow, {}, health);
    return Failed(health.ready);
  };
  ChangelogStats stats = SampleChangelog();
  EXPECT_THAT(failed(stats), IsEmpty());
  stats.hold_reason = "the disk is full";
  EXPECT_THAT(failed(stats), ElementsAre("changelog_file_not_held"));
  stats.state = ChangelogStats::State::kStarting;
  EXPECT_THAT(failed(stats), ElementsAre("changelog_file_reads", "changelog_file_not_held"));
  stats = SampleChangelog();
  stats.state = ChangelogStats::State::kHalted;
  stats.halt_reason = "files and state do not fit";
  EXPECT_THAT(failed(stats), ElementsAre("changelog_file_not_halted"));
}

TEST(Health, AChangeLogWhoseLoopStandsStillIsNotAlive) {
  ChangelogStats stats = SampleChangelog();
  stats.turn_us = 0;
  Health health;
  JudgeChangelogs(std::vector{stats}, kStart, kNow, {}, health);
  EXPECT_THAT(Failed(health.live), ElementsAre("changelog_file_loop"));
}

TEST(Health, VerboseListsAllChecks) {
  const std::string text = RenderChecks(Of(Healthy()).ready, true);
  EXPECT_THAT(text, HasSubstr("[+]kafka_reached ok\n[+]elasticsearch_reached ok\n[+]reads ok\n"));
  EXPECT_THAT(text, ::testing::EndsWith("ok\n"));
  EXPECT_EQ(RenderChecks(Of(Healthy()).ready, false), "ok\n");
}

TEST(Status, IsOneJsonDocument) {
  const std::string text = RenderStatus(SampleSnapshot());
  EXPECT_THAT(text, HasSubstr("{\"schema\":\"sluice.status/1\",\"version\":\"1.2.3\","
                              "\"uptime_seconds\":10,\"ready\":true"));
  EXPECT_THAT(text, HasSubstr("{\"topic\":\"cdc.public.users\",\"partition\":0,\"records\":10,"
                              "\"position\":110,\"committed\":105,\"end\":112,\"lag\":7,"));
  EXPECT_THAT(text, HasSubstr("\"topic\":\"odd\\\"topic\\\\\\n\""));
  EXPECT_THAT(text, HasSubstr("\"end\":null,\"lag\":null"));
  EXPECT_THAT(text, HasSubstr("\"slot\":{\"wal_status\":\"extended\",\"retained_wal_bytes\":300,"
                              "\"safe_wal_bytes\":1048576,\"danger\":\"\"},\"publication\":{"
                              "\"tables_captured\":3,\"tables_published\":2}"));
}

}  // namespace
}  // namespace sluice::telemetry
