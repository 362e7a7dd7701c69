#include "core/operations/change_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ChangeHeader, IsReadAsItWasWritten) {
  std::string text;
  AppendChangeHeader(text, 1025, 3);
  EXPECT_EQ(text, "1;1025;3");
  AppendUnchangedColumn(text, "bio", true);
  AppendUnchangedColumn(text, "a,b;c%d \n", false);
  EXPECT_EQ(text, "1;1025;3;u=bio,a%2cb%3bc%25d%20%0a");
  const auto header = ParseChangeHeader(text);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 1025);
  EXPECT_EQ(header->epoch, 3);
  EXPECT_THAT(header->unchanged, ElementsAre("bio", "a,b;c%d \n"));
}

TEST(ChangeHeader, PassesOverPartsThatItDoesNotKnow) {
  const auto header = ParseChangeHeader("1;9;1;s=10-20;u=x");
  ASSERT_TRUE(header);
  EXPECT_THAT(header->unchanged, ElementsAre("x"));
  EXPECT_THAT(ParseChangeHeader("1;9;1")->unchanged, IsEmpty());
}

TEST(ChangeHeader, RefusesWhatIsNotOfItsGrammar) {
  for (const char* text : {"", "1", "1;", "1;5", "1;x;1", "1;-5;1", "1;5;0", "1;5;", "2;5;1",
                           "1;9223372036854775808;1", "1;5;1;u=%2", "1;5;1;u=%zz"}) {
    EXPECT_FALSE(ParseChangeHeader(text)) << text;
  }
}

}  // namespace
}  // namespace sluice
