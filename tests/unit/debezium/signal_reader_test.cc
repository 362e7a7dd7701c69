#include "adapters/debezium/signal_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using Kind = SnapshotSignal::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SignalReader, ReadsARowOfTheSignalTable) {
  debezium::SignalReader reader;
  const auto signal = reader.Decode(
      "ad-hoc-1", "execute-snapshot",
      R"({"data-collections":["public.users","public.orders"],"type":"INCREMENTAL",)"
      R"("additional-conditions":[{"data-collection":"public.orders","filter":"total > 5"}]})");
  ASSERT_TRUE(signal.ok()) << signal.error().ToString();
  EXPECT_EQ(signal->id, "ad-hoc-1");
  EXPECT_EQ(signal->kind, Kind::kExecute);
  EXPECT_THAT(signal->targets, ElementsAre(SnapshotTarget{"public.users", ""},
                                           SnapshotTarget{"public.orders", "total > 5"}));
}

TEST(SignalReader, KnowsTheOlderConditionForAllTables) {
  debezium::SignalReader reader;
  const auto signal =
      reader.Decode("1", "execute-snapshot",
                    R"({"data-collections":["public.users"],"additional-condition":"id = 3"})");
  ASSERT_TRUE(signal.ok());
  EXPECT_EQ(signal->targets.at(0).condition, "id = 3");
}

TEST(SignalReader, ReadsAMessage) {
  debezium::SignalReader reader;
  const auto stop = reader.Decode(
      std::string_view(R"({"id":"x","type":"stop-snapshot","data":{"data-collections":["a.b"]}})"));
  ASSERT_TRUE(stop.ok());
  EXPECT_EQ(stop->kind, Kind::kStop);
  EXPECT_THAT(stop->targets, ElementsAre(SnapshotTarget{"a.b", ""}));
  const auto pause = reader.Decode(std::string_view(R"({"id":"x","type":"pause-snapshot"})"));
  ASSERT_TRUE(pause.ok());
  EXPECT_EQ(pause->kind, Kind::kPause);
  EXPECT_THAT(pause->targets, IsEmpty());
  const auto log = reader.Decode("1", "log", R"({"message":"hi"})");
  ASSERT_TRUE(log.ok());
  EXPECT_EQ(log->message, "hi");
}

TEST(SignalReader, SaysWhatItExpected) {
  debezium::SignalReader reader;
  const auto text = [&](const char* type, const char* data) {
    const auto signal = reader.Decode("7", type, data);
    return signal ? std::string() : signal.error().ToString();
  };
  EXPECT_THAT(text("execute", "{}"), HasSubstr("expected execute-snapshot"));
  EXPECT_THAT(text("execute-snapshot", "nonsense"), HasSubstr("no JSON object"));
  EXPECT_THAT(text("execute-snapshot", "{}"), HasSubstr("names no tables"));
  EXPECT_THAT(text("execute-snapshot", R"({"data-collections":[3]})"), HasSubstr("no name"));
  EXPECT_THAT(text("execute-snapshot", R"({"data-collections":["a.b"],"type":"blocking"})"),
              HasSubstr("incremental"));
  EXPECT_FALSE(reader.Decode(std::string_view("[]")).ok());
}

}  // namespace
}  // namespace sluice::testing
