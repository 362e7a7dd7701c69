#include "service/composition/position_record.h"

#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using service::ParsePosition;
using service::RenderPosition;

SourcePosition Sample() {
  SourcePosition position;
  position.epoch = 7;
  position.system_id = "7399";
  position.timeline = 2;
  position.database = "shop \"a\"";
  position.slot = "sluice";
  position.flushed = Lsn{0x1600000010};
  position.snapshot = SourcePosition::Snapshot::kDone;
  return position;
}

TEST(PositionRecord, IsReadAsItWasWritten) {
  const auto read = ParsePosition(RenderPosition(Sample()));
  ASSERT_TRUE(read.ok()) << read.error().ToString();
  EXPECT_EQ(*read, Sample());
}

TEST(PositionRecord, KeepsWhatIsReadBesideTheStream) {
  SourcePosition position = Sample();
  position.incremental.wanted = {{"public.c", "a > '\t\\\n\"x\"'"}};
  position.incremental.tables = {{"public", "a", {"id", "part"}, ""}, {"s", "b", {"k"}, "k < 5"}};
  position.incremental.last_key = {"007", "yes: \u00e9 \U0001F600"};
  position.incremental.end_key = {"", "~"};
  position.incremental.paused = true;
  position.snapshot_tables = {"public.d", "s.\"e\""};
  const auto read = ParsePosition(RenderPosition(position));
  ASSERT_TRUE(read.ok()) << read.error().ToString();
  EXPECT_EQ(*read, position);
}

TEST(PositionRecord, TellsWhatTheFirstSnapshotLeftFromWhatWasAskedFor) {
  SourcePosition position = Sample();
  position.snapshot = SourcePosition::Snapshot::kRunning;
  position.incremental.tables = {{"public", "a", {"id"}, "", true}, {"s", "b", {"k"}, ""}};
  const std::string text = RenderPosition(position);
  const auto read = ParsePosition(text);
  ASSERT_TRUE(read.ok()) << read.error().ToString();
  EXPECT_EQ(*read, position);
  // As a former version wrote it.
  std::string former = text;
  const std::string member = ",\"first_snapshot\":true";
  ASSERT_NE(former.find(member), std::string::npos) << text;
  former.erase(former.find(member), member.size());
  const auto old = ParsePosition(former);
  ASSERT_TRUE(old.ok()) << old.error().ToString();
  EXPECT_FALSE(old->incremental.in_first_snapshot());
}

TEST(PositionRecord, RefusesWhatIsNone) {
  EXPECT_FALSE(ParsePosition("").ok());
  EXPECT_FALSE(ParsePosition("{}").ok());
  EXPECT_FALSE(ParsePosition(R"({"schema":"sluice.position/9"})").ok());
  EXPECT_FALSE(ParsePosition("[1,").ok());
}

// ---- the captured tables
// --------------------------------------------------------------------------

using postgres::KnownTables;
using service::ParseTables;
using service::RenderTables;

