#include "core/operations/delivery/delivery_window.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(DeliveryWindow, OneOfAKeyIsUnderWayInTheOrderInWhichTheyCame) {
  DeliveryWindow window;
  window.Add(1, "a", 10);
  window.Add(2, "a", 10);
  window.Add(3, "b", 10);
  EXPECT_EQ(window.Take(0), 1U);
  EXPECT_EQ(window.Take(0), 3U) << "another key does not wait";
  EXPECT_EQ(window.Take(0), std::nullopt);
  window.Remove(1);
  EXPECT_EQ(window.Take(0), 2U);
  EXPECT_EQ(window.under_way(), 2U);
  EXPECT_EQ(window.bytes(), 20U);
}

TEST(DeliveryWindow, WhatIsSentAgainWaitsAndHoldsUpItsKeyAlone) {
  DeliveryWindow window;
  window.Add(1, "a", 1);
  window.Add(2, "a", 1);
  window.Add(3, "b", 1);
  EXPECT_EQ(window.Take(0), 1U);
  window.Again(1, 100);
  EXPECT_EQ(window.Take(99), 3U);
  EXPECT_EQ(window.Take(99), std::nullopt);
  EXPECT_EQ(window.due_us(), 100);
  EXPECT_EQ(window.Take(100), 1U);
}

TEST(DeliveryWindow, WhatIsWithheldKeepsItsPlace) {
  DeliveryWindow window;
  window.Add(1, "a", 1);
  window.Add(2, "a", 1);
  EXPECT_EQ(window.Take(0), 1U);
  window.Withhold(1);
  EXPECT_EQ(window.under_way(), 0U);
  EXPECT_EQ(window.Take(0), std::nullopt);
  EXPECT_EQ(window.size(), 2U);
  window.Remove(1);
  EXPECT_EQ(window.Take(0), 2U);
  window.Remove(2);
  EXPECT_EQ(window.size(), 0U);
  EXPECT_EQ(window.bytes(), 0U);
  EXPECT_EQ(window.due_us(), INT64_MAX);
}

}  // namespace
}  // namespace sluice
