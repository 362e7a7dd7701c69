#include "tests/contract/row_sink_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace sluice::testing {

using ::testing::ElementsAre;

std::vector<RowColumn> ContractColumns() {
  return {{"id", RowPart::kId, {}}};
}

void RowSinkContract::SetUp() {
  harness_ = GetParam()();
  ASSERT_EQ(Reopen(), "");
}

std::string RowSinkContract::Reopen() {
  sink_.reset();
  sink_ = harness_->Open();
  std::string positions = "not told";
  const Failure failure = sink_->Load(positions);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kDone) << failure.detail;
  return positions;
}

void RowSinkContract::Append(const std::string& id) {
  const Failure failure = sink_->Append({id, {{RowValue::Kind::kText, id}}});
  EXPECT_EQ(failure.verdict.disposition, Disposition::kDone) << failure.detail;
}

void RowSinkContract::Keep(const std::string& positions) {
  const Failure failure = sink_->Keep(positions);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kDone) << failure.detail;
}

TEST_P(RowSinkContract, KeptRowsAreFoundInTheirOrderWithThePositions) {
  Append("1");
  Append("2");
  Keep("at 2");
  EXPECT_THAT(harness_->Find(), ElementsAre("1", "2"));
  EXPECT_GT(sink_->counts().bytes, 0U);
  EXPECT_EQ(Reopen(), "at 2");
  Append("3");
  Keep("at 3\nand 4\n");
  EXPECT_THAT(harness_->Find(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(Reopen(), "at 3\nand 4\n");
}

TEST_P(RowSinkContract, WhatWasNotKeptIsAppendedAgainAndFoundAsOneRow) {
  Append("1");
  Keep("at 1");
  Append("2");
  Append("3");
  EXPECT_EQ(Reopen(), "at 1");
  Append("2");
  Append("3");
  Keep("at 3");
  // By its id, at least: a log keeps what was written, and whoever reads it goes by the id.
  std::vector<std::string> found = harness_->Find();
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()),
            (std::set<std::string>{"1", "2", "3"}));
}

TEST_P(RowSinkContract, PositionsAloneAreKeptToo) {
  Keep("moved on");
  EXPECT_EQ(Reopen(), "moved on");
  EXPECT_THAT(harness_->Find(), ElementsAre());
}

TEST_P(RowSinkContract, KeepingWithoutNewsChangesNothing) {
  Append("1");
  Keep("at 1");
  const uint64_t bytes = sink_->counts().bytes;
  Keep("at 1");
  Keep("at 1");
  EXPECT_EQ(sink_->counts().bytes, bytes);
  EXPECT_EQ(Reopen(), "at 1");
  EXPECT_THAT(harness_->Find(), ElementsAre("1"));
}

TEST_P(RowSinkContract, TakesManyRowsBetweenTwoKeeps) {
  constexpr int kRows = 20'000;
  for (int i = 0; i < kRows; ++i) Append("row " + std::to_string(i));
  Keep("at the end");
  const std::vector<std::string> found = harness_->Find();
  ASSERT_EQ(found.size(), static_cast<size_t>(kRows));
  EXPECT_EQ(found.back(), "row " + std::to_string(kRows - 1));
}

}  // namespace sluice::testing
