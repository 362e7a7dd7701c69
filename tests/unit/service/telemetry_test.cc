#include "service/telemetry/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <regex>

#include "service/telemetry/log.h"
#include "tests/unit/service/telemetry_samples.h"

namespace sluice::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class TelemetryTest : public ::testing::Test {
 protected:
  Log MakeLog(LogFormat format, LogLevel level = LogLevel::kInfo) {
    return Log({level, format, 10'000'000}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out_),
               clock_);
  }

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    std::istringstream in(out_.str());
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  ManualClock clock_;
  std::ostringstream out_;
};

TEST_F(TelemetryTest, TextIsOneLineOfNamedValues) {
  Log log = MakeLog(LogFormat::kText);
  log.Write(LogLevel::kWarn, "held", "two\nlines event=fake",
            {{"topic", "cdc.public.users"}, {"offset", int64_t{7}}, {"lost", true}, {"empty", ""}});
  ASSERT_EQ(Lines().size(), 1U);
  EXPECT_THAT(Lines()[0],
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                           "warn  event=held .*"));
  EXPECT_THAT(Lines()[0], HasSubstr("msg=\"two\\nlines event=fake\" topic=cdc.public.users "
                                    "offset=7 lost=true"));
  EXPECT_THAT(Lines()[0], Not(HasSubstr("empty")));
}

TEST_F(TelemetryTest, JsonIsOneObjectALine) {
  Log log = MakeLog(LogFormat::kJson);
  log.Write(LogLevel::kInfo, "started", "a \"quoted\" word", {{"port", int64_t{8690}}});
  ASSERT_EQ(Lines().size(), 1U);
  EXPECT_THAT(Lines()[0],
              MatchesRegex("\\{\"ts\":\"[0-9T:.-]+Z\",\"level\":\"info\",\"event\":\"started\","
                           "\"msg\":\"a \\\\\"quoted\\\\\" word\",\"port\":8690\\}"));
}

TEST_F(TelemetryTest, LevelsBelowTheConfiguredAreSilent) {
  Log log = MakeLog(LogFormat::kText, LogLevel::kWarn);
  log.Write(LogLevel::kInfo, "a", "");
  log.WriteLimited(LogLevel::kDebug, "b", "k", "");
  EXPECT_TRUE(Lines().empty());
  Log off = MakeLog(LogFormat::kText, LogLevel::kOff);
  off.Write(LogLevel::kError, "c", "");
  EXPECT_TRUE(Lines().empty());
}

TEST_F(TelemetryTest, RepeatsAreCountedAndTheCountIsPrinted) {
  Log log = MakeLog(LogFormat::kText);
  for (int i = 0; i < 100; ++i) log.WriteLimited(LogLevel::kWarn, "rejected", "t bad_json", "m");
  log.WriteLimited(LogLevel::kWarn, "rejected", "other", "m");
  EXPECT_EQ(Lines().size(), 2U);
  clock_.now_us += 10'000'000;
  log.WriteLimited(LogLevel::kWarn, "rejected", "t bad_json", "m");
  ASSERT_EQ(Lines().size(), 3U);
  EXPECT_THAT(Lines()[2], HasSubstr("repeated=99"));
  for (int i = 0; i < 5; ++i) log.WriteLimited(LogLevel::kWarn, "rejected", "t bad_json", "m");
  log.FlushRepeats();
  EXPECT_EQ(Lines().size(), 3U) << "the window is still open";
  clock_.now_us += 10'000'000;
  log.FlushRepeats();
  ASSERT_EQ(Lines().size(), 4U);
  EXPECT_THAT(Lines()[3], HasSubstr("of=\"t bad_json\" repeated=5"));
}

TEST_F(TelemetryTest, ARejectedRecordIsTellableButHasNoContent) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .dead_letters_topic = "dlq"}, log, clock_);
  telemetry.OnRejected(0, {{"cdc.public.users", 3},
                           Offset{42},
                           RejectReason::kDocumentRejected,
                           "cdc.public.users",
                           "mapper_parsing_exception"});
  ASSERT_EQ(Lines().size(), 1U);
  EXPECT_THAT(Lines()[0], HasSubstr("worker=0 topic=cdc.public.users partition=3 offset=42 "
                                    "reason=document_rejected index=cdc.public.users "
                                    "error_type=mapper_parsing_exception dead_letters=dlq"));
}

