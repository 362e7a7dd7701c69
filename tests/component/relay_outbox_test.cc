// The events of an outbox, through the whole relay on fakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/operations/change_header.h"
#include "tests/component/relay_replay.h"
#include "tests/component/relay_rig.h"

namespace sluice::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Tables of two text columns are all the fake database has: `id` is the event's id, `v` the rest,
/// unless settings say otherwise.
class OutboxRig : public RelayRig {
 public:
  OutboxRig() {
    outbox.is_outbox = [](const Table& table) { return table.name == "t"; };
    outbox.route_column = outbox.key_column = outbox.payload_column = "v";
    outbox.stream_of = [](const std::string& route) { return "event." + route; };
  }
  /// "stream key=value" of each record written.
  [[nodiscard]] std::vector<std::string> Events() const {
    std::vector<std::string> texts;
    for (const PublishedRecord& record : publisher.log()) {
      texts.push_back(record.stream + " " + record.key.value_or("-") + "=" +
                      record.value.value_or("null"));
    }
    return texts;
  }
  [[nodiscard]] uint64_t Fate(OutboxFate fate) const {
    return last.tables.at(0).events[static_cast<size_t>(fate)];
  }
};

TEST(OutboxRelay, InsertsAreEventsAndNothingElseIs) {
  OutboxRig rig;
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Insert("2", "b")});
  rig.log.Commit({rig.log.Update("1", "1", "c"), rig.log.Delete("2"), rig.log.Truncate()});
  rig.Start();
  rig.RunFor(200);
  EXPECT_THAT(rig.Events(), ElementsAre("event.a a=a: a", "event.b b=b: b"));
  EXPECT_EQ(rig.publisher.log()[0].headers.at("id"), "1");
  EXPECT_EQ(rig.Fate(OutboxFate::kRouted), 2U);
  EXPECT_EQ(rig.Fate(OutboxFate::kUpdated), 1U);
  EXPECT_EQ(rig.Fate(OutboxFate::kDeleted), 2U);
  EXPECT_EQ(rig.source->flushed(), rig.log.end()) << "what is no event holds nothing up";
}

TEST(OutboxRelay, OtherTablesAreToldAsEver) {
  OutboxRig rig;
  rig.outbox.is_outbox = [](const Table& table) { return table.name == "u"; };
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Events(), ElementsAre("p.public.t 1=c - | id=1 v=a"));
}

TEST(OutboxRelay, EventsOfOneKeyHaveRisingVersionsWithinATransaction) {
  OutboxRig rig;
  rig.outbox.route_column = "id";
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Insert("2", "a"), rig.log.Insert("3", "b")});
  rig.Start();
  rig.RunFor(10);
  ASSERT_EQ(rig.publisher.log().size(), 3U);
  std::vector<int64_t> versions;
  for (const PublishedRecord& record : rig.publisher.log()) {
    versions.push_back(HeaderOf(record).version);
  }
  EXPECT_LT(versions[0], versions[1]) << "two rows, two topics, one key";
  EXPECT_EQ(versions[0], versions[2]) << "keys are counted apart";
}

