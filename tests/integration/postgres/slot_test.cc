#include "adapters/postgres/slot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/postgres/publication.h"
#include "adapters/postgres/publication_rights.h"
#include "adapters/postgres/server_checks.h"
#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using postgres::Connection;
using postgres::PublicationMode;
using postgres::PublicationSettings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Tables {
 public:
  Tables(Database& database, const std::string& include, bool via_root = false)
      : database_(database) {
    postgres::FilterSettings settings;
    settings.table_include = include;
    tables_ = std::move(*postgres::Catalogue(database.connection()).ReadTables());
    captured_ = postgres::CapturedTables(tables_, *postgres::TableFilter::Make(settings), via_root);
  }
  [[nodiscard]] const postgres::TableList& captured() const { return captured_; }
  std::vector<std::string> Uncovered(const std::string& publication) {
    std::vector<std::string> names;
    const auto missing = postgres::Uncovered(database_.connection(), publication, captured_);
    EXPECT_TRUE(missing.ok());
    for (const auto* table : missing.value()) names.push_back(table->name);
    return names;
  }

 private:
  Database& database_;
  std::vector<postgres::CatalogueTable> tables_;
  postgres::TableList captured_;
};

TEST(Slot, IsCreatedDescribedAndNeverByItself) {
  Database database;
  Connection replication;
  ASSERT_TRUE(replication.Open(database.settings(), Connection::Kind::kReplication).ok());
  const std::string name = database.Unique("slot");
  EXPECT_FALSE(postgres::DescribeSlot(database.connection(), name).value().has_value());
  EXPECT_EQ(postgres::SlotFailure({}, name, "x")->verdict.reason, FailureReason::kSlotMissing);
  const auto created = postgres::CreateSlot(replication, {name, false, true, true});
  ASSERT_TRUE(created.ok()) << created.error().ToString();
  EXPECT_GT(created.value().consistent_point.value, 0U);
  EXPECT_FALSE(created.value().snapshot.empty());
  const auto slot = postgres::DescribeSlot(database.connection(), name).value();
  ASSERT_TRUE(slot.has_value());
  EXPECT_EQ(slot->plugin, "pgoutput");
  EXPECT_EQ(slot->confirmed, created.value().consistent_point);
  EXPECT_EQ(slot->wal_status, "reserved");
  EXPECT_EQ(slot->failover, database.version() >= 170'000);
  EXPECT_FALSE(postgres::SlotFailure(slot, name, database.settings().database).has_value());
  EXPECT_EQ(postgres::SlotFailure(slot, name, "other")->verdict.reason,
            FailureReason::kDatabaseUnsuitable);
  const auto again = postgres::CreateSlot(replication, {name, false, false, false});
  EXPECT_FALSE(again.ok());
  EXPECT_EQ(replication.failure().verdict.reason, FailureReason::kDatabaseRefused);
}

TEST(Slot, ATemporaryOneCanBeMadeAnewOnItsConnection) {
  Database database;
  const std::string name = database.Unique("slot");
  Connection replication;
  ASSERT_TRUE(replication.Open(database.settings(), Connection::Kind::kReplication).ok());
  ASSERT_TRUE(postgres::CreateSlot(replication, {name, true, true, false}).ok());
  ASSERT_TRUE(postgres::DropTemporarySlot(replication, name).ok());
  EXPECT_FALSE(postgres::DescribeSlot(database.connection(), name).value().has_value());
  const auto again = postgres::CreateSlot(replication, {name, true, true, false});
  ASSERT_TRUE(again.ok()) << again.error().ToString();
  EXPECT_FALSE(again.value().snapshot.empty());
}

TEST(Slot, ATemporaryOneEndsWithItsConnection) {
  Database database;
  const std::string name = database.Unique("slot");
  {
    Connection replication;
    ASSERT_TRUE(replication.Open(database.settings(), Connection::Kind::kReplication).ok());
    ASSERT_TRUE(postgres::CreateSlot(replication, {name, true, true, false}).ok());
    EXPECT_TRUE(postgres::DescribeSlot(database.connection(), name).value()->temporary);
  }
  bool gone = false;
  for (int i = 0; i < 500 && !gone; ++i) {
    gone = !postgres::DescribeSlot(database.connection(), name).value().has_value();
    database.Run("SELECT pg_sleep(0.01)");
  }
  EXPECT_TRUE(gone);
}

TEST(Slot, TheServerTellsWhoItIs) {
  Database database;
  Connection replication;
  ASSERT_TRUE(replication.Open(database.settings(), Connection::Kind::kReplication).ok());
  const auto identity = postgres::Identify(replication);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity.value().system_id,
            database.Run("SELECT system_identifier FROM pg_control_system()"));
  EXPECT_GE(identity.value().timeline, 1U);
  EXPECT_LE(identity.value().log_end, database.LogEnd());
}

