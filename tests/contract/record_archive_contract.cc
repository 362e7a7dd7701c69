#include "tests/contract/record_archive_contract.h"

#include <algorithm>
#include <chrono>

namespace sluice::testing {

void RecordArchiveContract::SetUp() {
  harness_ = GetParam()();
}

void RecordArchiveContract::AppendNumbers(int32_t partition, int count) {
  for (int i = 0; i < count; ++i) {
    harness_->Append(partition, std::to_string(i), std::to_string(i), {});
  }
}

void RecordArchiveContract::Request(uint64_t token, int32_t partition, int64_t offset) {
  harness_->archive().Request(token, harness_->Stream(partition), Offset{offset});
}

bool RecordArchiveContract::TurnUntil(RecordArchive& archive, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::vector<ArchivedRecord> answers;
    archive.Poll(answers);
    for (ArchivedRecord& answer : answers) {
      if (answer.verdict.disposition == Disposition::kHold) {
        held_.push_back(std::move(answer));
      } else {
        answers_.emplace(answer.token, std::move(answer));
      }
    }
    harness_->Step();
  }
  return true;
}

void RecordArchiveContract::AwaitAnswers(size_t count) {
  ASSERT_TRUE(TurnUntil(harness_->archive(), [&] { return answers_.size() >= count; }));
  // An answer too many would come with one of the next turns.
  int turns = 0;
  ASSERT_TRUE(TurnUntil(harness_->archive(), [&] { return ++turns > 20; }));
  ASSERT_EQ(answers_.size(), count);
  for (const auto& [token, answer] : answers_) {
    EXPECT_EQ(answer.verdict.disposition, Disposition::kDone) << token;
  }
}

namespace {

TEST_P(RecordArchiveContract, GivesARecordAsItWasWritten) {
  AppendNumbers(1, 3);
  harness_->Append(1, "key", "value", {{"a", "1"}, {"none", std::nullopt}, {"", ""}});
  Request(7, 1, 3);
  AwaitAnswers(1);
  const std::optional<OwnedRecord>& record = answers_.find(7)->second.record;
  ASSERT_TRUE(record);
  EXPECT_EQ(record->stream, harness_->Stream(1));
  EXPECT_EQ(record->offset, Offset{3});
  EXPECT_GE(record->timestamp_ms, 1'600'000'000'000);
  EXPECT_EQ(record->key, "key");
  EXPECT_EQ(record->value, "value");
  ASSERT_EQ(record->headers.size(), 3U);
  EXPECT_EQ(record->headers[0].name, "a");
  EXPECT_EQ(record->headers[0].value, "1");
  EXPECT_EQ(record->headers[1].value, std::nullopt);
  EXPECT_EQ(record->headers[2].name, "");
  EXPECT_EQ(record->headers[2].value, "");
}

TEST_P(RecordArchiveContract, KeepsNoneAndEmptyApart) {
  harness_->Append(0, "deleted", std::nullopt, {});
  harness_->Append(0, std::nullopt, "", {});
  harness_->Append(0, "", std::nullopt, {});
  for (int64_t offset = 0; offset < 3; ++offset) {
    Request(static_cast<uint64_t>(offset), 0, offset);
  }
  AwaitAnswers(3);
  EXPECT_EQ(answers_.find(0)->second.record->key, "deleted");
  EXPECT_EQ(answers_.find(0)->second.record->value, std::nullopt);
  EXPECT_EQ(answers_.find(1)->second.record->key, std::nullopt);
  EXPECT_EQ(answers_.find(1)->second.record->value, "");
  EXPECT_EQ(answers_.find(2)->second.record->key, "");
}

TEST_P(RecordArchiveContract, AnswersEachRequestOnceWhateverTheirOrder) {
  AppendNumbers(0, 40);
  AppendNumbers(1, 5);
  const std::vector<std::pair<int32_t, int64_t>> wanted = {{0, 39}, {0, 3}, {1, 4}, {0, 20},
                                                           {1, 0},  {0, 4}, {0, 3}};
  for (size_t i = 0; i < wanted.size(); ++i) Request(i, wanted[i].first, wanted[i].second);
  AwaitAnswers(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    ASSERT_EQ(answers_.count(i), 1U) << i;
    const std::optional<OwnedRecord>& record = answers_.find(i)->second.record;
    ASSERT_TRUE(record) << i;
    EXPECT_EQ(record->stream, harness_->Stream(wanted[i].first));
    EXPECT_EQ(record->value, std::to_string(wanted[i].second));
  }
}

TEST_P(RecordArchiveContract, TakesItsCapacityAgainOnceThatWasAnswered) {
  AppendNumbers(0, 10);
  const size_t capacity = harness_->archive().capacity();
  ASSERT_GT(capacity, 0U);
  for (size_t round = 1; round <= 2; ++round) {
    for (size_t i = 0; i < capacity; ++i) {
      Request(round * 1'000 + i, 0, static_cast<int64_t>(i % 10));
    }
    AwaitAnswers(round * capacity);
  }
}

TEST_P(RecordArchiveContract, SaysThatARecordIsGoneAndStillFindsItsSuccessors) {
  AppendNumbers(0, 10);
  harness_->RemoveBefore(0, Offset{5});
  Request(1, 0, 2);
  Request(2, 0, 4);
  Request(3, 0, 5);
  AwaitAnswers(3);
  EXPECT_FALSE(answers_.find(1)->second.record);
  EXPECT_FALSE(answers_.find(2)->second.record);
  ASSERT_TRUE(answers_.find(3)->second.record);
  EXPECT_EQ(answers_.find(3)->second.record->value, "5");
}

TEST_P(RecordArchiveContract, SaysThatWhatWasNeverWrittenIsNotThere) {
  AppendNumbers(0, 3);
  Request(1, 0, 3);
  Request(2, 0, 500);
  Request(3, 1, 0);
  AwaitAnswers(3);
  for (const auto& [token, answer] : answers_) EXPECT_FALSE(answer.record) << token;
}

TEST_P(RecordArchiveContract, SaysNothingWithoutARequest) {
  AppendNumbers(0, 3);
  Request(1, 0, 1);
  AwaitAnswers(1);
  AppendNumbers(0, 3);
  int turns = 0;
  ASSERT_TRUE(TurnUntil(harness_->archive(), [&] { return ++turns > 200; }));
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_P(RecordArchiveContract, HoldsARequestAndRepeatsItWhileTheLogCannotBeReached) {
  AppendNumbers(0, 1);
  RecordArchive& archive = harness_->cut_off();
  archive.Request(5, harness_->Stream(0), Offset{0});
  ASSERT_TRUE(TurnUntil(archive, [&] { return held_.size() >= 3; }));
  EXPECT_TRUE(answers_.empty());
  for (const ArchivedRecord& held : held_) {
    EXPECT_EQ(held.token, 5U);
    EXPECT_EQ(held.verdict.reason, FailureReason::kBrokerUnreachable);
    EXPECT_FALSE(held.record);
  }
}

}  // namespace
}  // namespace sluice::testing
