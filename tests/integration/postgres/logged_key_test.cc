#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kDefaultRoot =
    "CREATE TABLE p (id int PRIMARY KEY, email text NOT NULL, v int) PARTITION BY RANGE (id);"
    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);"
    "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);"
    "CREATE UNIQUE INDEX p1_email ON p1 (email);"
    "ALTER TABLE p1 REPLICA IDENTITY USING INDEX p1_email;"
    "INSERT INTO p VALUES (1, 'a', 0), (2, 'b', 0), (101, 'c', 0), (102, 'd', 0)";
/// The key that is asked for may be null, so that its absence looks like a value.
constexpr const char* kFullRoot =
    "CREATE TABLE p (id int PRIMARY KEY, code text, v int) PARTITION BY RANGE (id);"
    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);"
    "ALTER TABLE p REPLICA IDENTITY FULL; ALTER TABLE p1 REPLICA IDENTITY FULL;"
    "INSERT INTO p VALUES (1, 'a', 0), (2, 'b', 0)";
constexpr const char* kNewLeaf =
    "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);"
    "INSERT INTO p VALUES (101, 'c', 0), (102, 'd', 0)";

/// A stream over a database of its own, which tells leaves as their topmost table.
class Told {
 public:
  explicit Told(const std::string& setup, const std::string& asked = "") {
    database_.Run(setup);
    filter_.message_key_columns = asked;
    publication_.via_partition_root = true;
    reader_ = std::make_unique<Reader>(database_, filter_, publication_);
  }

  Reader& reader() { return *reader_; }
  /// The stream goes on behind these changes, and has told so many rows.
  void Passes(const std::string& sql, size_t rows) {
    if (!created_) reader_->Create();
    created_ = true;
    database_.Run(sql);
    EXPECT_EQ(reader_->ReadRows(1).size(), rows) << sql;
  }
  /// What it halts with.
  std::string Halt(const std::string& sql) {
    if (!created_) reader_->Create();
    created_ = true;
    database_.Run(sql);
    const auto& failure = reader_->stream().failure();
    EXPECT_TRUE(reader_->TurnUntil([&] {
      return failure.verdict.disposition != Disposition::kDone;
    })) << sql;
    EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
    return failure.detail;
  }

 private:
  Database database_;
  postgres::FilterSettings filter_;
  postgres::PublicationSettings publication_;
  std::unique_ptr<Reader> reader_;
  bool created_ = false;
};

const auto kOfLeaf = AllOf(HasSubstr("\"public\".\"p1\" lacks id"), HasSubstr("slot.name"));
const auto kOfNewLeaf = AllOf(HasSubstr("\"public\".\"p2\" lacks code"), HasSubstr("(code)"));

TEST(LoggedKey, ALeafOfAnotherReplicaIdentityIsNotDeletedFromInSilence) {
  EXPECT_THAT(Told(kDefaultRoot).Halt("DELETE FROM p WHERE id = 1"), kOfLeaf);
}

TEST(LoggedKey, NorAreKeysChangedThereThatTheLogDoesNotHold) {
  // An update without an old row, as each one that does not touch the leaf's own index.
  EXPECT_THAT(Told(kDefaultRoot).Halt("UPDATE p SET id = 50 WHERE id = 1"), kOfLeaf);
  EXPECT_THAT(Told(kDefaultRoot).Halt("UPDATE p SET email = 'x' WHERE id = 1"), kOfLeaf);
}

TEST(LoggedKey, InsertsPassAndAnIdentityThatIsMendedInTimeHeals) {
  Told told(kDefaultRoot);
  told.Passes("DELETE FROM p WHERE id = 101", 1);
  told.Passes("INSERT INTO p VALUES (3, 'e', 0)", 1);
  told.Passes("ALTER TABLE p1 REPLICA IDENTITY DEFAULT; INSERT INTO p VALUES (4, 'f', 0)", 1);
  told.Passes("UPDATE p SET id = 50 WHERE id = 1; DELETE FROM p WHERE id = 2", 2);
}

