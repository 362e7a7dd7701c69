// How long the index is waited for, and what is said of it meanwhile.
#include "service/verify/wait_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/verify/run_verify.h"

namespace sluice::verify {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSecondUs = 1'000'000;

config::Config Windows(int64_t session_us, int64_t allowance_us) {
  config::Config config;
  config.kafka_session_timeout_us = session_us;
  config.elasticsearch_request_timeout_us = 60 * kSecondUs;
  config.elasticsearch_bulk_timeout_us = 30 * kSecondUs;
  config.window_allowance_us = allowance_us;
  return config;
}

// A member has died: after the session its partitions have another owner, whose deletes hold the
// committed offset for a window.
TEST(VerifyWait, OutlastsADeadMembersSessionAndTheWindowOfTheNextOne) {
  EXPECT_EQ(DefaultWait(Windows(45 * kSecondUs, 45 * kSecondUs)), 285 * kSecondUs);
  for (const int64_t session : {6, 45, 600}) {
    for (const int64_t allowance : {0, 45, 3'600}) {
      const int64_t window = (session + 60 + 30 + allowance) * kSecondUs;
      EXPECT_GT(DefaultWait(Windows(session * kSecondUs, allowance * kSecondUs)),
                window + session * kSecondUs)
          << session << " " << allowance;
    }
  }
}

TEST(VerifyWait, SaysWhatItWaitsForAndHowLong) {
  const std::string source = SourceWaitText("s", Lsn{16}, Lsn{32}, 61 * kSecondUs);
  EXPECT_THAT(source, HasSubstr("confirmed 0/20 (slot s stands at 0/10)"));
  EXPECT_THAT(source, HasSubstr("for 61s at most"));
  const std::string index = IndexWaitText("g", "t", 7, 180 * kSecondUs, -1);
  EXPECT_THAT(index, HasSubstr("group g has committed 7 more records of topic t"));
  EXPECT_THAT(index, HasSubstr("until their window is over (3m), for 0s at most"));
}

TEST(VerifyWait, ToldWhenItTakesLongAndThenNowAndThen) {
  WaitPace pace(0);
  EXPECT_FALSE(pace.Due(0));
  EXPECT_FALSE(pace.Due(2'900'000));
  EXPECT_TRUE(pace.Due(3'000'000));
  EXPECT_FALSE(pace.Due(3'100'000));
  EXPECT_FALSE(pace.Due(32'900'000));
  EXPECT_TRUE(pace.Due(33'000'000));
}

}  // namespace
}  // namespace sluice::verify