TEST(OutboxRelay, RowsThatAreReadHaveTheVersionOfWhichTheLastRecordCounts) {
  const int64_t row = ReadVersion(Lsn{8'000}, 0, false);
  const int64_t event = ReadVersion(Lsn{8'000}, 0, true);
  EXPECT_TRUE(RankIsFull(event));
  EXPECT_LT(event, row) << "and below all that is committed from there on";
  EXPECT_GT(event, ChangeVersion(Lsn{8'000 - 16}, 0, kRankMost));
  EXPECT_GT(ReadVersion(Lsn{8}, 0, true), 0);
}

TEST(OutboxRelay, AnUpdateHaltsWhereThatIsWanted) {
  OutboxRig rig;
  rig.outbox.halts_on_update = true;
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Update("1", "1", "b")});
  rig.Start();
  rig.RunFor(10);
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->failure().verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(rig.relay->failure().detail, AllOf(HasSubstr("public.t"), HasSubstr("was changed"),
                                                 HasSubstr("outbox.table.op.invalid.behavior")));
  EXPECT_LT(rig.source->flushed(), rig.log.end());
}

TEST(OutboxRelay, ARekeyedRowIsAnEventAnewWhereDebeziumIsFollowed) {
  OutboxRig rig;
  rig.outbox.retells_rekeyed = [](const Table&) { return true; };
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Update("1", "2", "a")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Events(), ElementsAre("event.a a=a: a", "event.a a=a: a"));
  EXPECT_EQ(rig.publisher.log()[1].headers.at("id"), "2");
}

TEST(OutboxRelay, ANameThatNoTopicMayHaveHaltsAndNamesThePlace) {
  OutboxRig rig;
  rig.log.Commit({rig.log.Insert("1", "good")});
  rig.Start();
  rig.RunFor(10);
  rig.log.Commit({rig.log.Insert("2", "a/b"), rig.log.Insert("3", "good")});
  rig.RunFor(10);
  EXPECT_THAT(rig.Events(), ElementsAre("event.good good=good: good"));
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->failure().verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(rig.relay->failure().detail,
              AllOf(HasSubstr("outbox public.t, the row at 0/"), HasSubstr("v is \"a/b\""),
                    HasSubstr("event.a/b"), HasSubstr("outbox.route.unroutable")));
  EXPECT_LT(rig.source->flushed(), rig.log.end());
}

TEST(OutboxRelay, WhatHasNoTopicIsToldAsARowWhereThatIsWanted) {
  OutboxRig rig;
  rig.outbox.halts_on_unroutable = false;
  rig.outbox.reserved = {"event.mine"};
  rig.log.Commit(
      {rig.log.Insert("1", "a/b"), rig.log.Insert("2", "mine"), rig.log.Insert("3", "c")});
  rig.Start();
  rig.RunFor(200);
  EXPECT_THAT(rig.Events(), ElementsAre("p.public.t 1=c - | id=1 v=a/b",
                                        "p.public.t 2=c - | id=2 v=mine", "event.c c=c: c"));
  EXPECT_FALSE(rig.publisher.log()[0].headers.contains("id"));
  EXPECT_EQ(rig.Fate(OutboxFate::kUnroutable), 2U);
  EXPECT_EQ(rig.Fate(OutboxFate::kRouted), 1U);
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(OutboxRelay, AColumnThatIsMissingHaltsWhateverTheSettingsMakeOfSingleRows) {
  OutboxRig rig;
  rig.outbox.halts_on_unroutable = false;
  rig.outbox.payload_column = "gone";
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Events(), IsEmpty());
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_THAT(rig.relay->failure().detail, HasSubstr("has no column gone"));
}

TEST(OutboxRelay, AnEmptyPayloadIsATombstoneWhereThatIsWanted) {
  OutboxRig rig;
  rig.outbox.route_column = rig.outbox.key_column = "id";
  rig.log.Commit({rig.log.Insert("1", " ")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Events(), ElementsAre("event.1 1=1:  "));
  OutboxRig other;
  other.outbox.route_column = other.outbox.key_column = "id";
  other.outbox.tombstones_on_empty = true;
  other.log.Commit({other.log.Insert("1", " "), other.log.Insert("2", "x")});
  other.Start();
  other.RunFor(200);
  EXPECT_THAT(other.Events(), ElementsAre("event.1 1=null", "event.2 2=2: x"));
  EXPECT_EQ(other.Fate(OutboxFate::kTombstone), 1U);
}

TEST(OutboxRelay, CountsPayloadsThatAreNoJson) {
  OutboxRig rig;
  rig.outbox.route_column = "id";
  rig.outbox.shape.expands = true;
  rig.log.Commit({rig.log.Insert("1", "{}"), rig.log.Insert("2", "x")});
  rig.Start();
  rig.RunFor(200);
  EXPECT_EQ(rig.Fate(OutboxFate::kRouted), 1U);
  EXPECT_EQ(rig.Fate(OutboxFate::kAsText), 1U);
}

TEST(OutboxRelay, FurtherColumnsAreHeadersFieldsAndTimes) {
  OutboxRig rig;
  using Placement = OutboxSettings::Placement;
  rig.outbox.extras = {{"id", Placement::kHeader, "number"}, {"id", Placement::kEnvelope, "n"}};
  rig.log.Commit({rig.log.Insert("7", "a")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Events(), ElementsAre("event.a a=a: a n=7"));
  EXPECT_EQ(rig.publisher.log()[0].headers.at("number"), "7");
  EXPECT_FALSE(rig.publisher.log()[0].timestamp_ms);
  EXPECT_FALSE(rig.publisher.log()[0].partition);
}

/// The fake's columns are texts, which PlanOutbox() takes for neither.
class TypedOutboxRig : public OutboxRig {
 public:
  explicit TypedOutboxRig(ColumnType type) {
    typed_ = log.table();
    typed_.number = 5;
    typed_.columns[0].type = type;
  }
  StoredChange Insert(const std::string& id, const std::string& value) {
    StoredChange change = log.Insert(id, value);
    change.table = &typed_;
    return change;
  }

 private:
  Table typed_;
};

TEST(OutboxRelay, AColumnMaySayWhichPartition) {
  TypedOutboxRig rig(ColumnType::kInt32);
  rig.outbox.halts_on_unroutable = false;
  rig.outbox.extras = {{"id", OutboxSettings::Placement::kPartition, "id"}};
  rig.publisher.SetPartitions(3);
  rig.log.Commit({rig.Insert("2", "a"), rig.Insert("3", "a"), rig.Insert("-1", "a")});
  rig.Start();
  rig.RunFor(200);
  EXPECT_THAT(rig.Events(), ElementsAre("event.a a=a: a", "p.public.t 3=c - | id=3 v=a",
                                        "p.public.t -1=c - | id=-1 v=a"));
  EXPECT_EQ(rig.publisher.log()[0].partition, 2U);
  rig.publisher.SetPartitions(4);
  rig.log.Commit({rig.Insert("3", "a")});
  rig.RunFor(200);
  EXPECT_EQ(rig.publisher.log().back().partition, 3U) << "partitions that were added are found";
}

TEST(OutboxRelay, AColumnMaySayWhen) {
  TypedOutboxRig rig(ColumnType::kTimestamp);
  rig.outbox.halts_on_unroutable = false;
  rig.outbox.timestamp_column = "id";
  rig.log.Commit(
      {rig.Insert("1790000000000", "a"), rig.Insert("-5", "a"), rig.Insert("infinity", "a")});
  rig.Start();
  rig.RunFor(200);
  EXPECT_EQ(rig.publisher.log().at(0).timestamp_ms, 1790000000000);
  EXPECT_EQ(rig.Fate(OutboxFate::kUnroutable), 2U);
}

TEST(OutboxRelay, ATableNeverWritesWhereEventsGo) {
  OutboxRig rig;
  Table other = rig.log.table();
  other.number = 1;
  other.id = 77;
  other.name = "u";
  StoredChange late = rig.log.Insert("2", "b");
  late.table = &other;
  rig.outbox.stream_of = [](const std::string&) { return std::string("p.public.u"); };
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.Start();
  rig.RunFor(10);
  rig.log.Commit({late});
  rig.RunFor(10);
  EXPECT_THAT(rig.Events(), ElementsAre("p.public.u a=a: a"));
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_THAT(rig.relay->failure().detail,
              AllOf(HasSubstr("\"public\".\"u\""), HasSubstr("takes events of an outbox")));
}

TEST(OutboxRelay, TransactionsCountWhatIsNoEventToo) {
  OutboxRig rig;
  rig.settings.transaction_stream = "p.transaction";
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Delete("1")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(), ElementsAre("700=BEGIN 700", "a=a: a", "700=END 700 t:2"));
}

}  // namespace
}  // namespace sluice::testing
