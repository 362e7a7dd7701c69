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

TEST(PositionRecord, RefusesWhatIsNone) {
  EXPECT_FALSE(ParsePosition("").ok());
  EXPECT_FALSE(ParsePosition("{}").ok());
  EXPECT_FALSE(ParsePosition(R"({"schema":"sluice.position/9"})").ok());
  EXPECT_FALSE(ParsePosition("[1,").ok());
}

}  // namespace
}  // namespace sluice::testing
