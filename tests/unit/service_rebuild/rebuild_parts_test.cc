// What a rebuild makes of the configuration, when the source has told all rows, and how it is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/composition/source_signal.h"
#include "service/rebuild/all_rows.h"
#include "service/rebuild/render.h"
#include "service/rebuild/shadow_config.h"

namespace sluice::rebuild {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(ShadowConfig, IsOfOneTopicAGroupOfItsOwnAndTheAliasBesideTheIndex) {
  config::Config config;
  config.kafka_group_id = "g";
  config.kafka_group_instance_id = "member";
  config.kafka_topics = {"a", "b"};
  config.kafka_topics_regex = "a.*";
  config.index_names = {{"a", "users"}, {"b", "b"}};
  config.workers = 4;
  config.kafka_consumption_mode = "failover";
  config.on_halt = "stay";
  const config::Config shadow = ShadowConfig(config, "users", "a", 2);
  EXPECT_THAT(shadow.kafka_topics, ElementsAre("a"));
  EXPECT_EQ(shadow.kafka_topics_regex, "");
  EXPECT_EQ(shadow.kafka_group_id, "g.rebuild.users");
  EXPECT_EQ(shadow.kafka_group_instance_id, "") << "another group's member may have that name";
  EXPECT_THAT(shadow.index_names, ElementsAre(Pair("b", "b"), Pair("a", "users.rebuild")));
  EXPECT_EQ(shadow.kafka_consumption_mode, "key_shared") << "it may have several workers";
  EXPECT_EQ(shadow.workers, 2);
  EXPECT_EQ(shadow.on_halt, "exit");
  EXPECT_EQ(ShadowConfig(config, "users", "a", 0).workers, 1);
}

TEST(ShadowConfig, RefusesNamesThatWouldGetTooLong) {
  EXPECT_TRUE(CheckNames(std::string(200, 'a')));
  EXPECT_FALSE(CheckNames(std::string(240, 'a')));
}

SourcePosition At(uint64_t flushed) {
  SourcePosition position;
  position.flushed = Lsn{flushed};
  return position;
}

TEST(AllRows, AreToldWhenNothingOfTheTableIsLeftBehindTheQuestion) {
  const auto told = [](const SourcePosition& position) {
    return HasTold(position, Lsn{100}, "public.users", "public", "users");
  };
  EXPECT_FALSE(told(At(99))) << "the question was not read yet";
  EXPECT_TRUE(told(At(100)));
  SourcePosition position = At(200);
  position.incremental.wanted = {{"public.users", ""}};
  EXPECT_FALSE(told(position)) << "not begun";
  position.incremental.wanted = {{"public.orders", ""}};
  EXPECT_TRUE(told(position));
  position.incremental.tables = {{"public", "users", {"id"}, "", false}};
  EXPECT_FALSE(told(position)) << "being read, or waiting behind others";
  position.incremental.tables = {{"public", "orders", {"id"}, "", false}};
  EXPECT_TRUE(told(position));
}

TEST(AllRows, AreAskedForOfOneTableOnly) {
  EXPECT_EQ(service::PatternOf("public", "users"), "public.users");
  EXPECT_EQ(service::PatternOf("s", "a(b)|c"), "s.a\\(b\\)\\|c");
}

RebuildReport Report() {
  RebuildReport report;
  report.topic = "cdc.users";
  report.sight.live = ControlRecord();
  report.sight.live_seen.destination.backing = "users-000002";
  OtherIndex former;
  former.facts.backing = "users-000001";
  former.offsets = {7, 8};
  former.moved_ms = 1'764'331'200'000;
  former.keep_until_ms = former.moved_ms + 86'400'000;
  report.sight.live->other = former;
  return report;
}

TEST(RebuildRender, TellsWhatIsKept) {
  const std::string text = RenderText(Report(), "users");
  EXPECT_THAT(text, HasSubstr("index users: kept\n"));
  EXPECT_THAT(text, HasSubstr("users-000001 is kept for --rollback until 2025-11-29T12:00:00Z"));
  EXPECT_EQ(RenderJson(Report(), "users"),
            R"({"schema":"sluice.rebuild/1","index":"users","state":"kept","topic":"cdc.users",)"
            R"("backing":"users-000002","refill":null,"former":{"backing":"users-000001",)"
            R"("moved":"2025-11-28T12:00:00Z","keep_until":"2025-11-29T12:00:00Z",)"
            R"("offsets":[7,8]},"writers_waited_us":0,"done":"","error":""})"
            "\n");
}

TEST(RebuildRender, TellsHowFarItIs) {
  RebuildReport report = Report();
  report.sight.live->other.reset();
  report.sight.shadow = ControlRecord();
  report.sight.shadow->destination.backing = "users-000003";
  report.sight.shadow->refill = Refill{Refill::From::kSource, 0, false};
  report.lag = 12;
  EXPECT_THAT(RenderText(report, "users"),
              HasSubstr("users-000003 is being filled from the source: 12 records of topic "
                        "cdc.users are not in it yet"));
  EXPECT_THAT(RenderJson(report, "users"),
              HasSubstr(R"("refill":{"backing":"users-000003","from":"source","lag_records":12})"));
}

TEST(RebuildRender, SaysWhyAndUntilWhenTheAliasWaits) {
  const std::string text = RenderWindowWait(180'000'000, 1'764'331'200'000);
  EXPECT_THAT(text, HasSubstr("moves at 2025-11-28T12:00:00Z at the earliest"));
  EXPECT_THAT(text, HasSubstr("a late copy"));
  EXPECT_THAT(text, HasSubstr("(3m: kafka.session.timeout"));
}

}  // namespace
}  // namespace sluice::rebuild
