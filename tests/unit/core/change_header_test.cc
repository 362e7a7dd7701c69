#include "core/operations/change_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Names(const ChangeHeader& header) {
  std::vector<std::string> names = {"left over", "from before", "and more"};
  ReadUnchangedColumns(header.unchanged, names);
  return names;
}

std::string Sample() {
  std::string text;
  AppendChangeHeader(text, 1025, 3);
  AppendUnchangedColumn(text, "bio", true);
  AppendUnchangedColumn(text, "a,b;c%d \n", false);
  return text;
}

TEST(ChangeHeader, IsReadAsItWasWritten) {
  const std::string text = Sample();
  EXPECT_EQ(text, "1;1025;3;u=bio,a%2cb%3bc%25d%20%0a");
  const auto header = ParseChangeHeader(text);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 1025);
  EXPECT_EQ(header->epoch, 3);
  EXPECT_THAT(Names(*header), ElementsAre("bio", "a,b;c%d \n"));
}

TEST(ChangeHeader, PassesOverPartsThatItDoesNotKnow) {
  const auto header = ParseChangeHeader("1;9;1;s=10-20;u=x;later");
  ASSERT_TRUE(header);
  EXPECT_THAT(Names(*header), ElementsAre("x"));
  EXPECT_THAT(Names(*ParseChangeHeader("1;9;1")), IsEmpty());
}

TEST(ChangeHeader, HoldsTheHighestNumbers) {
  const auto header = ParseChangeHeader("1;9223372036854775807;9223372036854775807");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, INT64_MAX);
  EXPECT_EQ(header->epoch, INT64_MAX);
}

TEST(ChangeHeader, RefusesWhatIsNotOfItsGrammar) {
  for (const char* text : {"",
                           "1",
                           "1;",
                           "1;5",
                           "1;x;1",
                           "1;-5;1",
                           "1;5;0",
                           "1;5;",
                           "2;5;1",
                           "1;0;1",
                           "1;05;1",
                           "1;5;01",
                           "1;+5;1",
                           "1; 5;1",
                           "1;5 ;1",
                           "1;9223372036854775808;1",
                           "1;5;1;",
                           "1;5;1;;",
                           "1;5;1;u=",
                           "1;5;1;u=,",
                           "1;5;1;u=a,",
                           "1;5;1;u=a,,b",
                           "1;5;1;u=a;u=b",
                           "1;5;1;u=%2",
                           "1;5;1;u=%zz",
                           "1;5;1;u=%2C",
                           "1;5;1;u=a b",
                           "1;5;1;9",
                           "1;5;1;u=a;",
                           "11;5;1"}) {
    EXPECT_FALSE(ParseChangeHeader(text)) << text;
  }
}

/// Cut at any place it is refused, or says less, but never another version.
TEST(ChangeHeader, CutShortNeverSaysAnotherVersion) {
  const std::string whole = Sample();
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto header = ParseChangeHeader(std::string_view(whole).substr(0, size));
    if (!header) continue;
    EXPECT_EQ(header->version, 1025) << size;
    EXPECT_EQ(header->epoch, 3) << size;
    EXPECT_LE(Names(*header).size(), 2U) << size;
  }
  EXPECT_FALSE(ParseChangeHeader(whole.substr(0, 7))) << "1;1025; has no epoch";
}

TEST(ChangeHeader, SurvivesMutations) {
  std::mt19937 random(4711);
  const std::string whole = Sample();
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole;
    for (size_t n = 1 + random() % 3; n > 0; --n) {
      constexpr std::string_view kTelling = "1;,=%u";
      text[random() % text.size()] =
          random() % 2 == 0 ? kTelling[random() % kTelling.size()] : static_cast<char>(random());
    }
    const auto header = ParseChangeHeader(text);
    if (!header) continue;
    EXPECT_GT(header->version, 0) << text;
    EXPECT_GT(header->epoch, 0) << text;
    for (const std::string& name : Names(*header)) EXPECT_FALSE(name.empty()) << text;
  }
}

}  // namespace
}  // namespace sluice
