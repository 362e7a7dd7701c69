#include "adapters/webhook/signature.h"

#include <gtest/gtest.h>

namespace sluice::webhook {
namespace {

TEST(Signature, IsThatOfStandardWebhooks) {
  // The example that their libraries are tested with.
  EXPECT_EQ(SignatureOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, ASecretWithoutThePrefixIsItsOwnBytes) {
  EXPECT_EQ(SignatureOf("secret", "status-0-7", 1700000000, R"({"a":1})"),
            "v1,5onY1wIFLlYGYe9laLqhT1md1OqXvA96mwso071iC84=");
}

TEST(Signature, EachPartCounts) {
  const std::string signature = SignatureOf("k", "a", 1, "b");
  EXPECT_NE(SignatureOf("l", "a", 1, "b"), signature);
  EXPECT_NE(SignatureOf("k", "c", 1, "b"), signature);
  EXPECT_NE(SignatureOf("k", "a", 2, "b"), signature);
  EXPECT_NE(SignatureOf("k", "a", 1, "c"), signature);
}

TEST(Signature, WhatCanBeASecret) {
  EXPECT_TRUE(IsSecret("x"));
  EXPECT_TRUE(IsSecret("whsec_eA=="));
  EXPECT_FALSE(IsSecret(""));
  EXPECT_FALSE(IsSecret("whsec_"));
  EXPECT_FALSE(IsSecret("whsec_x"));
  EXPECT_FALSE(IsSecret("whsec_####"));
}

}  // namespace
}  // namespace sluice::webhook