TEST(Publication, EachModeDoesItsPart) {
  Database database;
  database.Run("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)");
  Tables tables(database, "public\\.a,public\\.new");
  const auto ensure = [&](const std::string& name, PublicationMode mode) {
    PublicationSettings settings;
    settings.name = name;
    settings.mode = mode;
    EXPECT_TRUE(
        postgres::EnsurePublication(database.connection(), settings, tables.captured()).ok());
    return postgres::DescribePublication(database.connection(), name).value();
  };
  EXPECT_FALSE(ensure("p off", PublicationMode::kDisabled).has_value());
  EXPECT_TRUE(ensure("p all", PublicationMode::kAllTables)->all_tables);
  EXPECT_TRUE(ensure("p none", PublicationMode::kNoTables)->truncates);
  EXPECT_THAT(tables.Uncovered("p none"), ElementsAre("a"));
  EXPECT_TRUE(ensure("p some", PublicationMode::kFiltered).has_value());
  EXPECT_THAT(tables.Uncovered("p some"), IsEmpty());
  EXPECT_EQ(database.Run("SELECT count(*) FROM pg_publication_tables WHERE pubname = 'p some'"),
            "1");
  database.Run("CREATE TABLE new (id int PRIMARY KEY)");
  Tables later(database, "public\\.a,public\\.new");
  EXPECT_THAT(later.Uncovered("p some"), ElementsAre("new"));
  PublicationSettings settings;
  settings.name = "p some";
  settings.mode = PublicationMode::kFiltered;
  EXPECT_TRUE(postgres::EnsurePublication(database.connection(), settings, later.captured()).ok());
  EXPECT_THAT(later.Uncovered("p some"), IsEmpty());
}

TEST(Publication, PartitionsAreCoveredByTheirRoot) {
  Database database;
  database.Run(
      "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
      "CREATE PUBLICATION root FOR TABLE p WITH (publish_via_partition_root = true);"
      "CREATE PUBLICATION leaf FOR TABLE p");
  EXPECT_THAT(Tables(database, "public\\..*", true).Uncovered("root"), IsEmpty());
  EXPECT_THAT(Tables(database, "public\\..*", false).Uncovered("leaf"), IsEmpty());
  EXPECT_THAT(Tables(database, "public\\..*", true).Uncovered("leaf"), IsEmpty());
}

TEST(ServerChecks, AGoodServerHasNothingThatBlocks) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Tables tables(database, "");
  const auto facts = postgres::ReadServerFacts(database.connection(), tables.captured());
  ASSERT_TRUE(facts.ok()) << facts.error().ToString();
  const auto findings = postgres::JudgeServer(facts.value(), true);
  EXPECT_EQ(postgres::FailureOf(findings).verdict.disposition, Disposition::kDone)
      << postgres::FailureOf(findings).detail;
  EXPECT_EQ(facts.value().wal_level, "logical");
}

