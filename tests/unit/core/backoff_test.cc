#include "core/operations/group/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>

namespace sluice {
namespace {

constexpr BackoffSettings kSettings{.first_us = 100'000, .longest_us = 3'000'000};

int64_t Ceiling(uint32_t failures) {
  int64_t ceiling = kSettings.first_us;
  for (uint32_t i = 1; i < failures && ceiling < kSettings.longest_us; ++i) ceiling *= 2;
  return std::min(ceiling, kSettings.longest_us);
}

TEST(Backoff, StaysBetweenAMillisecondAndItsCeiling) {
  std::mt19937_64 random(7);
  for (uint32_t failures = 0; failures < 64; ++failures) {
    for (int i = 0; i < 500; ++i) {
      const int64_t wait = BackoffUs(kSettings, failures, random());
      EXPECT_GE(wait, 1'000);
      EXPECT_LE(wait, Ceiling(failures)) << failures << " failures";
    }
  }
}

TEST(Backoff, DrawsFromTheWholeRange) {
  std::mt19937_64 random(8);
  for (const uint32_t failures : {1U, 3U, 30U}) {
    int64_t shortest = INT64_MAX;
    int64_t longest = 0;
    double sum = 0;
    constexpr int kDraws = 4'000;
    for (int i = 0; i < kDraws; ++i) {
      const int64_t wait = BackoffUs(kSettings, failures, random());
      shortest = std::min(shortest, wait);
      longest = std::max(longest, wait);
      sum += static_cast<double>(wait);
    }
    const auto ceiling = static_cast<double>(Ceiling(failures));
    EXPECT_LT(static_cast<double>(shortest), ceiling * 0.05) << "full jitter starts at nothing";
    EXPECT_GT(static_cast<double>(longest), ceiling * 0.95);
    EXPECT_NEAR(sum / kDraws, ceiling / 2, ceiling * 0.05) << "evenly drawn";
  }
}

TEST(Backoff, DoublesWithEachFailureUpToTheLongest) {
  for (uint32_t failures = 1; failures < 40; ++failures) {
    const auto draw = static_cast<uint64_t>(Ceiling(failures)) - 1;
    EXPECT_EQ(BackoffUs(kSettings, failures, draw), Ceiling(failures));
  }
}

TEST(Backoff, SurvivesOddSettings) {
  EXPECT_EQ(BackoffUs({.first_us = 0, .longest_us = 0}, 5, 12345), 1'000);
  EXPECT_GE(BackoffUs({.first_us = 10'000'000, .longest_us = 1'000}, 1, UINT64_MAX), 1'000);
  EXPECT_LE(BackoffUs({.first_us = 10'000'000, .longest_us = 5'000}, 9, UINT64_MAX), 5'000);
  EXPECT_GT(BackoffUs({.first_us = 1, .longest_us = INT64_MAX / 4}, UINT32_MAX, UINT64_MAX), 0)
      << "no overflow on the way to the longest";
}

}  // namespace
}  // namespace sluice
