#include "core/operations/delivery/circuit_breaker.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr BreakerSettings kSettings{3, 1'000, 4'000};

TEST(CircuitBreaker, OpensAfterFailuresInARow) {
  CircuitBreaker breaker(kSettings);
  breaker.Failed(0);
  breaker.Failed(0);
  breaker.Succeeded();  // not in a row
  breaker.Failed(0);
  breaker.Failed(0);
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.Allows(0, 7));
  breaker.Failed(0);
  EXPECT_TRUE(breaker.open());
  EXPECT_FALSE(breaker.Allows(999, 0));
}

TEST(CircuitBreaker, ThenOneProbeAtATimeDecides) {
  CircuitBreaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) breaker.Failed(0);
  EXPECT_TRUE(breaker.Allows(1'000, 0));
  EXPECT_FALSE(breaker.Allows(1'000, 1));
  breaker.Succeeded();
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.Allows(1'000, 3));
}

TEST(CircuitBreaker, APauseDoublesUpToTheLongest) {
  CircuitBreaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) breaker.Failed(0);
  int64_t now_us = 0;
  for (const int64_t pause_us : {1'000, 2'000, 4'000, 4'000}) {
    EXPECT_EQ(breaker.until_us(), now_us + pause_us);
    now_us += pause_us;
    breaker.Failed(now_us);
  }
}

TEST(CircuitBreaker, AnswersThatWereUnderWayWhenItOpenedSayNothingNew) {
  CircuitBreaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) breaker.Failed(0);
  breaker.Failed(500);
  EXPECT_EQ(breaker.until_us(), 1'000);
}

TEST(CircuitBreaker, ARestIsNoOpening) {
  CircuitBreaker breaker(kSettings);
  breaker.Rest(700);
  EXPECT_FALSE(breaker.open());
  EXPECT_FALSE(breaker.Allows(699, 0));
  EXPECT_TRUE(breaker.Allows(700, 5));
}

}  // namespace
}  // namespace sluice
