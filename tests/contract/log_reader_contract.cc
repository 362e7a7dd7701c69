#include "tests/contract/log_reader_contract.h"

#include <gmock/gmock.h>

namespace sluice::testing {

namespace {

constexpr std::chrono::milliseconds kWait{100};
constexpr int kTurnsMax = 300;

std::vector<std::string> ValuesOf(const std::vector<OwnedRecord>& records, int32_t partition) {
  std::vector<std::string> values;
  for (const OwnedRecord& record : records)
    if (record.stream.partition == partition) values.push_back(record.value.value_or("null"));
  return values;
}

}  // namespace

using ::testing::ElementsAre;
using ::testing::SizeIs;

void LogReaderContract::SetUp() {
  harness_ = GetParam()();
}

Failure LogReaderContract::ReadUntil(LogReader& reader, size_t count) {
  Failure failure;
  for (int i = 0; i < kTurnsMax && records_.size() < count; ++i) {
    failure = reader.Read(records_, 1'000, kWait);
    if (failure.verdict.disposition == Disposition::kHalt) break;
  }
  return failure;
}

TEST_P(LogReaderContract, ListsWhatThereIs) {
  harness_->Append(1, "k", "a", {});
  const auto listed = harness_->Open()->List();
  ASSERT_TRUE(listed) << listed.error().ToString();
  ASSERT_THAT(*listed, SizeIs(2));
  EXPECT_EQ((*listed)[0].stream, harness_->Stream(0));
  EXPECT_EQ((*listed)[1].stream, harness_->Stream(1));
  EXPECT_EQ((*listed)[1].begin, Offset{0});
  EXPECT_EQ((*listed)[1].end, Offset{1});
  EXPECT_FALSE((*listed)[0].topic_id.empty());
  EXPECT_EQ((*listed)[0].topic_id, (*listed)[1].topic_id);
}

TEST_P(LogReaderContract, ReadsEachPartitionFromWhereItIsToldInOrderAsItStands) {
  for (int i = 0; i < 5; ++i) harness_->Append(0, "k", std::to_string(i), {});
  harness_->Append(1, std::nullopt, std::nullopt, {{"h", "x"}, {"n", std::nullopt}});
  const auto reader = harness_->Open();
  ASSERT_EQ(reader->Start(harness_->Stream(0), Offset{3}).verdict.disposition, Disposition::kDone);
  ASSERT_EQ(reader->Start(harness_->Stream(1), Offset{0}).verdict.disposition, Disposition::kDone);
  static_cast<void>(ReadUntil(*reader, 3));
  EXPECT_THAT(ValuesOf(records_, 0), ElementsAre("3", "4"));
  EXPECT_THAT(ValuesOf(records_, 1), ElementsAre("null"));
  for (const OwnedRecord& record : records_) {
    if (record.stream.partition == 0) continue;
    EXPECT_FALSE(record.key.has_value());
    ASSERT_THAT(record.headers, SizeIs(2));
    EXPECT_EQ(record.headers[0].value, "x");
    EXPECT_FALSE(record.headers[1].value.has_value());
  }
  harness_->Append(0, "k", "5", {});
  static_cast<void>(ReadUntil(*reader, 4));
  EXPECT_EQ(records_.back().value, "5");
  EXPECT_EQ(records_.back().offset, Offset{5});
  EXPECT_EQ(reader->EndOffset(harness_->Stream(0)), 6);
}

TEST_P(LogReaderContract, TellsWhereItHasMetTheEndOfAPartition) {
  for (int i = 0; i < 3; ++i) harness_->Append(0, "k", std::to_string(i), {});
  const auto reader = harness_->Open();
  ASSERT_EQ(reader->Start(harness_->Stream(0), Offset{0}).verdict.disposition, Disposition::kDone);
  EXPECT_EQ(reader->EndMet(harness_->Stream(0)), -1);
  for (int i = 0; i < kTurnsMax && reader->EndMet(harness_->Stream(0)) < 3; ++i)
    static_cast<void>(reader->Read(records_, 1'000, kWait));
  EXPECT_EQ(reader->EndMet(harness_->Stream(0)), 3);
  EXPECT_EQ(reader->EndMet(harness_->Stream(1)), -1);
  EXPECT_THAT(records_, SizeIs(3));
}

TEST_P(LogReaderContract, RecordsThatAreGoneHalt) {
  for (int i = 0; i < 4; ++i) harness_->Append(0, "k", std::to_string(i), {});
  harness_->RemoveBefore(0, Offset{2});
  const auto reader = harness_->Open();
  EXPECT_EQ(reader->List().value()[0].begin, Offset{2});
  ASSERT_EQ(reader->Start(harness_->Stream(0), Offset{1}).verdict.disposition, Disposition::kDone);
  const Failure failure = ReadUntil(*reader, 1);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kLogTruncated);
  EXPECT_THAT(records_, SizeIs(0));
}

TEST_P(LogReaderContract, WithoutBrokersTheListFailsWithASentence) {
  const auto listed = harness_->OpenCutOff()->List();
  ASSERT_FALSE(listed);
  EXPECT_NE(listed.error().what, "");
}

}  // namespace sluice::testing
