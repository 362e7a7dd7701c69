// Topics that are deleted while they are written: brokers make them anew without a word.
#include "adapters/kafka/record_publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kafka/written_topics.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

using kafka::TopicIds;
using kafka::WrittenTopics;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kNeverUs = 3'600'000'000;

class WrittenTopicTest : public ::testing::Test {
 protected:
  void Make(int64_t look_every_us) {
    settings_.written = &written_;
    settings_.look_every_us = look_every_us;
    settings_.create_partitions = 1;
    settings_.message_timeout_ms = 20'000;
    auto made = kafka::RecordPublisher::Make(broker_.settings(), settings_, broker_.clock());
    ASSERT_TRUE(made.ok()) << made.error().ToString();
    publisher_ = std::move(*made);
    slot_ = publisher_->Open(topic_);
  }
  void Publish(const char* value) {
    OutgoingEvent event;
    event.stream = slot_;
    event.key = "k";
    event.value = value;
    event.token = 1;
    ASSERT_TRUE(publisher_->Publish(event));
  }
  /// Turns until that many records are acknowledged, or something failed.
  [[nodiscard]] Failure Await(size_t count) {
    Failure failure;
    EXPECT_TRUE(Until(
        [&] { return acknowledged_ >= count || failure.verdict.disposition != Disposition::kDone; },
        [&] {
          std::vector<PublishAck> acks;
          publisher_->Poll(acks);
          for (const PublishAck& ack : acks) {
            if (ack.failure.verdict.disposition != Disposition::kDone) {
              failure = ack.failure;
            } else {
              acknowledged_ += ack.count;
            }
          }
        },
        30));
    return failure;
  }
  [[nodiscard]] bool AwaitKnown() {
    return Until([&] { return written_.Knows(topic_); },
                 [&] {
                   std::vector<PublishAck> acks;
                   publisher_->Poll(acks);
                   for (const PublishAck& ack : acks) acknowledged_ += ack.count;
                 });
  }
  void Delete() {
    const Status deleted = broker_.admin().DeleteTopic(topic_);
    ASSERT_TRUE(deleted) << deleted.error().ToString();
  }
  void MakeAnew() {
    ASSERT_TRUE(Until([&] { return broker_.admin().CreateTopic(topic_, 1).ok(); }));
  }

  Broker& broker_ = Broker::Get();
  const std::string topic_ = broker_.Unique("written");
  WrittenTopics written_;
  kafka::PublisherSettings settings_;
  std::unique_ptr<kafka::RecordPublisher> publisher_;
  StreamSlot slot_;
  size_t acknowledged_ = 0;
};

TEST_F(WrittenTopicTest, MadeAnewHaltsAtTheNextLook) {
  Make(100'000);
  Publish("1");
  EXPECT_EQ(Await(1).detail, "");
  ASSERT_TRUE(AwaitKnown());
  Delete();
  MakeAnew();
  const Failure failure = Await(2);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kStreamGone);
  EXPECT_THAT(failure.detail,
              AllOf(HasSubstr(topic_ + " was deleted"), HasSubstr("sluice capture accept --all")));
}

TEST_F(WrittenTopicTest, DeletedHaltsAndIsNotMadeAnewByUs) {
  Make(100'000);
  Publish("1");
  EXPECT_EQ(Await(1).detail, "");
  ASSERT_TRUE(AwaitKnown());
  Delete();
  Publish("2");
  const Failure failure = Await(2);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt) << failure.detail;
  EXPECT_THAT(failure.detail, HasSubstr(topic_ + " was deleted, with all records"));
  const auto present = broker_.admin().FindTopics({topic_});
  ASSERT_TRUE(present.ok());
  EXPECT_EQ(present->at(topic_), std::nullopt);
}

TEST_F(WrittenTopicTest, MadeAnewHaltsAtItsFirstRecord) {
  Make(kNeverUs);
  for (const char* value : {"1", "2", "3"}) Publish(value);
  EXPECT_EQ(Await(3).detail, "");
  ASSERT_TRUE(AwaitKnown());
  static_cast<void>(written_.TakeChanged());
  Delete();
  MakeAnew();
  Publish("4");
  const Failure failure = Await(4);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt) << failure.detail;
  EXPECT_THAT(failure.detail, HasSubstr("offset 0 of partition 0, where it had acknowledged 2"));
  // Whatever id the topic has by then, a later start halts too.
  const auto recorded = written_.TakeChanged();
  ASSERT_TRUE(recorded.has_value());
  const auto present = broker_.admin().FindTopics({topic_});
  ASSERT_TRUE(present.ok());
  EXPECT_EQ(kafka::LostTopics(*recorded, *present).size(), 1U);
}

TEST_F(WrittenTopicTest, AnotherThanRecordedHalts) {
  ASSERT_TRUE(broker_.admin().CreateTopic(topic_, 1).ok());
  written_.GoOn({{topic_, "AAAAAAAAAAAAAAAAAAAAAQ"}});
  Make(100'000);
  EXPECT_THAT(Await(1).detail, HasSubstr("was AAAAAAAAAAAAAAAAAAAAAQ"));
}

TEST_F(WrittenTopicTest, WhatIsNotLostWithItsRecordsMayBeMadeAnew) {
  written_.Ignore(topic_);
  Make(100'000);
  Publish("1");
  EXPECT_EQ(Await(1).detail, "");
  EXPECT_FALSE(written_.Knows(topic_));
  Delete();
  MakeAnew();
  Publish("2");
  EXPECT_EQ(Await(2).detail, "");
}

TEST(FindTopics, TellsIdsAndWhatIsNotThere) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("found", 2);
  const std::string missing = broker.Unique("missing");
  const auto found = broker.admin().FindTopics({topic, missing});
  ASSERT_TRUE(found.ok()) << found.error().ToString();
  EXPECT_EQ(found->at(missing), std::nullopt);
  ASSERT_TRUE(found->at(topic).has_value());
  EXPECT_FALSE(found->at(topic)->empty());
}

}  // namespace
}  // namespace sluice::testing
