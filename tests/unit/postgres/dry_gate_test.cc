#include "adapters/postgres/dry_gate.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace sluice::postgres {
namespace {

constexpr size_t kMuch = size_t{1} << 20;

class DryGateTest : public ::testing::Test {
 protected:
  DryGateTest() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
    EXPECT_EQ(write(ends_[1], "x", 1), 1);
  }
  ~DryGateTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  [[nodiscard]] bool Readable(int wait_ms = 0) const {
    pollfd wanted{gate_.descriptor(), POLLIN, 0};
    return poll(&wanted, 1, wait_ms) == 1;
  }

  std::array<int, 2> ends_{};
  DryGate gate_;
};

// A reader that can take nothing more must be able to sleep beside a full socket.
TEST_F(DryGateTest, IsSilentWhileItsReaderRests) {
  ASSERT_TRUE(gate_.Open(ends_[0], 1'000'000'000));
  gate_.WakeNow();
  EXPECT_TRUE(Readable(1'000));
  gate_.Rest();
  EXPECT_FALSE(Readable());
  gate_.EndRest();
  EXPECT_TRUE(Readable());
}

TEST_F(DryGateTest, IsReadableAsTheSocketIs) {
  ASSERT_TRUE(gate_.Open(ends_[0], 1'000'000'000));
  EXPECT_TRUE(Readable());
  gate_.RanDry(0, 1'000'000);
  EXPECT_TRUE(Readable()) << "nothing has come: no load";
  char byte = 0;
  EXPECT_EQ(read(ends_[0], &byte, 1), 1);
  EXPECT_FALSE(Readable());
  gate_.WakeNow();
  EXPECT_TRUE(Readable(1'000));
}

TEST_F(DryGateTest, PausesUnderLoadUntilTheTimeIsOver) {
  ASSERT_TRUE(gate_.Open(ends_[0], 1'000'000'000));
  gate_.RanDry(kMuch, 1'000'000);
  EXPECT_TRUE(gate_.paused());
  EXPECT_FALSE(Readable()) << "although something is there";
  EXPECT_FALSE(gate_.MayRead(1'000'001));
  EXPECT_TRUE(gate_.MayRead(1'001'000'000));
  EXPECT_FALSE(gate_.paused());
  EXPECT_TRUE(Readable());
}

TEST_F(DryGateTest, APauseEndsByItself) {
  ASSERT_TRUE(gate_.Open(ends_[0], 200));
  gate_.RanDry(kMuch, 1'000'000);
  EXPECT_TRUE(Readable(1'000));
}

TEST_F(DryGateTest, ATrickleIsNeverPaused) {
  ASSERT_TRUE(gate_.Open(ends_[0], 200));
  for (int64_t now_us = 1'000'000; now_us < 2'000'000; now_us += 1'000) {
    gate_.RanDry(300, now_us);
    ASSERT_FALSE(gate_.paused());
  }
  gate_.RanDry(300, 2'000'000);
  gate_.RanDry(300, 2'000'100);
  EXPECT_TRUE(gate_.paused()) << "little, but again at once";
}

TEST_F(DryGateTest, WithoutAPauseNothingWaits) {
  ASSERT_TRUE(gate_.Open(ends_[0], 0));
  gate_.RanDry(kMuch, 1'000'000);
  EXPECT_FALSE(gate_.paused());
  EXPECT_TRUE(Readable());
}

}  // namespace
}  // namespace sluice::postgres
