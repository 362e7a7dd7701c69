// A change log from the bytes of records to the rows of a sink, on fakes.
#include "core/operations/changelog/changelog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "adapters/debezium/row_change_reader.h"
#include "adapters/file/row_file.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_dead_letters.h"
#include "tests/fakes/fake_log_reader.h"
#include "tests/fakes/fake_row_sink.h"
#include "tests/fakes/fake_waiter.h"
#include "tests/unit/file/scratch_folder.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TopicPartition kStream{"bank.bank.holding", 0};

std::string Row(int id, const std::string& stock, int quantity) {
  return R"({"holding_id":)" + std::to_string(id) + R"(,"stock":")" + stock + R"(","quantity":)" +
         std::to_string(quantity) + "}";
}

std::string Envelope(const std::string& before, const std::string& after, char op,
                     int64_t commit_ms = 1'764'419'480'123) {
  return R"({"before":)" + before + R"(,"after":)" + after +
         R"(,"source":{"version":"1","connector":"postgresql","name":"bank","ts_ms":)" +
         std::to_string(commit_ms) + R"(,"snapshot":"false","lsn":1},"op":")" + op +
         R"(","ts_ms":1764419480999,"transaction":null})";
}

class RecordingChangelogObserver : public ChangelogObserver {
 public:
  void OnChangelogStats(const ChangelogStats& /*stats*/) override {}
  void OnChangelogRefused(const std::string& /*sink*/, const TopicPartition& /*stream*/,
                          Offset /*offset*/, RejectReason reason,
                          std::string_view column) override {
    refused.push_back(std::string(RejectReasonName(reason)) + " " + std::string(column));
  }
  void OnChangelogTruncate(const std::string& /*sink*/, const TopicPartition& stream) override {
    truncated.push_back(stream.topic);
  }

  std::vector<std::string> refused;
  std::vector<std::string> truncated;
};

class ChangelogRig : public ::testing::Test {
 protected:
  ChangelogRig() {
    log_.CreateTopic(kStream.topic, 1);
    settings_.spec.fields = {"stock", "quantity"};
    settings_.spec.columns = {{"holding_id", RowPart::kColumn, "holding_id"},
                              {"field", RowPart::kField, {}},
                              {"old", RowPart::kOld, {}},
                              {"new", RowPart::kNew, {}},
                              {"op", RowPart::kOperation, {}}};
  }

  Offset Add(const std::string& value, std::vector<Header> headers = {}) {
    return log_.Append(kStream, std::nullopt, value, std::move(headers));
  }
  Offset Create(int id, const std::string& stock, int quantity) {
    return Add(Envelope("null", Row(id, stock, quantity), 'c'));
  }

  /// A run on new adapters, from where the sink was kept last.
  Failure Begin() {
    if (!own_sink_) sink_ = std::make_unique<FakeRowSink>(store_);
    reader_ = std::make_unique<FakeLogReader>(log_, kStream.topic);
    decoder_ = std::make_unique<debezium::RowChangeReader>(debezium::DecoderOptions{},
                                                           WantedColumns(settings_.spec));
    changelog_ = std::make_unique<Changelog>(
        settings_,
        ChangelogPorts{*reader_, *decoder_, *sink_, letters_, waiter_, clock_, observer_}, stats_);
    return changelog_->Begin();
  }
  /// Reads what is there and keeps it.
  Failure RunOnce() {
    Failure failure = Begin();
    if (failure.verdict.disposition == Disposition::kDone)
      failure = changelog_->Turn(std::chrono::milliseconds(0));
    if (failure.verdict.disposition == Disposition::kDone) failure = changelog_->Keep();
    return failure;
  }
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const ChangelogRow& row : store_.rows) {
      std::string text;
      for (const RowValue& value : row.values) text += (text.empty() ? "" : " ") + value.text;
      told.push_back(text);
    }
    return told;
  }
  uint64_t Count(ChangelogFate fate) const { return stats_.records[static_cast<size_t>(fate)]; }

  FakeClock clock_;
  FakeWaiter waiter_{clock_};
  FakeLog log_;
  FakeDeadLetters letters_;
  RecordingChangelogObserver observer_;
  FakeRowStore store_;
  bool own_sink_ = false;
  std::unique_ptr<RowSink> sink_;
  ChangelogSettings settings_;
  ChangelogStats stats_;
  std::unique_ptr<FakeLogReader> reader_;
  std::unique_ptr<debezium::RowChangeReader> decoder_;
  std::unique_ptr<Changelog> changelog_;
};

