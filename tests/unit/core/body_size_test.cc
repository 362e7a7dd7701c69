#include "core/operations/index/body_size.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr size_t kMiB = 1024 * 1024;

/// A node that is always busy, and takes `us_per_body` and a part of a microsecond a byte.
class Node {
 public:
  Node(double us_per_body, double us_per_byte)
      : us_per_body_(us_per_body), us_per_byte_(us_per_byte) {}

  void Acknowledge(BodySize& size, bool full = true) {
    now_us_ += us_per_body_ + us_per_byte_ * static_cast<double>(size.bytes());
    size.Acknowledged(size.bytes(), full, static_cast<int64_t>(now_us_));
  }
  void Trial(BodySize& size) {
    for (uint32_t i = 0; i <= BodySize::kTrialBodies; ++i) Acknowledge(size);
  }

 private:
  double us_per_body_;
  double us_per_byte_;
  double now_us_ = 0;
};

TEST(BodySize, GrowsWhileItPays) {
  BodySize size(16 * kMiB);
  EXPECT_EQ(size.bytes(), kMiB);
  Node node(100'000, 0.02);  // a body of 1 MiB takes five times the work of its documents
  for (const size_t expected : {size_t{2}, size_t{4}, size_t{8}, size_t{16}}) {
    node.Trial(size);
    EXPECT_EQ(size.bytes(), expected * kMiB);
  }
  for (int i = 0; i < 3; ++i) node.Trial(size);
  EXPECT_EQ(size.bytes(), 16 * kMiB) << "not above what is allowed";
}

TEST(BodySize, GoesBackWhenItDoesNotPay) {
  BodySize size(16 * kMiB);
  Node node(10, 0.02);
  node.Trial(size);
  EXPECT_EQ(size.bytes(), 2 * kMiB);
  node.Trial(size);
  EXPECT_EQ(size.bytes(), kMiB);
  for (uint32_t i = 0; i < BodySize::kSettledTrials; ++i) {
    node.Trial(size);
    EXPECT_EQ(size.bytes(), kMiB) << "no trial for a while";
  }
  node.Trial(size);
  EXPECT_EQ(size.bytes(), 2 * kMiB) << "then one more: the load may be another";
}

TEST(BodySize, LearnsNothingFromBodiesThatWereNotFull) {
  BodySize size(16 * kMiB);
  Node node(100'000, 0.02);
  for (uint32_t i = 0; i < 20 * BodySize::kTrialBodies; ++i) node.Acknowledge(size, i % 20 != 0);
  EXPECT_EQ(size.bytes(), kMiB);
}

TEST(BodySize, IsHalvedByAnOverload) {
  BodySize size(16 * kMiB);
  Node node(100'000, 0.02);
  node.Trial(size);
  size.Overloaded();
  EXPECT_EQ(size.bytes(), kMiB);
  for (int i = 0; i < 10; ++i) size.Overloaded();
  EXPECT_EQ(size.bytes(), BodySize::kLeastBytes);
  for (uint32_t i = 0; i <= BodySize::kSettledTrials; ++i) node.Trial(size);
  EXPECT_EQ(size.bytes(), 2 * BodySize::kLeastBytes) << "and wins it back";
}

TEST(BodySize, StaysBelowWhatWasRefused) {
  BodySize size(16 * kMiB);
  Node node(100'000, 0.02);
  size.TooLarge(kMiB);
  EXPECT_EQ(size.bytes(), kMiB / 2);
  for (uint32_t i = 0; i < 3 * BodySize::kSettledTrials; ++i) node.Trial(size);
  EXPECT_EQ(size.bytes(), kMiB / 2);
  size.TooLarge(1);
  EXPECT_EQ(size.bytes(), BodySize::kLeastBytes) << "less is a matter of splitting";
}

TEST(BodySize, IsNeverAboveASmallLimit) {
  BodySize size(4'096);
  EXPECT_EQ(size.bytes(), 4'096U);
  size.Overloaded();
  EXPECT_EQ(size.bytes(), 4'096U);
}

}  // namespace
}  // namespace sluice