TEST(LoggedKey, AskedKeysHaltWhereTheIdentityStopsToHoldThem) {
  const std::string setup =
      "CREATE TABLE t (id int PRIMARY KEY, code text NOT NULL, v int);"
      "ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0)";
  const std::string alter = "ALTER TABLE t REPLICA IDENTITY DEFAULT;";
  const auto wanted = AllOf(HasSubstr("\"public\".\"t\" lacks code"), HasSubstr("slot.name"));
  for (const char* change : {"UPDATE t SET code = 'x' WHERE id = 1", "DELETE FROM t WHERE id = 1",
                             "UPDATE t SET id = 7 WHERE id = 1"}) {
    Told told(setup, "public.t:code");
    told.Passes("UPDATE t SET v = 1 WHERE id = 2", 1);
    told.Passes(alter + "INSERT INTO t VALUES (3, 'c', 0)", 1);
    EXPECT_THAT(told.Halt(change), wanted);
  }
  Told told(setup, "public.t:code");
  told.Passes(alter +
                  "INSERT INTO t VALUES (3, 'c', 0);"
                  "ALTER TABLE t REPLICA IDENTITY FULL; UPDATE t SET code = 'x' WHERE id = 1",
              2);
}

TEST(LoggedKey, ALeafThatComesWithoutTheAskedKeyHalts) {
  for (const char* change :
       {"UPDATE p SET code = 'x' WHERE id = 101", "DELETE FROM p WHERE id = 101",
        "UPDATE p SET id = 107 WHERE id = 101"}) {
    Told told(kFullRoot, "public.p:code");
    told.Passes("UPDATE p SET v = 1 WHERE id = 2", 1);
    told.Passes(kNewLeaf, 2);
    EXPECT_THAT(told.Halt(change), kOfNewLeaf);
  }
}

TEST(LoggedKey, WhoeverBeginsBehindItsComingHaltsToo) {
  Told told(std::string(kFullRoot) + ";" + kNewLeaf, "public.p:code");
  told.Passes("UPDATE p SET code = 'x' WHERE id = 1", 1);
  EXPECT_THAT(told.Halt("UPDATE p SET v = 1 WHERE id = 102"), kOfNewLeaf);
}

TEST(LoggedKey, ALeafThatIsGoneByThenHaltsToo) {
  Told told(kFullRoot, "public.p:code");
  EXPECT_THAT(told.Halt(std::string(kNewLeaf) + "; DELETE FROM p WHERE id = 101; DROP TABLE p2"),
              kOfNewLeaf);
}

TEST(LoggedKey, ARootThatDoesNotMarkTheAskedKeyHaltsWhateverItsLeavesHold) {
  Told told(std::string(kFullRoot) + "; ALTER TABLE p REPLICA IDENTITY DEFAULT", "public.p:code");
  EXPECT_THAT(told.Halt("DELETE FROM p WHERE id = 1"), HasSubstr("\"public\".\"p\" lacks code"));
}

TEST(LoggedKey, WhatHoldsTheKeyInAnyWayPasses) {
  // Leaves hold the key, not the whole row that their table is told to.
  Told full(std::string(kFullRoot) + ";" + kNewLeaf);
  full.Passes("UPDATE p SET v = 1; UPDATE p SET id = id + 10; DELETE FROM p", 12);
  // The other way round.
  Told whole(std::string(kFullRoot) + "; ALTER TABLE p REPLICA IDENTITY DEFAULT");
  whole.Passes("UPDATE p SET v = 1; UPDATE p SET id = id + 10; DELETE FROM p", 6);
}

TEST(LoggedKey, ATableThatIsTruncatedTogetherIsNoLeaf) {
  Told told(std::string(kFullRoot) + "; CREATE TABLE other (id int PRIMARY KEY)", "public.p:code");
  told.Passes("TRUNCATE p, other", 2);
  told.Passes(
      "INSERT INTO p VALUES (1, 'a', 0); INSERT INTO other VALUES (1);"
      "UPDATE p SET v = 1; DELETE FROM other; DELETE FROM p",
      5);
}

TEST(LoggedKey, TablesAsDebeziumTellsThemGoOn) {
  Told told(std::string(kFullRoot) + ";" + kNewLeaf, "public.p:code");
  told.reader().TellAsDebezium();
  told.Passes("UPDATE p SET code = 'x' WHERE id = 101; DELETE FROM p WHERE id = 102", 2);
}

}  // namespace
}  // namespace sluice::testing
