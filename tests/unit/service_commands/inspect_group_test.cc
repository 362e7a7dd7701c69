// `sluice inspect` as a member of a group: what it counts, and what it commits when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "service/inspect/group_reader.h"
#include "service/inspect/record_teller.h"
#include "service/inspect/seen_values.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_record_source.h"

namespace sluice::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PlannerSettings TickPlanner() {
  PlannerSettings settings;
  settings.decoder.document_topics = "tick";
  return settings;
}

OwnedRecord Tick(const std::string& symbol, std::optional<std::string> value = std::nullopt) {
  OwnedRecord record;
  record.stream = {"tick", 0};
  record.key = symbol;
  record.value = value ? *value : R"({"symbol":")" + symbol + R"(","price":1.50})";
  return record;
}

std::string Seen(const std::string& what, const std::vector<OwnedRecord>& records,
                 const PlannerSettings& planner = TickPlanner()) {
  SeenValues seen(what);
  WritePlanner plans(planner);
  for (const OwnedRecord& record : records) seen.Note(record, plans.Inspect(record));
  return seen.RenderText();
}

TEST(SeenValues, CountsAFieldOfTheDocumentOrTheKey) {
  const std::vector<OwnedRecord> ticks = {Tick("SAP"), Tick("IBM"), Tick("SAP")};
  EXPECT_EQ(Seen("symbol", ticks), "symbols seen by this consumer: IBM 1, SAP 2");
  EXPECT_EQ(Seen("key", ticks), "keys seen by this consumer: IBM 1, SAP 2");
  EXPECT_EQ(Seen("price", ticks), "prices seen by this consumer: 1.50 3");
  EXPECT_EQ(Seen("symbol", {}), "symbols seen by this consumer: none");
}

TEST(SeenValues, ReadsTheValueItselfWhereNothingWouldBeWritten) {
  EXPECT_EQ(Seen("symbol", {Tick("SAP")}, PlannerSettings()),
            "symbols seen by this consumer: SAP 1");
}

TEST(SeenValues, ADotNamesAFieldThatIsCalledKey) {
  EXPECT_EQ(Seen(".key", {Tick("SAP", R"({"key":"\u0041"})")}), "keys seen by this consumer: A 1");
}

TEST(SeenValues, CountsRecordsWithoutTheField) {
  EXPECT_EQ(Seen("symbol", {Tick("SAP"), Tick("X", R"({"other":1})"), Tick("Y", "no JSON")}),
            "symbols seen by this consumer: SAP 1; without one 2");
}