TEST_F(TelemetryTest, HoldsAndHaltsReachTheSnapshot) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .workers = 2}, log, clock_);
  EXPECT_EQ(telemetry.Take().workers.size(), 2U);
  telemetry.OnHold(0, FailureReason::kOverloaded, "429");
  telemetry.OnHold(1, FailureReason::kOverloaded, "429");
  telemetry.OnHold(1, FailureReason::kUnreachable, "refused");
  EXPECT_THAT(telemetry.Take().holds,
              ::testing::ElementsAre(FailureReason::kOverloaded, FailureReason::kUnreachable));
  telemetry.OnHoldOver(1, FailureReason::kOverloaded);
  telemetry.OnHoldOver(1, FailureReason::kUnreachable);
  EXPECT_THAT(telemetry.Take().holds, ::testing::ElementsAre(FailureReason::kOverloaded));
  telemetry.OnHalt(1, FailureReason::kStreamGone, "topic t is gone; rebuild or restore it");
  EXPECT_EQ(telemetry.Take().halt, FailureReason::kStreamGone);
  EXPECT_EQ(telemetry.HaltSentence(), "topic t is gone; rebuild or restore it");
  EXPECT_THAT(Lines().back(), HasSubstr("error event=halted msg=\"topic t is gone; rebuild or "
                                        "restore it\" worker=1 reason=stream_gone"));
}

TEST_F(TelemetryTest, WhyTheSourceIsHeldStaysUntilItGoesOn) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .workers = 0, .captures = true}, log, clock_);
  CaptureStats stats = SampleCapture();
  stats.goes_on = true;
  telemetry.OnCaptureStats(stats);
  EXPECT_TRUE(telemetry.Take().holds.empty());
  telemetry.NoteCaptureHold(FailureReason::kBrokerUnreachable, "creating topic a.pos: timed out");
  stats.goes_on = false;  // another run has begun, and has got nowhere
  ++stats.epoch;
  telemetry.OnCaptureStats(stats);
  EXPECT_FALSE(telemetry.TakeHealth().is_ready());
  EXPECT_THAT(telemetry.Take().holds, ::testing::ElementsAre(FailureReason::kBrokerUnreachable));
  EXPECT_EQ(telemetry.Take().capture->state, CaptureStats::State::kConnecting);
  stats.goes_on = true;
  telemetry.OnCaptureStats(stats);
  EXPECT_TRUE(telemetry.Take().holds.empty());
  EXPECT_EQ(telemetry.Take().capture->hold_reason, "");
  EXPECT_EQ(telemetry.Take().capture->state, CaptureStats::State::kStreaming);
}

TEST_F(TelemetryTest, AColumnWhoseValuesAreAlteredIsLoggedOnceForEachWay) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .workers = 0, .captures = true}, log, clock_);
  CaptureStats stats = SampleCapture();
  stats.altered = {{{"public.t", "born"}, {1, 0, 0, 0}}};
  telemetry.OnCaptureStats(stats);
  stats.altered.at({"public.t", "born"}) = {2, 1, 0, 5};
  telemetry.OnCaptureStats(stats);
  ++stats.epoch;  // another run
  telemetry.OnCaptureStats(stats);
  ASSERT_EQ(Lines().size(), 2U) << "what a type that is gone was is told where it is found";
  EXPECT_THAT(Lines()[0], HasSubstr("warn  event=value_altered"));
  EXPECT_THAT(Lines()[0], HasSubstr("table=public.t column=born how=clamped"));
  EXPECT_THAT(Lines()[1], HasSubstr("table=public.t column=born how=text"));
  EXPECT_EQ(telemetry.Take().capture->altered.at({"public.t", "born"}),
            (AlterationCounts{4, 2, 0, 10}));
}

