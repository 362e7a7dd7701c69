#include "core/operations/time_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(TimeText, IsIsoInUtc) {
  EXPECT_EQ(TimeText(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(TimeText(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(TimeText(951'782'400'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(TimeText(4'107'542'400'000), "2100-03-01T00:00:00.000Z");
  EXPECT_EQ(TimeText(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(TimeText(253'402'300'800'000), "253402300800000");
  EXPECT_EQ(TimeText(-62'167'219'200'000), "0000-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace sluice
