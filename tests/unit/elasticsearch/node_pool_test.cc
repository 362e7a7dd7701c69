#include "adapters/elasticsearch/node_pool.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::elasticsearch {
namespace {

constexpr int64_t kFirstUs = 100'000;
constexpr int64_t kLongestUs = 1'000'000;

NodePool ThreeNodes() {
  return {{"http://a", "http://b/", "http://c//"}, kFirstUs, kLongestUs};
}

TEST(NodePool, TakesSlashesOffTheUrls) {
  const NodePool pool = ThreeNodes();
  EXPECT_EQ(pool.url(0), "http://a");
  EXPECT_EQ(pool.url(1), "http://b");
  EXPECT_EQ(pool.url(2), "http://c");
}

TEST(NodePool, SpreadsRequestsOverTheLeastBusy) {
  NodePool pool = ThreeNodes();
  const std::set<size_t> first{pool.Take(0), pool.Take(0), pool.Take(0)};
  EXPECT_EQ(first.size(), 3U);
  pool.Release(1, true, 0);
  EXPECT_EQ(pool.Take(0), 1U);
}

TEST(NodePool, TakesTurnsWhenAllAreIdle) {
  NodePool pool = ThreeNodes();
  std::set<size_t> seen;
  for (int i = 0; i < 3; ++i) {
    const size_t node = pool.Take(0);
    seen.insert(node);
    pool.Release(node, true, 0);
  }
  EXPECT_EQ(seen.size(), 3U);
}

TEST(NodePool, SetsAFailedNodeAsideAndProbesItWithOneRequest) {
  NodePool pool({"http://a", "http://b"}, kFirstUs, kLongestUs);
  ASSERT_EQ(pool.Take(0), 0U);
  pool.Release(0, false, 0);
  EXPECT_TRUE(pool.OtherReady(0, 0));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(pool.Take(kFirstUs - 1), 1U);
  EXPECT_EQ(pool.Take(kFirstUs), 0U) << "its time has come";
  EXPECT_EQ(pool.Take(kFirstUs), 1U) << "one probe at a time";
  pool.Release(0, true, kFirstUs);
  EXPECT_EQ(pool.Take(kFirstUs), 0U);
  EXPECT_EQ(pool.Take(kFirstUs), 0U) << "it is well again";
}

TEST(NodePool, WaitsLongerAfterEachFailureUpToTheCap) {
  NodePool pool({"http://a", "http://b"}, kFirstUs, kLongestUs);
  int64_t now = 0;
  for (const int64_t wait :
       {kFirstUs, 2 * kFirstUs, 4 * kFirstUs, 8 * kFirstUs, kLongestUs, kLongestUs, kLongestUs}) {
    size_t node = pool.Take(now);
    while (node != 0) {
      pool.Release(node, true, now);
      node = pool.Take(now);
    }
    pool.Release(0, false, now);
    EXPECT_FALSE(pool.OtherReady(1, now + wait - 1));
    EXPECT_TRUE(pool.OtherReady(1, now + wait));
    now += wait;
  }
}

TEST(NodePool, CountsRequestsThatFailedTogetherAsOneFailure) {
  NodePool pool({"http://a", "http://b"}, kFirstUs, kLongestUs);
  size_t on_a = 0;
  for (int i = 0; i < 8; ++i) on_a += static_cast<size_t>(pool.Take(0) == 0);
  ASSERT_EQ(on_a, 4U);
  for (size_t i = 0; i < on_a; ++i) pool.Release(0, false, 0);
  EXPECT_TRUE(pool.OtherReady(1, kFirstUs));
}

TEST(NodePool, TriesTheFirstToComeBackWhenAllAreAside) {
  NodePool pool({"http://a", "http://b"}, kFirstUs, kLongestUs);
  ASSERT_EQ(pool.Take(0), 0U);
  ASSERT_EQ(pool.Take(0), 1U);
  pool.Release(1, false, 0);
  pool.Release(0, false, 10);
  EXPECT_FALSE(pool.OtherReady(0, 20));
  EXPECT_EQ(pool.Take(20), 1U);
}

TEST(NodePool, JudgesNothingByAnAbortedRequest) {
  NodePool pool({"http://a", "http://b"}, kFirstUs, kLongestUs);
  ASSERT_EQ(pool.Take(0), 0U);
  pool.Release(0, false, 0);
  const auto take_two = [&pool] {
    return std::set<size_t>{pool.Take(kFirstUs), pool.Take(kFirstUs)};
  };
  ASSERT_TRUE(take_two().contains(0));
  pool.Abandon(0);
  EXPECT_TRUE(take_two().contains(0)) << "still to be probed";
}

}  // namespace
}  // namespace sluice::elasticsearch
