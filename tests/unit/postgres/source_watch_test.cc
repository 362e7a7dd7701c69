#include "adapters/postgres/source_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::postgres {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using WalStatus = SourceWatch::WalStatus;

class Watching : public ::testing::Test {
 protected:
  Watching() : filter_(*TableFilter::Make({})) {
    settings_.name = "p";
    facts_.slot = SlotState();
    facts_.slot->name = slot_;
    facts_.slot->plugin = "pgoutput";
    facts_.slot->database = "shop";
    facts_.slot->active = true;
    facts_.slot->wal_status = "reserved";
    facts_.slot->restart = Lsn{1'000};
    facts_.log_end = Lsn{1'000 + (3 << 20)};
    facts_.coverage.publication = PublicationState{"p", false, false, true, true, true, true};
    facts_.coverage.publication_id = 50;
    Add(1, "users");
    Add(2, "orders");
  }

  void Add(uint32_t id, const std::string& name) {
    CatalogueTable& table = facts_.tables.emplace_back();
    table.id = id;
    table.root = id;
    table.schema = "public";
    table.name = name;
    table.primary_key = {1};
    facts_.coverage.entries[id] = {100 + id};
  }
  void TakeOut(uint32_t id) {
    facts_.coverage.uncovered.insert(id);
    facts_.coverage.entries.erase(id);
  }
  WatchVerdict Look() { return JudgeWatch(facts_, {slot_, settings_, filter_}, memory_); }
  [[nodiscard]] static bool Halts(const WatchVerdict& verdict) {
    return verdict.failure.verdict.disposition == Disposition::kHalt;
  }
  [[nodiscard]] static std::string TextOf(const WatchVerdict& verdict) {
    std::string text;
    for (const Finding& finding : verdict.findings) text += finding.what + "; " + finding.cure;
    return text;
  }

  const std::string slot_ = "s";
  PublicationSettings settings_;
  TableFilter filter_;
  WatchFacts facts_;
  WatchMemory memory_;
};

TEST_F(Watching, FindsNothingWhereAllIsWell) {
  for (int look = 0; look < 3; ++look) {
    const WatchVerdict verdict = Look();
    EXPECT_FALSE(Halts(verdict));
    EXPECT_TRUE(verdict.findings.empty()) << TextOf(verdict);
    EXPECT_EQ(verdict.watch.wal_status, WalStatus::kReserved);
    EXPECT_EQ(verdict.watch.retained_wal_bytes, 3 << 20);
    EXPECT_EQ(verdict.watch.tables_captured, 2U);
    EXPECT_EQ(verdict.watch.tables_published, 2U);
    EXPECT_EQ(verdict.watch.danger, "");
  }
}

TEST_F(Watching, AnUnreservedSlotIsDangerAndALostOneHalts) {
  facts_.slot->wal_status = "unreserved";
  facts_.slot->safe_wal_size = -5;
  WatchVerdict verdict = Look();
  EXPECT_FALSE(Halts(verdict));
  EXPECT_EQ(verdict.watch.safe_wal_bytes, -5);
  EXPECT_THAT(verdict.watch.danger,
              AllOf(HasSubstr("3 MiB"), HasSubstr("ALTER SYSTEM SET max_slot_wal_keep_size")));
  facts_.slot->wal_status = "lost";
  verdict = Look();
  EXPECT_TRUE(Halts(verdict));
  EXPECT_EQ(verdict.failure.verdict.reason, FailureReason::kSlotLost);
  facts_.slot->wal_status = "reserved";
  facts_.slot->invalidation = "rows_removed";
  verdict = Look();
  EXPECT_TRUE(Halts(verdict));
  EXPECT_EQ(verdict.watch.wal_status, WalStatus::kLost);
}

TEST_F(Watching, ASlotThatIsGoneIsLeftToTheStream) {
  facts_.slot.reset();
  EXPECT_FALSE(Halts(Look()));
  EXPECT_EQ(Look().watch.wal_status, WalStatus::kUnknown);
}

TEST_F(Watching, ATableThatWasTakenOutHalts) {
  EXPECT_FALSE(Halts(Look()));
  TakeOut(2);
  const WatchVerdict verdict = Look();
  EXPECT_TRUE(Halts(verdict));
  EXPECT_EQ(verdict.failure.verdict.reason, FailureReason::kPublicationMissing);
  EXPECT_THAT(verdict.failure.detail,
              HasSubstr("ALTER PUBLICATION \"p\" ADD TABLE \"public\".\"orders\""));
  EXPECT_EQ(verdict.watch.tables_published, 1U);
}

TEST_F(Watching, ATableThatWasTakenOutAndPutBackHalts) {
  EXPECT_FALSE(Halts(Look()));
  facts_.coverage.entries[2] = {900};
  EXPECT_TRUE(Halts(Look()));
  EXPECT_TRUE(Halts(Look())) << "whoever looks later has to know it too";
  EXPECT_EQ(memory_.tables.at("public.orders").had->entries, (std::set<uint32_t>{102}));
  EXPECT_EQ(memory_.tables.at("public.users").had->entries, (std::set<uint32_t>{101}));
}

TEST_F(Watching, OneMoreEntryIsNoGap) {
  EXPECT_FALSE(Halts(Look()));
  facts_.coverage.entries[2] = {102, 900};  // of a table above it
  EXPECT_FALSE(Halts(Look()));
  facts_.coverage.entries.erase(2);  // from now on by its schema
  EXPECT_FALSE(Halts(Look()));
}

TEST_F(Watching, AGapBetweenTheStartAndTheFirstLookHalts) {
  memory_.tables = {{"public.users", {1, {{50, {101}}}}}, {"public.orders", {2, {{50, {900}}}}}};
  const WatchVerdict verdict = Look();
  EXPECT_TRUE(Halts(verdict));
  EXPECT_THAT(verdict.failure.detail,
              AllOf(HasSubstr("\"public\".\"orders\""), Not(HasSubstr("users")),
                    HasSubstr("sluice capture accept public.orders -c"),
                    HasSubstr("verify --repair"), Not(HasSubstr("ALTER PUBLICATION"))));
}

TEST_F(Watching, APublicationThatWasMadeAnewHalts) {
  facts_.coverage.publication->all_tables = true;
  facts_.coverage.entries.clear();
  EXPECT_FALSE(Halts(Look()));
  facts_.coverage.publication_id = 51;
  EXPECT_TRUE(Halts(Look()));
}

TEST_F(Watching, ADroppedPublicationHalts) {
  EXPECT_FALSE(Halts(Look()));
  facts_.coverage.publication.reset();
  facts_.coverage.publication_id = 0;
  TakeOut(1);
  TakeOut(2);
  const WatchVerdict verdict = Look();
  EXPECT_TRUE(Halts(verdict));
  EXPECT_THAT(verdict.failure.detail, AllOf(HasSubstr("was dropped"), HasSubstr("slot.name")));
}

TEST_F(Watching, AnOperationThatIsPublishedNoMoreHalts) {
  EXPECT_FALSE(Halts(Look()));
  facts_.coverage.publication->deletes = false;
  const WatchVerdict verdict = Look();
  EXPECT_TRUE(Halts(verdict));
  EXPECT_THAT(verdict.failure.detail, HasSubstr("SET (publish"));
}

TEST_F(Watching, ANewTableIsToldOfAndADroppedOneForgotten) {
  EXPECT_FALSE(Halts(Look()));
  Add(3, "later");
  TakeOut(3);
  WatchVerdict verdict = Look();
  EXPECT_FALSE(Halts(verdict));
  EXPECT_THAT(TextOf(verdict),
              AllOf(HasSubstr("is new"), HasSubstr("ADD TABLE \"public\".\"later\"")));
  EXPECT_FALSE(memory_.tables.contains("public.later"));
  facts_.coverage.uncovered.clear();
  facts_.coverage.entries[3] = {103};
  verdict = Look();
  EXPECT_FALSE(Halts(verdict));
  EXPECT_THAT(TextOf(verdict), HasSubstr("public.later is captured from now on"));
  EXPECT_TRUE(memory_.tables.contains("public.later"));
  EXPECT_TRUE(Look().findings.empty()) << "told once";
  facts_.tables.erase(facts_.tables.begin());  // dropped, or not captured any more
  facts_.coverage.entries.erase(1);
  verdict = Look();
  EXPECT_FALSE(Halts(verdict));
  EXPECT_EQ(verdict.watch.tables_captured, 2U);
}

TEST_F(Watching, AnotherTableUnderTheNameOfACapturedOneHalts) {
  EXPECT_FALSE(Halts(Look()));
  facts_.tables[0].id = 9;  // dropped and created anew
  TakeOut(9);
  const WatchVerdict verdict = Look();
  EXPECT_TRUE(Halts(verdict));
  EXPECT_THAT(verdict.failure.detail,
              AllOf(HasSubstr("\"public\".\"users\""), HasSubstr("dropped and created anew"),
                    HasSubstr("ADD TABLE"), HasSubstr("verify --repair"), HasSubstr("slot.name")));
  EXPECT_THAT(TextOf(verdict), Not(HasSubstr("is new")));
}

TEST_F(Watching, OneThatIsPublishedByItselfHaltsTooAndARecordedOneAtTheFirstLook) {
  memory_.tables = {{"public.users", {8, {}}}, {"public.orders", {2, {}}}};
  EXPECT_TRUE(Halts(Look())) << "all tables are published, and the former one's rows stay";
  memory_ = {};
  memory_.tables = {{"public.users", {1, {}}}, {"public.orders", {2, {}}}};
  EXPECT_FALSE(Halts(Look()));
}

TEST_F(Watching, ADroppedTableIsToldOfOnceAndItsNameStaysKnown) {
  EXPECT_FALSE(Halts(Look()));
  const CatalogueTable users = facts_.tables.front();
  facts_.tables.erase(facts_.tables.begin());
  facts_.coverage.entries.erase(1);
  const WatchVerdict verdict = Look();
  EXPECT_FALSE(Halts(verdict));
  EXPECT_THAT(TextOf(verdict), AllOf(HasSubstr("public.users is there no more"),
                                     HasSubstr("its topic and its documents stay")));
  EXPECT_TRUE(Look().findings.empty()) << "told once";
  facts_.tables.push_back(users);
  facts_.tables.back().id = 9;
  facts_.coverage.entries[9] = {109};
  EXPECT_TRUE(Halts(Look())) << "created anew looks later";
}

TEST_F(Watching, ARenamedTableIsToldOf) {
  EXPECT_FALSE(Halts(Look()));
  facts_.tables[0].name = "people";
  const WatchVerdict verdict = Look();
  EXPECT_FALSE(Halts(verdict));
  EXPECT_THAT(TextOf(verdict), HasSubstr("public.users was renamed to public.people"));
}

TEST_F(Watching, ARenamedTableIsStillTheOneThatWasTakenOut) {
  EXPECT_FALSE(Halts(Look()));
  facts_.tables[0].name = "people";
  TakeOut(1);
  for (int look = 0; look < 2; ++look) {
    const WatchVerdict verdict = Look();
    EXPECT_TRUE(Halts(verdict));
    EXPECT_THAT(verdict.failure.detail, HasSubstr("ADD TABLE \"public\".\"people\""));
  }
}

TEST_F(Watching, AnIdleSlotIsToldOfWhenItStaysSo) {
  facts_.idle_slots = {{"forgotten", 1 << 30}};
  EXPECT_TRUE(Look().findings.empty()) << "its reader may just be coming back";
  const WatchVerdict verdict = Look();
  EXPECT_EQ(verdict.watch.idle_slots, 1U);
  EXPECT_THAT(TextOf(verdict), HasSubstr("pg_drop_replication_slot('forgotten')"));
  facts_.idle_slots.clear();
  EXPECT_TRUE(Look().findings.empty());
}

TEST_F(Watching, IdentitiesAreJudgedToo) {
  facts_.tables[0].toastable = true;
  facts_.tables[1].identity = 'n';
  EXPECT_THAT(TextOf(Look()),
              AllOf(HasSubstr("can hold large values"), HasSubstr("REPLICA IDENTITY NOTHING")));
}

TEST_F(Watching, ALeafThatDoesNotLogItsTablesKeyIsToldOf) {
  CatalogueTable& root = facts_.tables[0];
  for (const char* name : {"id", "email"}) {
    CatalogueColumn& column = root.columns.emplace_back();
    column.number = static_cast<int32_t>(root.columns.size());
    column.name = name;
  }
  root.partitioned = true;
  CatalogueTable leaf = root;
  leaf.id = 7;
  leaf.name = "users_1";
  leaf.partitioned = false;
  facts_.leaves = {leaf};
  EXPECT_TRUE(Look().findings.empty());
  facts_.leaves[0].identity = 'i';
  facts_.leaves[0].identity_index = {2};
  const WatchVerdict verdict = Look();
  EXPECT_FALSE(Halts(verdict)) << "the first change that does not tell its key does";
  EXPECT_THAT(TextOf(verdict), HasSubstr("\"public\".\"users_1\" REPLICA IDENTITY FULL"));
}

}  // namespace
}  // namespace sluice::postgres
