#include "adapters/kafka/written_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(LostTopics, AreThoseThatWereWrittenAndAreOthersOrGone) {
  const TopicIds written = {{"same", "1"}, {"other", "1"}, {"gone", "1"}, {"old", ""}};
  EXPECT_THAT(LostTopics(written, {{"same", "1"},
                                   {"other", "2"},
                                   {"gone", std::nullopt},
                                   {"old", "3"},
                                   {"new", std::nullopt}}),
              ElementsAre(Pair("gone", HasSubstr("was deleted, with all records")),
                          Pair("other", HasSubstr("made anew (its id is 2, and was 1)"))));
  EXPECT_THAT(LostTopics({{"old", ""}}, {{"old", std::nullopt}}),
              ElementsAre(Pair("old", HasSubstr("was deleted"))))
      << "brokers that give no ids";
}

TEST(WrittenTopicsTest, AreKnownFromTheFirstLookAndRecordedWhenTheyChange) {
  WrittenTopics topics;
  EXPECT_EQ(topics.TakeChanged(), std::nullopt);
  EXPECT_EQ(topics.Note("a", std::nullopt), "") << "it is still to be made";
  EXPECT_FALSE(topics.Knows("a"));
  EXPECT_EQ(topics.Note("a", "1"), "");
  EXPECT_TRUE(topics.Knows("a"));
  EXPECT_EQ(topics.TakeChanged(), (TopicIds{{"a", "1"}}));
  EXPECT_EQ(topics.Note("a", "1"), "");
  EXPECT_EQ(topics.TakeChanged(), std::nullopt);
  topics.PutBack();
  EXPECT_EQ(topics.TakeChanged(), (TopicIds{{"a", "1"}}));
  EXPECT_THAT(topics.Note("a", "2"), HasSubstr("made anew"));
  EXPECT_THAT(topics.Note("a", std::nullopt), HasSubstr("was deleted"));
  EXPECT_EQ(topics.TakeChanged(), std::nullopt) << "what was stays known";
}

TEST(WrittenTopicsTest, ARunThatGoesOnKeepsWhatWasNotRecordedYet) {
  WrittenTopics topics;
  static_cast<void>(topics.Note("b", "2"));
  topics.GoOn({{"a", "1"}});
  EXPECT_EQ(topics.TakeChanged(), (TopicIds{{"a", "1"}, {"b", "2"}}));
  topics.GoOn({{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(topics.TakeChanged(), std::nullopt);
  topics.BeginAnew();
  EXPECT_EQ(topics.TakeChanged(), TopicIds{}) << "what a former life has written does not count";
}

TEST(WrittenTopicsTest, BrokenOnesHaltUntilTheyAreAccepted) {
  WrittenTopics topics;
  static_cast<void>(topics.Note("a", "1"));
  EXPECT_TRUE(topics.Break("a"));
  const auto recorded = topics.TakeChanged();
  ASSERT_TRUE(recorded.has_value());
  EXPECT_THAT(LostTopics(*recorded, {{"a", "1"}}),
              ElementsAre(Pair("a", HasSubstr("has lost records"))));
}

TEST(WrittenTopicsTest, IgnoredOnesAreNeverKnown) {
  WrittenTopics topics;
  topics.Ignore("heartbeat");
  EXPECT_EQ(topics.Note("heartbeat", "1"), "");
  EXPECT_FALSE(topics.Break("heartbeat"));
  EXPECT_FALSE(topics.Knows("heartbeat"));
  EXPECT_EQ(topics.TakeChanged(), std::nullopt);
}

TEST(TopicLostTest, NamesTheChoices) {
  const Failure failure = TopicLost("topic t was deleted");
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kStreamGone);
  for (const char* choice :
       {"capture accept --all", "execute-snapshot", "verify --repair", "slot.name"}) {
    EXPECT_THAT(failure.detail, HasSubstr(choice));
  }
  EXPECT_THAT(LostTopics({}, {}), IsEmpty());
}

}  // namespace
}  // namespace sluice::kafka