TEST(SeenValues, KeepsAThousandValues) {
  SeenValues seen("key");
  WritePlanner plans(TickPlanner());
  for (int i = 0; i < 1'003; ++i) {
    const OwnedRecord record = Tick("s" + std::to_string(i));
    EXPECT_EQ(seen.Note(record, plans.Inspect(record)), i < 1'000);
  }
  EXPECT_THAT(seen.RenderText(), ::testing::EndsWith(", others 3"));
  EXPECT_THAT(seen.RenderJson(), HasSubstr(R"("others":3,"without":0)"));
}

TEST(RecordTeller, TellsWhatWasSeenWhenThereIsSomethingNew) {
  std::ostringstream out;
  RecordTeller teller({TickPlanner(), true, "symbol"}, out);
  teller.TellSeen();
  EXPECT_EQ(out.str(), "") << "nothing came by";
  teller.Tell(Tick("SAP"));
  teller.TellNewlySeen();
  EXPECT_THAT(out.str(), HasSubstr(R"({"schema":"sluice.inspect.seen/1","of":"symbol",)"
                                   R"("values":{"SAP":1},"others":0,"without":0})"));
  out.str("");
  teller.TellNewlySeen();
  teller.TellSeen();
  EXPECT_EQ(out.str(), "");
  teller.Tell(Tick("SAP"));
  out.str("");
  teller.TellNewlySeen();
  EXPECT_EQ(out.str(), "") << "no other value";
  teller.TellSeen();
  EXPECT_THAT(out.str(), HasSubstr(R"("SAP":2)"));
}

class GroupReaderTest : public ::testing::Test {
 protected:
  GroupReaderTest() { log_.CreateTopic("tick", 2); }
  void Append(int32_t partition, const std::string& value) {
    log_.Append({"tick", partition}, "k", value);
  }
  void Turn() {
    for (int i = 0; i < 5; ++i) reader_.Turn();
  }
  [[nodiscard]] int64_t Committed(int32_t partition) const {
    const auto position = log_.Committed({"tick", partition});
    return position ? position->next.value : -1;
  }

  testing::FakeLog log_;
  testing::FakeClock clock_;
  testing::FakeRecordSource source_{log_};
  std::vector<std::string> taken_;
  size_t wanted_ = SIZE_MAX;
  std::ostringstream err_;
  GroupReader reader_{source_, clock_,
                      [this](const OwnedRecord& record) {
                        taken_.push_back(*record.value);
                        return taken_.size() < wanted_;
                      },
                      err_};
};

TEST_F(GroupReaderTest, TakesWhatItIsGivenAndCommitsItEachSecond) {
  Append(0, "a");
  Append(1, "b");
  source_.AssignTopic("tick");
  Turn();
  EXPECT_THAT(taken_, ElementsAre("a", "b"));
  EXPECT_THAT(err_.str(), HasSubstr("reads tick 0, tick 1\n"));
  EXPECT_EQ(Committed(0), -1);
  clock_.AdvanceMs(1'000);
  Turn();
  EXPECT_EQ(Committed(0), 1);
  EXPECT_EQ(Committed(1), 1);
}

TEST_F(GroupReaderTest, TellsItsPartitionsInTheirOrder) {
  source_.Assign({{"tick", 1}});
  Turn();
  source_.Assign({{"tick", 0}});
  Turn();
  EXPECT_THAT(err_.str(), ::testing::EndsWith("reads tick 0, tick 1\n"));
}

TEST_F(GroupReaderTest, CommitsBeforeItGivesPartitionsUp) {
  Append(0, "a");
  source_.AssignTopic("tick");
  Turn();
  source_.Revoke({{"tick", 0}});
  source_.HoldCommits(true);
  Turn();
  EXPECT_TRUE(source_.revoke_pending()) << "the commit was not answered yet";
  source_.HoldCommits(false);
  Turn();
  EXPECT_FALSE(source_.revoke_pending());
  EXPECT_EQ(Committed(0), 1);
  EXPECT_THAT(err_.str(), ::testing::EndsWith("reads tick 1\n"));
}

TEST_F(GroupReaderTest, CommitsNothingOfWhatIsLost) {
  Append(0, "a");
  source_.AssignTopic("tick");
  Turn();
  source_.LoseAll();
  Turn();
  EXPECT_EQ(Committed(0), -1);
  source_.AssignTopic("tick");
  Turn();
  EXPECT_THAT(taken_, ElementsAre("a", "a")) << "the next owner prints it again";
}

TEST_F(GroupReaderTest, ARefusedCommitIsCarriedByTheNext) {
  Append(0, "a");
  source_.AssignTopic("tick");
  Turn();
  Failure failure;
  failure.verdict = {Disposition::kRetry, FailureReason::kBrokerUnreachable, {}};
  source_.FailNextCommit(failure);
  clock_.AdvanceMs(1'000);
  Turn();
  EXPECT_EQ(Committed(0), -1);
  clock_.AdvanceMs(1'000);
  Turn();
  EXPECT_EQ(Committed(0), 1);
}

TEST_F(GroupReaderTest, StopsAfterSoManyRecordsAndCommitsThoseAlone) {
  wanted_ = 2;
  for (const char* value : {"a", "b", "c"}) Append(0, value);
  source_.AssignTopic("tick");
  Turn();
  EXPECT_FALSE(reader_.wants_more());
  EXPECT_THAT(taken_, ElementsAre("a", "b"));
  reader_.Stop();
  Turn();
  Turn();
  EXPECT_TRUE(reader_.closed());
  EXPECT_EQ(Committed(0), 2);
}

TEST_F(GroupReaderTest, AHaltEndsItAndWhatPassesIsTold) {
  Failure failure;
  failure.verdict = {Disposition::kHold, FailureReason::kBrokerUnreachable, {}};
  failure.detail = "no broker answers";
  source_.Fault(failure);
  Turn();
  EXPECT_TRUE(reader_.wants_more());
  EXPECT_THAT(err_.str(), HasSubstr("no broker answers"));
  failure.verdict = {Disposition::kHalt, FailureReason::kGroupTaken, {}};
  source_.Fault(failure);
  Turn();
  EXPECT_FALSE(reader_.wants_more());
  ASSERT_TRUE(reader_.failure());
  EXPECT_EQ(reader_.failure()->verdict.reason, FailureReason::kGroupTaken);
  EXPECT_THAT(taken_, IsEmpty());
}

}  // namespace
}  // namespace sluice::inspect