KnownTables SampleTables() {
  return {
      {"public.odd \"name\": {x}", {16'400, {{50, {}}}}},
      {"public.by_schema", {16'500, {{50, {}, std::set<uint32_t>{9, 11}, 731, 10}}}},
      {"public.by_table",
       {16'600, {{50, {5}, std::set<uint32_t>{}, UINT32_MAX, 1, {"public.\"t", 9, 10, "7 8"}}}}},
      {"public.gone", {0, {}}},
      {"public.unknown", {7, {}}},
      {"public.users",
       {4'294'967'295,
        {{4'294'967'295, {1, 4'294'967'295}}},
        {{{16'420, {4'294'967'295, UINT64_MAX}}, {16'430, {1, 0}}},
         {{"id", {1, 23}}, {"odd \"}", {-3, 4'294'967'295, -1, true}}},
         {"odd \"}"},
         {"id", "odd \"}"},
         {{16'400, {4'294'967'295, "7 \"8"}}, {16'401, {0, ""}}}}}}};
}

TEST(CapturedTables, AreReadAsTheyWereWritten) {
  for (const KnownTables& tables : {SampleTables(), KnownTables()}) {
    const auto read = ParseTables(RenderTables(tables));
    ASSERT_TRUE(read.ok()) << read.error().ToString();
    EXPECT_EQ(*read, tables);
  }
}

TEST(WrittenTopics, AreReadAsTheyWereWrittenAndElseRefused) {
  for (const kafka::TopicIds& topics :
       {kafka::TopicIds(), kafka::TopicIds{{"cdc.public.\"odd\": {x}", ""}, {"a", "Qx-_3w"}}}) {
    const std::string text = service::RenderTopics(topics);
    const auto read = service::ParseTopics(text);
    ASSERT_TRUE(read.ok()) << read.error().ToString();
    EXPECT_EQ(*read, topics);
    for (size_t bytes = 0; bytes < text.size(); ++bytes) {
      EXPECT_FALSE(service::ParseTopics(text.substr(0, bytes)).ok()) << text.substr(0, bytes);
    }
  }
  for (const char* text : {"[]", R"({"schema":"sluice.topics/2","topics":{}})",
                           R"({"schema":"sluice.topics/1","topics":[]})",
                           R"({"schema":"sluice.topics/1","topics":{"a":[]}})"}) {
    EXPECT_FALSE(service::ParseTopics(text).ok()) << text;
  }
}

TEST(CapturedTables, OfARecordThatToldLessOfColumnsAndFilesAreReadAsThat) {
  const auto read = ParseTables(
      R"({"schema":"sluice.tables/2","tables":{"public.t":{"table":7,"columns":{"id":[1,23]},)"
      R"("moved":[],"key":["id"],"files":{"7":70},"publication":5,"entries":[6]}}})");
  ASSERT_TRUE(read.ok()) << read.error().ToString();
  const postgres::KnownTable& table = read->at("public.t");
  EXPECT_EQ(table.mark.columns.at("id").modifier, postgres::ColumnMark::kUnknown);
  EXPECT_EQ(table.mark.files.at(7).number, 70U);
  EXPECT_EQ(table.mark.files.at(7).attached_by, "");
  EXPECT_EQ(table.had->place, postgres::TablePlace());
}

TEST(CapturedTables, OfAFormerVersionAreReadWithoutWhatTheyDoNotTell) {
  const auto read = ParseTables(
      R"({"schema":"sluice.tables/1","tables":{"public.gone":0,"public.users":16400}})");
  ASSERT_TRUE(read.ok()) << read.error().ToString();
  EXPECT_EQ(*read, (KnownTables{{"public.gone", {0, {}}}, {"public.users", {16'400, {}}}}));
}

TEST(CapturedTables, AreRefusedWhereAPieceIsMissingOrWrong) {
  const std::string good = RenderTables(SampleTables());
  for (size_t bytes = 0; bytes < good.size(); ++bytes) {
    EXPECT_FALSE(ParseTables(good.substr(0, bytes)).ok()) << good.substr(0, bytes);
  }
  for (
      const char* text :
      {"[]", R"({"schema":"sluice.tables/3","tables":{}})", R"({"schema":"sluice.tables/2"})",
       R"({"schema":"sluice.tables/2","tables":[]})",
       R"({"schema":"sluice.tables/1","tables":{"a":-1}})",
       R"({"schema":"sluice.tables/2","tables":{"a":7}})",
       R"({"schema":"sluice.tables/2","tables":{"a":{}}})",
       R"({"schema":"sluice.tables/2","tables":{"a":{"table":4294967296}}})",
       R"({"schema":"sluice.tables/2","tables":{"a":{"table":7,"publication":5}}})",
       R"({"schema":"sluice.tables/2","tables":{"a":{"table":7,"labels":{"9":{"last":1}}}}})",
       R"({"schema":"sluice.tables/2","tables":{"a":{"table":7,"publication":5,"entries":3}}})",
       R"({"schema":"sluice.tables/2","tables":{"a":{"table":7,"publication":5,"entries":["x"]}}})"}) {
    EXPECT_FALSE(ParseTables(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sluice::testing
