#include <gtest/gtest.h>

#include "adapters/kafka/topic_reader.h"

namespace sluice::kafka {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;

ReadRange Parsed(std::string_view text) {
  ReadRange range;
  const Status status = ParseRange(text, kNowMs, range);
  EXPECT_TRUE(status) << text;
  return range;
}

TEST(ReadRange, EachFormIsUnderstood) {
  EXPECT_EQ(Parsed("start").from, ReadRange::From::kStart);
  EXPECT_EQ(Parsed("beginning").from, ReadRange::From::kStart);
  EXPECT_EQ(Parsed("end").from, ReadRange::From::kEnd);
  EXPECT_EQ(Parsed("-100").from, ReadRange::From::kLast);
  EXPECT_EQ(Parsed("-100").value, 100);
  EXPECT_EQ(Parsed("1234").from, ReadRange::From::kOffset);
  EXPECT_EQ(Parsed("1234").value, 1'234);
  EXPECT_EQ(Parsed("@2h").from, ReadRange::From::kTime);
  EXPECT_EQ(Parsed("@2h").value, kNowMs - 7'200'000);
  EXPECT_EQ(Parsed("@90s").value, kNowMs - 90'000);
  EXPECT_EQ(Parsed("s@5").value, 5);
  EXPECT_EQ(Parsed("e@7").until_ms, 7);
  EXPECT_TRUE(Parsed("e@7").until_passed);
  EXPECT_FALSE(Parsed("e@1800000000000").until_passed);
}

TEST(ReadRange, AnythingElseIsRefusedWithTheForms) {
  for (const char* text :
       {"", "-", "@", "@h", "@-1h", "@5y", "s@", "s@x", "e@-1", "12x", "first"}) {
    ReadRange range;
    const Status status = ParseRange(text, kNowMs, range);
    ASSERT_FALSE(status) << text;
    EXPECT_NE(status.error().cure.find("@2h"), std::string::npos);
  }
}

}  // namespace
}  // namespace sluice::kafka
