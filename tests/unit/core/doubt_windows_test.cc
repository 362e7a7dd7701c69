#include "core/operations/index/doubt_windows.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(DoubtWindows, CloseAfterTheirLength) {
  DoubtWindows windows(100);
  windows.Open(7, 1'000);
  EXPECT_EQ(windows.ClosesAt(7), 1'100);
  EXPECT_EQ(windows.ClosesAt(8), INT64_MIN);
  windows.Tick(1'099);
  EXPECT_FALSE(windows.empty());
  windows.Tick(1'100);
  EXPECT_TRUE(windows.empty());
  EXPECT_EQ(windows.ClosesAt(7), INT64_MIN);
}

TEST(DoubtWindows, OpenedAgainCloseLater) {
  DoubtWindows windows(100);
  windows.Open(7, 1'000);
  windows.Open(8, 1'010);
  windows.Open(7, 1'050);
  EXPECT_EQ(windows.size(), 2U) << "one an id";
  EXPECT_EQ(windows.last_closes_us(), 1'150);
  windows.Tick(1'120);
  EXPECT_EQ(windows.ClosesAt(7), 1'150);
  EXPECT_EQ(windows.ClosesAt(8), INT64_MIN);
  windows.Tick(1'150);
  EXPECT_TRUE(windows.empty());
}

TEST(DoubtWindows, OfNoLengthAreNone) {
  DoubtWindows windows(0);
  windows.Open(7, 1'000);
  EXPECT_TRUE(windows.empty());
}

}  // namespace
}  // namespace sluice
