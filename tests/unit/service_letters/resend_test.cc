#include "service/letters/resend.h"

#include <gtest/gtest.h>

namespace sluice::letters {
namespace {

config::Config Configured() {
  config::Config config;
  config.deliver_topic = "moves";
  config.deliver_group_id = "g";
  config.deliver_destination_field = "customer";
  config.deliver_destinations = {{"acme", "http://h/x"}};
  return config;
}

kafka::StoredLetter Refused() {
  kafka::StoredLetter letter;
  letter.record.stream = {"moves", 2};
  letter.record.offset = Offset{7};
  letter.record.key = "{\"id\":1}";
  letter.record.value = "{}";
  letter.stage = "deliver";
  letter.reason = "delivery_refused";
  letter.destination = "acme";
  letter.id = "v-1f0c";
  return letter;
}

/// Its customer was not configured.
kafka::StoredLetter Unknown() {
  kafka::StoredLetter letter = Refused();
  letter.stage = "plan";
  letter.reason = "unknown_destination";
  letter.id.clear();
  letter.record.value = R"({"before":null,"after":{"id":1,"customer":"acme"},"op":"c"})";
  return letter;
}

TEST(Resend, GoesBehindWhatIsParkedWithTheKeyItHad) {
  const auto resend = PlanResend(Configured(), Refused());
  ASSERT_TRUE(resend) << resend.error().ToString();
  EXPECT_EQ(*resend, (Resend{"g.parked.acme", 2, "7", "v-1f0c"}));
}

TEST(Resend, OfAParkedRecordHasTheOriginOfItsCopy) {
  kafka::StoredLetter letter = Refused();
  letter.record.stream = {"g.parked.acme", 2};
  letter.record.headers = {{"idempotency-key", "v-1f0c"}, {"sluice.origin", "5"}};
  const auto resend = PlanResend(Configured(), letter);
  ASSERT_TRUE(resend);
  EXPECT_EQ(*resend, (Resend{"g.parked.acme", 2, "5", "v-1f0c"}));
}

TEST(Resend, LeavesWhatCannotBeSentAndSaysWhy) {
  const auto why = [](const kafka::StoredLetter& letter) {
    const auto resend = PlanResend(Configured(), letter);
    return resend ? std::string("sent") : resend.error().ToString();
  };
  kafka::StoredLetter letter = Refused();
  letter.original = false;
  EXPECT_NE(why(letter).find("not in the letter"), std::string::npos);
  letter = Refused();
  letter.destination = "gone";
  EXPECT_NE(why(letter).find("gone is not configured"), std::string::npos);
  letter = Refused();
  letter.stage = "decode";
  letter.reason = "no_destination";
  EXPECT_NE(why(letter).find("it is no delivery (no_destination)"), std::string::npos);
  letter = Unknown();
  letter.record.value = R"({"after":{"customer":"cedar"},"op":"c"})";
  EXPECT_NE(why(letter).find("cedar is not configured"), std::string::npos) << why(letter);
  letter = Unknown();
  letter.record.stream.topic = "elsewhere";
  EXPECT_NE(why(letter).find("it is no delivery"), std::string::npos);
}

// The configuration was wrong, not the record; a table that only grows has no next change.
TEST(Resend, ReadsAgainForWhomARecordIs) {
  const auto resend = PlanResend(Configured(), Unknown());
  ASSERT_TRUE(resend) << resend.error().ToString();
  EXPECT_EQ(*resend, (Resend{"g.parked.acme", 2, "7", "moves-2-7"}));
}

}  // namespace
}  // namespace sluice::letters