TEST_F(TelemetryTest, RowsOfAnOutboxThatAreNoEventsAreTold) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry(
      {.version = "v", .workers = 0, .captures = true, .outbox_updates_are_errors = true}, log,
      clock_);
  CaptureStats stats = SampleCapture();
  stats.altered.clear();
  stats.tables = {{"public", "events", {}, {7, 1, 2, 3, 4, 5}, true}};
  telemetry.OnCaptureStats(stats);
  telemetry.OnCaptureStats(stats);
  ASSERT_EQ(Lines().size(), 3U) << "what is routed, and a delete, is nothing to tell of";
  EXPECT_THAT(Lines()[0], HasSubstr("warn  event=outbox"));
  EXPECT_THAT(Lines()[0], HasSubstr("table=public.events fate=as_text count=1"));
  EXPECT_THAT(Lines()[1], HasSubstr("error event=outbox"));
  EXPECT_THAT(Lines()[1], HasSubstr("fate=updated count=3"));
  EXPECT_THAT(Lines()[2], HasSubstr("fate=unroutable count=5"));
  ++stats.epoch;  // another run counts from zero
  telemetry.OnCaptureStats(stats);
  EXPECT_EQ(telemetry.Take().capture->tables.at(0).events[0], 14U);
}

TEST_F(TelemetryTest, ASkippedTruncateIsToldOnceATableAndWindow) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .workers = 0, .captures = true}, log, clock_);
  for (const char* table : {"public.t", "public.t", "public.u"}) telemetry.OnSkippedTruncate(table);
  ASSERT_EQ(Lines().size(), 2U);
  EXPECT_THAT(Lines()[0], HasSubstr("warn  event=truncate_skipped"));
  EXPECT_THAT(Lines()[0], HasSubstr("TRUNCATE of public.t was skipped (skipped.operations has t)"));
  EXPECT_THAT(Lines()[0], HasSubstr("sluice verify --repair"));
  EXPECT_THAT(Lines()[1], HasSubstr("table=public.u"));
}

TEST_F(TelemetryTest, WhatTheSourceHoldsForWhileItRunsIsTold) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .workers = 0, .captures = true}, log, clock_);
  CaptureStats stats = SampleCapture();
  stats.hold_reason = "the first snapshot is not done: reading rows of public.t";
  stats.hold = FailureReason::kUnauthorized;
  telemetry.OnCaptureStats(stats);
  EXPECT_FALSE(telemetry.TakeHealth().is_ready());
  EXPECT_THAT(telemetry.Take().holds, ::testing::ElementsAre(FailureReason::kUnauthorized));
}

TEST_F(TelemetryTest, AChangeLogThatIsToRunIsThereBeforeItSaysAnything) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .workers = 0, .changelogs = {"file"}}, log, clock_);
  EXPECT_FALSE(telemetry.TakeHealth().is_ready());
  ChangelogStats stats = SampleChangelog();
  stats.turn_us = clock_.now_us;
  telemetry.OnChangelogStats(stats);
  EXPECT_TRUE(telemetry.TakeHealth().is_ready());
  ChangelogStats held = stats;
  held.hold = FailureReason::kStorageFull;
  held.hold_reason = "make room";
  telemetry.OnChangelogStats(held);
  EXPECT_THAT(Lines().back(), HasSubstr("make room"));
  EXPECT_THAT(telemetry.Take().holds, ::testing::ElementsAre(FailureReason::kStorageFull));
  telemetry.OnChangelogStats(stats);  // it goes on
  EXPECT_THAT(telemetry.Take().holds, ::testing::IsEmpty());
  telemetry.NoteChangelogHalt("file", FailureReason::kStorageMismatch, "files are gone");
  EXPECT_EQ(telemetry.Take().halt, FailureReason::kStorageMismatch);
}

TEST_F(TelemetryTest, StatsArePublishedPerWorker) {
  Log log = MakeLog(LogFormat::kText);
  Telemetry telemetry({.version = "v", .workers = 2, .queue_limit_bytes = 5}, log, clock_);
  PipelineStats stats;
  stats.record_bytes = 9;
  telemetry.OnStats(1, stats);
  const Snapshot snapshot = telemetry.Take();
  EXPECT_EQ(snapshot.workers[0].record_bytes, 0U);
  EXPECT_EQ(snapshot.workers[1].record_bytes, 9U);
  EXPECT_EQ(snapshot.queue_limit_bytes, 10) << "of all workers together";
  EXPECT_FALSE(snapshot.health.is_ready());
}

}  // namespace
}  // namespace sluice::telemetry