TEST_F(ChangelogRig, TellsOneRowForEachFieldOfEachChangeAlsoOfTablesWithoutAKey) {
  Create(1000, "VFIAX", 10);
  Add(Envelope(Row(1000, "VFIAX", 10), Row(1000, "VFIAX", 100), 'u'));
  Add(Envelope(Row(1000, "VFIAX", 100), "null", 'd'));
  log_.Append(kStream, R"({"holding_id":1000})", std::nullopt);  // its tombstone
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_THAT(Told(),
              ElementsAre("1000 stock  VFIAX c", "1000 quantity  10 c", "1000 quantity 10 100 u",
                          "1000 stock VFIAX  d", "1000 quantity 100  d"));
  EXPECT_EQ(store_.rows[2].id, "bank.bank.holding-0-1-quantity");
  EXPECT_EQ(Count(ChangelogFate::kTold), 3U);
  EXPECT_EQ(Count(ChangelogFate::kOther), 1U);
  EXPECT_EQ(stats_.rows, 5U);
}

TEST_F(ChangelogRig, PassesOverWhatIsNoChangeAndCountsIt) {
  Add(Envelope("null", Row(1, "A", 1), 'r'));
  Add(Envelope("null", "null", 't'));
  Add(Envelope(Row(1, "A", 1), Row(1, "A", 1), 'u'));
  Add(R"({"ts_ms":1764419480999})");
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_EQ(Count(ChangelogFate::kRead), 1U);
  EXPECT_EQ(Count(ChangelogFate::kTruncate), 1U);
  EXPECT_EQ(Count(ChangelogFate::kUntouched), 1U);
  EXPECT_EQ(Count(ChangelogFate::kOther), 1U);
  EXPECT_THAT(observer_.truncated, ElementsAre(kStream.topic));
}

TEST_F(ChangelogRig, GoesOnWhereTheSinkWasKept) {
  Create(1, "A", 1);
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  Create(2, "B", 2);
  // This run appends, and dies before it keeps.
  ASSERT_EQ(Begin().verdict.disposition, Disposition::kDone);
  ASSERT_EQ(changelog_->Turn(std::chrono::milliseconds(0)).verdict.disposition, Disposition::kDone);
  EXPECT_EQ(store_.rows.size(), 2U);
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_THAT(Told(),
              ElementsAre("1 stock  A c", "1 quantity  1 c", "2 stock  B c", "2 quantity  2 c"));
}

TEST_F(ChangelogRig, TellsOnceWhatOurSourceSendsAgain) {
  const auto header = [](int64_t commit, int64_t epoch) {
    return std::vector<Header>{
        {"sluice", "1;" + std::to_string(commit << kRankBits | 1) + ";" + std::to_string(epoch)}};
  };
  Add(Envelope("null", Row(1, "A", 1), 'c', 100), header(5, 1));
  Add(Envelope("null", Row(2, "B", 2), 'c', 100), header(5, 1));
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  // The source was killed and sends the transaction again, which goes on.
  Add(Envelope("null", Row(1, "A", 1), 'c', 100), header(5, 2));
  Add(Envelope("null", Row(2, "B", 2), 'c', 100), header(5, 2));
  Add(Envelope("null", Row(3, "C", 3), 'c', 100), header(5, 2));
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_EQ(store_.rows.size(), 6U);
  EXPECT_EQ(Count(ChangelogFate::kAgain), 2U);
  EXPECT_EQ(store_.rows[4].values[0].text, "3");
}

TEST_F(ChangelogRig, SourcesOfOneTopicAreToldAgainEachForItself) {
  const auto add = [this](int id, const char* source, int64_t commit, int64_t epoch) {
    std::string value = Envelope("null", Row(id, "A", 1), 'c', 100);
    value.replace(value.find("\"bank\""), 6, source);
    Add(value,
        {{"sluice", "1;" + std::to_string(commit << kRankBits | 1) + ";" + std::to_string(epoch)}});
  };
  for (int i = 0; i < 3; ++i) {
    add(i, "\"one\"", 5 + i, 1);
    add(i, "\"two\"", 900 + i, 2);
  }
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_EQ(store_.rows.size(), 12U);
  add(2, "\"one\"", 7, 3);  // started again
  add(3, "\"one\"", 8, 3);
  add(3, "\"two\"", 903, 2);
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_EQ(store_.rows.size(), 16U);
  EXPECT_EQ(Count(ChangelogFate::kAgain), 1U);
}