TEST(ServerChecks, RightsAreNamedAsTheSqlThatGivesThem) {
  Database database;
  const std::string role = database.Unique("reader");
  database.Run("CREATE ROLE " + role + " LOGIN; CREATE TABLE t (id int PRIMARY KEY)");
  Tables tables(database, "");
  postgres::Settings settings = database.settings();
  settings.user = role;
  {
    Connection limited;
    ASSERT_TRUE(limited.Open(settings, Connection::Kind::kPlain).ok());
    const auto facts = postgres::ReadServerFacts(limited, tables.captured());
    ASSERT_TRUE(facts.ok()) << facts.error().ToString();
    const auto findings = postgres::JudgeServer(facts.value(), true);
    ASSERT_EQ(findings[0].reason, FailureReason::kUnauthorized);
    EXPECT_THAT(findings[0].cure, HasSubstr("ALTER ROLE \"" + role + "\" REPLICATION"));
    EXPECT_THAT(findings[1].cure, HasSubstr("GRANT SELECT ON public.t TO \"" + role + "\""));
    for (const auto& finding : {findings[1]}) database.Run(finding.cure);
    EXPECT_THAT(postgres::ReadServerFacts(limited, tables.captured()).value().unreadable,
                IsEmpty());
    Connection replication;
    EXPECT_FALSE(replication.Open(settings, Connection::Kind::kReplication).ok());
    EXPECT_EQ(replication.failure().verdict.reason, FailureReason::kUnauthorized);
    EXPECT_THAT(replication.failure().detail, HasSubstr("REPLICATION"));
  }
  database.Run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST(ServerChecks, PartitionsHaveRightsOfTheirOwn) {
  Database database;
  const std::string role = database.Unique("whole");
  database.Run("CREATE ROLE " + role +
               " LOGIN; CREATE TABLE whole (id int PRIMARY KEY) PARTITION BY RANGE (id); "
               "CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (10) "
               "PARTITION BY RANGE (id); "
               "CREATE TABLE leaf PARTITION OF part FOR VALUES FROM (0) TO (5); "
               "GRANT SELECT ON whole TO " +
               role);
  const Tables tables(database, "", true);
  postgres::Settings settings = database.settings();
  settings.user = role;
  {
    Connection limited;
    ASSERT_TRUE(limited.Open(settings, Connection::Kind::kPlain).ok());
    const auto facts = postgres::ReadServerFacts(limited, tables.captured());
    ASSERT_TRUE(facts.ok()) << facts.error().ToString();
    EXPECT_THAT(facts->unreadable, IsEmpty());
    EXPECT_THAT(facts->unreadable_leaves, ElementsAre("public.leaf"));
    EXPECT_FALSE(limited.Query("SELECT FROM ONLY public.leaf", "reading").ok());
    const auto finding = postgres::JudgeReading(*facts, true);
    ASSERT_TRUE(finding);
    database.Run(finding->cure);
    EXPECT_FALSE(postgres::JudgeReading(
        postgres::ReadServerFacts(limited, tables.captured()).value(), true));
    EXPECT_TRUE(limited.Query("SELECT FROM ONLY public.leaf", "reading").ok());
  }
  database.Run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST(PublicationRights, AreAskedForBeforeTheStatementIsTried) {
  Database database;
  const std::string role = database.Unique("maker");
  database.Run("CREATE ROLE " + role + " LOGIN; CREATE TABLE t (id int PRIMARY KEY)");
  Tables tables(database, "");
  postgres::Settings settings = database.settings();
  settings.user = role;
  postgres::PublicationSettings publication;
  publication.name = database.Unique("p");
  publication.mode = postgres::PublicationMode::kFiltered;
  {
    Connection limited;
    ASSERT_TRUE(limited.Open(settings, Connection::Kind::kPlain).ok());
    const auto check = [&] {
      return postgres::CheckPublicationRights(limited, publication, std::nullopt, tables.captured(),
                                              {})
          .value();
    };
    const auto refused = check();
    ASSERT_TRUE(refused);
    EXPECT_THAT(refused->what, HasSubstr("has no CREATE on the database"));
    EXPECT_THAT(refused->what, HasSubstr("does not own public.t"));
    EXPECT_FALSE(postgres::EnsurePublication(limited, publication, tables.captured()).ok());
    EXPECT_EQ(limited.failure().verdict.disposition, Disposition::kHalt);
    database.Run("GRANT CREATE ON DATABASE " + settings.database + " TO " + role +
                 "; ALTER TABLE t OWNER TO " + role);
    EXPECT_FALSE(check());
    EXPECT_TRUE(postgres::EnsurePublication(limited, publication, tables.captured()).ok());
  }
  database.Run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST(ServerChecks, RowsThatPoliciesHideAreAnErrorAndNeverMissing) {
  Database database;
  const std::string role = database.Unique("filtered");
  database.Run("CREATE ROLE " + role +
               " LOGIN; CREATE TABLE seen (id int PRIMARY KEY); "
               "CREATE TABLE hidden (id int PRIMARY KEY); INSERT INTO hidden VALUES (1), (2); "
               "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; "
               "CREATE POLICY p ON hidden USING (id = 1); "
               "CREATE TABLE whole (id int PRIMARY KEY) PARTITION BY RANGE (id); "
               "CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (10); "
               "ALTER TABLE part ENABLE ROW LEVEL SECURITY; "
               "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " +
               role);
  Tables tables(database, "", true);
  postgres::Settings settings = database.settings();
  settings.user = role;
  {
    Connection limited;
    ASSERT_TRUE(limited.Open(settings, Connection::Kind::kPlain).ok());
    EXPECT_FALSE(limited.Query("SELECT id FROM public.hidden", "reading").ok());
    EXPECT_EQ(limited.failure().type, "42501");
    const auto facts = postgres::ReadServerFacts(limited, tables.captured());
    ASSERT_TRUE(facts.ok()) << facts.error().ToString();
    EXPECT_THAT(facts->filtered, ElementsAre("public.hidden", "public.part"));
    const auto owner = postgres::ReadServerFacts(database.connection(), tables.captured());
    EXPECT_THAT(owner->filtered, IsEmpty());
    database.Run("ALTER ROLE " + role + " BYPASSRLS");
    EXPECT_THAT(postgres::ReadServerFacts(limited, tables.captured())->filtered, IsEmpty());
    EXPECT_EQ(limited.Query("SELECT id FROM public.hidden", "reading")->size(), 2);
  }
  database.Run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST(ServerChecks, ADatabaseThatIsNotUtf8IsRefused) {
  Database database("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  const auto facts = postgres::ReadServerFacts(database.connection(), {});
  ASSERT_TRUE(facts.ok());
  const auto failure = postgres::FailureOf(postgres::JudgeServer(facts.value(), false));
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kDatabaseUnsuitable);
  EXPECT_THAT(failure.detail, HasSubstr("SQL_ASCII"));
}

TEST(Connection, SaysWhatKeepsItFromOpening) {
  postgres::Settings settings = ServerSettings();
  Connection connection;
  settings.database = "no_such_database";
  EXPECT_FALSE(connection.Open(settings, Connection::Kind::kPlain).ok());
  EXPECT_EQ(connection.failure().type, "3D000");
  EXPECT_EQ(connection.failure().verdict.reason, FailureReason::kDatabaseUnsuitable);
  settings = ServerSettings();
  settings.user = "nobody_of_that_name";
  EXPECT_FALSE(connection.Open(settings, Connection::Kind::kPlain).ok());
  EXPECT_EQ(connection.failure().verdict.reason, FailureReason::kUnauthorized);
  EXPECT_THAT(connection.failure().detail, HasSubstr("CREATE ROLE"));
  settings = ServerSettings();
  settings.port = 1;
  EXPECT_FALSE(connection.Open(settings, Connection::Kind::kPlain).ok());
  EXPECT_EQ(connection.failure().verdict.reason, FailureReason::kUnreachable);
  EXPECT_THAT(connection.failure().detail, HasSubstr("database.hostname"));
}

TEST(Connection, ValuesHaveOneFormWhateverTheUserHasSet) {
  Database database;
  const std::string role = database.Unique("odd");
  database.Run("CREATE ROLE " + role + " LOGIN SUPERUSER; ALTER ROLE " + role +
               " SET datestyle TO 'SQL, DMY'; ALTER ROLE " + role +
               " SET timezone TO 'Asia/Tokyo'; ALTER ROLE " + role +
               " SET bytea_output TO 'escape'; ALTER ROLE " + role +
               " SET extra_float_digits TO 0; ALTER ROLE " + role +
               " SET intervalstyle TO 'iso_8601'");
  postgres::Settings settings = database.settings();
  settings.user = role;
  for (const auto kind : {Connection::Kind::kPlain, Connection::Kind::kReplication}) {
    Connection connection;
    ASSERT_TRUE(connection.Open(settings, kind).ok());
    auto rows = connection.Query(
        "SELECT '2020-02-01 00:00:00+00'::timestamptz, '\\x01ff'::bytea, 0.1::float8 + 0.2::float8,"
        "'1 day 2 hours'::interval",
        "reading");
    ASSERT_TRUE(rows.ok());
    EXPECT_EQ(rows->Text(0, 0), "2020-02-01 00:00:00+00");
    EXPECT_EQ(rows->Text(0, 1), "\\x01ff");
    EXPECT_EQ(rows->Text(0, 2), "0.30000000000000004");
    EXPECT_EQ(rows->Text(0, 3), "1 day 02:00:00");
  }
  database.Run("DROP ROLE " + role);
}

}  // namespace
}  // namespace sluice::testing
