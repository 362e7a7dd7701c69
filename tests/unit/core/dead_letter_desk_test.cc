#include "core/operations/group/dead_letter_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_dead_letters.h"
#include "tests/fakes/fake_record_archive.h"

namespace sluice::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Verdict kHeld{Disposition::kHold, FailureReason::kBrokerUnreachable, {}};
constexpr Verdict kTooLarge{Disposition::kReject, FailureReason::kRecordTooLarge, {}};

class DeadLetterDeskTest : public ::testing::Test {
 protected:
  DeadLetterDeskTest() {
    log_.CreateTopic("t", 1);
    for (int i = 0; i < 10; ++i) log_.Append({"t", 0}, "key" + std::to_string(i), "value");
  }

  void Open(int64_t offset, const std::string& refused_write = "") {
    DeadLetterDesk::Letter letter;
    letter.stream = {"t", 0};
    letter.record.offset = Offset{offset};
    letter.refused_write = refused_write;
    desk_.Open(std::move(letter));
  }
  /// The letters acknowledged by so many polls, 10 ms apart.
  size_t Poll(int polls = 3) {
    std::vector<DeadLetterDesk::Letter> acknowledged;
    for (int i = 0; i < polls; ++i) desk_.Poll(now_us_ += 10'000, acknowledged);
    return acknowledged.size();
  }

  FakeLog log_;
  FakeRecordArchive archive_{log_, 2};
  FakeDeadLetters sink_;
  RecordRereads rereads_{archive_};
  DeadLetterDesk desk_{sink_, rereads_, {.first_us = 20'000, .longest_us = 50'000}, 1};
  int64_t now_us_ = 0;
};

TEST_F(DeadLetterDeskTest, SeesALetterThroughToItsAcknowledgement) {
  Open(3);
  EXPECT_EQ(Poll(), 1U);
  EXPECT_EQ(desk_.open(), 0U);
  EXPECT_EQ(desk_.held_bytes(), 0U);
  ASSERT_THAT(sink_.stored(), SizeIs(1));
  EXPECT_EQ(sink_.stored()[0].key, "key3");
}

TEST_F(DeadLetterDeskTest, AsksTheArchiveForNoMoreThanItTakes) {
  archive_.Hold(true);
  for (int i = 0; i < 8; ++i) Open(i);
  Poll();
  EXPECT_EQ(archive_.open(), 2U) << "the fake aborts on a third";
  archive_.Hold(false);
  EXPECT_EQ(Poll(20), 8U);
}

TEST_F(DeadLetterDeskTest, WaitsForRoomInTheQueue) {
  sink_.SetCapacity(1);
  sink_.HoldAcks(true);
  for (int i = 0; i < 3; ++i) Open(i);
  EXPECT_EQ(Poll(10), 0U);
  EXPECT_EQ(sink_.open(), 1U);
  sink_.HoldAcks(false);
  EXPECT_EQ(Poll(10), 3U);
  EXPECT_THAT(sink_.stored(), SizeIs(3));
}

TEST_F(DeadLetterDeskTest, BacksOffAndSaysWhyUntilTheBrokerIsBack) {
  for (int i = 0; i < 20; ++i) sink_.FailNext(kHeld);
  Open(1);
  Poll(3);
  EXPECT_EQ(desk_.hold_reason(), FailureReason::kBrokerUnreachable);
  for (int i = 0; i < 3; ++i) {
    Poll(1);
    EXPECT_EQ(desk_.hold_reason(), FailureReason::kBrokerUnreachable) << "also between attempts";
  }
  EXPECT_EQ(Poll(200), 1U);
  EXPECT_EQ(desk_.hold_reason(), FailureReason::kNone);
}

TEST_F(DeadLetterDeskTest, SendsLessWithEachRefusalForSize) {
  sink_.FailNext(kTooLarge);
  sink_.FailNext(kTooLarge);
  Open(1, "the refused document");
  EXPECT_EQ(Poll(10), 1U);
  ASSERT_THAT(sink_.stored(), SizeIs(1));
  EXPECT_EQ(sink_.stored()[0].content, DeadLetter::Content::kReference);
  EXPECT_EQ(sink_.stored()[0].value, std::nullopt);
  EXPECT_EQ(sink_.stored()[0].key, std::nullopt);
  EXPECT_EQ(desk_.references(), 1U);
}

TEST_F(DeadLetterDeskTest, HoldsWhatIsRefusedEvenBare) {
  for (int i = 0; i < 3; ++i) sink_.FailNext(kTooLarge);
  Open(1);
  Poll(5);
  EXPECT_EQ(desk_.hold_reason(), FailureReason::kRecordTooLarge);
  EXPECT_EQ(desk_.open(), 1U) << "I7: never given up";
  EXPECT_EQ(Poll(20), 1U);
}

TEST_F(DeadLetterDeskTest, CountsTheBytesItKeeps) {
  archive_.Hold(true);
  Open(1, std::string(5'000, 'x'));
  EXPECT_GE(desk_.held_bytes(), 5'000U);
  Poll();
  EXPECT_GE(desk_.held_bytes(), 5'000U);
  archive_.Hold(false);
  Poll();
  EXPECT_EQ(desk_.held_bytes(), 0U);
}

TEST_F(DeadLetterDeskTest, MarksAReferenceWhenTheLogHasLostTheRecord) {
  log_.TruncateBefore({"t", 0}, Offset{5});
  Open(1, "{}");
  Open(2);
  EXPECT_EQ(Poll(10), 2U);
  ASSERT_THAT(sink_.stored(), SizeIs(2));
  for (const StoredDeadLetter& letter : sink_.stored()) {
    EXPECT_EQ(letter.content, DeadLetter::Content::kReference);
    EXPECT_EQ(letter.value,
              letter.offset == Offset{1} ? std::optional<std::string>("{}") : std::nullopt);
  }
  EXPECT_EQ(desk_.references(), 2U);
}

}  // namespace
}  // namespace sluice::testing