TEST_F(ChangelogRig, ARecordThatNoRowCanBeToldOfIsADeadLetterBeforeAnythingPassesIt) {
  Add("nonsense");
  Add(Envelope("null", Row(1, "A", 2), 'u'));  // no REPLICA IDENTITY FULL
  const std::string odd = Envelope("null", R"({"holding_id":1,"stok":"A","quantity":1})", 'c');
  Add(odd);
  Create(2, "B", 2);
  letters_.FailNext({Disposition::kReject, FailureReason::kRecordTooLarge, WriteResult::kCreated});
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_EQ(Told().size(), 2U);
  EXPECT_THAT(observer_.refused,
              ElementsAre("bad_json ", "missing_before ", "missing_column stock"));
  ASSERT_EQ(letters_.stored().size(), 3U);
  EXPECT_EQ(letters_.stored()[0].content, DeadLetter::Content::kReference);
  EXPECT_EQ(letters_.stored()[1].content, DeadLetter::Content::kOriginal);
  EXPECT_EQ(letters_.stored()[1].stage, "changelog");
  EXPECT_EQ(letters_.stored()[2].value, odd);
  EXPECT_EQ(stats_.refused[static_cast<size_t>(RejectReason::kMissingColumn)], 1U);
}

TEST_F(ChangelogRig, ADeadLetterThatIsNotAcknowledgedHoldsAndNothingPassesIt) {
  Add("nonsense");
  Create(2, "B", 2);
  letters_.HoldAcks(true);
  const Failure failure = RunOnce();
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_THAT(failure.detail, HasSubstr("offset 0"));
  EXPECT_EQ(store_.positions, "");
  letters_.HoldAcks(false);
  EXPECT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_EQ(Told().size(), 2U);
}

TEST_F(ChangelogRig, ATopicOfWhichNothingFitsHalts) {
  settings_.spec.fields = {"stok"};
  for (int i = 0; i < 1'100; ++i) Create(i, "A", i);
  settings_.read_most = 10'000;
  const Failure failure = RunOnce();
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kTooManyRejected);
  EXPECT_THAT(failure.detail, HasSubstr("column stok"));
}

TEST_F(ChangelogRig, ATopicThatWasMadeAnewOrHasLostRecordsHalts) {
  for (int i = 0; i < 3; ++i) Create(i, "A", i);
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  Create(4, "B", 1);
  Create(5, "B", 1);
  log_.TruncateBefore(kStream, Offset{4});
  Failure failure = Begin();
  EXPECT_EQ(failure.verdict.reason, FailureReason::kLogTruncated);
  EXPECT_THAT(failure.detail, HasSubstr("changelog.name"));
  log_.topic_id = "another";
  failure = Begin();
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kStreamGone);
}

/// Marks of transactions, as a source writes them that commits to Kafka in transactions: the
/// topic's retention removes them with the last record, and nothing is gone that was never read.
TEST_F(ChangelogRig, WhatIsNoRecordBehindTheLastOneIsPassedToo) {
  Create(1, "A", 1);
  log_.SkipOffsets(kStream, 2);
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  EXPECT_THAT(store_.positions, HasSubstr(" topic-id 3 "));
  log_.TruncateBefore(kStream, Offset{3});
  Create(2, "B", 2);
  const Failure failure = RunOnce();
  ASSERT_EQ(failure.verdict.disposition, Disposition::kDone) << failure.detail;
  EXPECT_EQ(Told().size(), 4U);
  log_.SkipOffsets(kStream, 2);
  ASSERT_EQ(RunOnce().verdict.disposition, Disposition::kDone);
  ASSERT_EQ(changelog_->Turn(std::chrono::milliseconds(0)).verdict.disposition, Disposition::kDone);
  EXPECT_EQ(stats_.lag, 0);
}

TEST_F(ChangelogRig, FindsTopicsAndPartitionsThatComeLater) {
  ASSERT_EQ(Begin().verdict.disposition, Disposition::kDone);
  reader_->HideTopic(true);
  changelog_ = std::make_unique<Changelog>(
      settings_, ChangelogPorts{*reader_, *decoder_, *sink_, letters_, waiter_, clock_, observer_},
      stats_);
  ASSERT_EQ(changelog_->Begin().verdict.disposition, Disposition::kDone);
  EXPECT_THAT(stats_.hold_reason, HasSubstr("no topic"));
  reader_->HideTopic(false);
  log_.GrowTopic(kStream.topic, 2);
  log_.Append({kStream.topic, 1}, std::nullopt, Envelope("null", Row(7, "G", 7), 'c'));
  clock_.AdvanceUs(settings_.list_every_us);
  ASSERT_EQ(changelog_->Turn(std::chrono::milliseconds(0)).verdict.disposition, Disposition::kDone);
  ASSERT_EQ(changelog_->Keep().verdict.disposition, Disposition::kDone);
  EXPECT_EQ(stats_.hold_reason, "");
  EXPECT_EQ(Told().size(), 2U);
  EXPECT_EQ(stats_.lag, 0);
}

TEST_F(ChangelogRig, BrokersThatAreAwayAreAHoldThatPassesByItself) {
  Create(1, "A", 1);
  ASSERT_EQ(Begin().verdict.disposition, Disposition::kDone);
  reader_->SetTrouble(
      Failure{{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated},
              "",
              "nobody answers"});
  ASSERT_EQ(changelog_->Turn(std::chrono::milliseconds(0)).verdict.disposition, Disposition::kDone);
  EXPECT_EQ(stats_.hold_reason, "nobody answers");
  reader_->SetTrouble(std::nullopt);
  ASSERT_EQ(changelog_->Turn(std::chrono::milliseconds(0)).verdict.disposition, Disposition::kDone);
  EXPECT_EQ(stats_.hold_reason, "");
}

/// Every failure a sink can have, at seeded moments, in front of real files.
class FailingSink : public RowSink {
 public:
  FailingSink(std::unique_ptr<RowSink> inner, std::mt19937& random)
      : inner_(std::move(inner)), random_(random) {}
  [[nodiscard]] Failure Load(std::string& positions) override { return inner_->Load(positions); }
  [[nodiscard]] Failure Append(const ChangelogRow& row) override {
    return Fails() ? Broken() : inner_->Append(row);
  }
  [[nodiscard]] Failure Keep(const std::string& positions) override {
    if (Fails()) return Broken();
    const Failure failure = inner_->Keep(positions);
    return Fails() ? Broken() : failure;  // kept, and nobody hears of it
  }
  [[nodiscard]] const RowSinkCounts& counts() const override { return inner_->counts(); }

 private:
  bool Fails() { return random_() % 12 == 0; }
  static Failure Broken() {
    return {{Disposition::kHold, FailureReason::kStorageFull, WriteResult::kCreated}, "", "full"};
  }
  std::unique_ptr<RowSink> inner_;
  std::mt19937& random_;
};

TEST_F(ChangelogRig, AFileHasEachRowOnceWhateverFails) {
  own_sink_ = true;
  settings_.spec.columns = {{"holding_id", RowPart::kColumn, "holding_id"},
                            {"field", RowPart::kField, {}}};
  settings_.read_most = 5;
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const ScratchFolder folder;
    log_ = FakeLog();
    log_.CreateTopic(kStream.topic, 1);
    constexpr int kChanges = 40;
    std::string wanted;
    for (int i = 0; i < kChanges; ++i) {
      Create(i, "A", i);
      wanted += std::to_string(i) + ",stock\n" + std::to_string(i) + ",quantity\n";
    }
    file::RowFileSettings files;
    files.directory = folder.path();
    files.name = "rows";
    files.columns = settings_.spec.columns;
    files.header = false;
    files.rotate_bytes = 64;
    bool done = false;
    for (int run = 0; run < 500 && !done; ++run) {
      sink_.reset();
      sink_ = std::make_unique<FailingSink>(std::make_unique<file::RowFile>(files, clock_), random);
      Failure failure = Begin();
      for (int turn = 0; turn < 3 && failure.verdict.disposition == Disposition::kDone; ++turn) {
        failure = changelog_->Turn(std::chrono::milliseconds(0));
        if (failure.verdict.disposition == Disposition::kDone) failure = changelog_->Keep();
      }
      done = failure.verdict.disposition == Disposition::kDone && stats_.lag <= 5 &&
             stats_.lag >= 0 &&
             changelog_->Turn(std::chrono::milliseconds(0)).verdict.disposition ==
                 Disposition::kDone &&
             stats_.lag == 0;
    }
    sink_.reset();
    EXPECT_TRUE(done);
    std::string found;
    for (const std::string& name : folder.Names("rows-")) found += folder.Read(name);
    EXPECT_EQ(found, wanted);
  }
}

}  // namespace
}  // namespace sluice::testing
