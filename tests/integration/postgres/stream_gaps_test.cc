#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The server waits for a standby that is not there with each commit that does not ask to be let
/// go; to the end of its life.
class MissingStandby {
 public:
  explicit MissingStandby(Database& database) : database_(database) {
    database_.Run("SET synchronous_commit = local");
    database_.Run("ALTER SYSTEM SET synchronous_standby_names = 'missing'");
    Reload("missing");
    AwaitWaiting();
  }
  ~MissingStandby() {
    database_.Run("ALTER SYSTEM RESET synchronous_standby_names");
    Reload("");
  }
  MissingStandby(const MissingStandby&) = delete;
  MissingStandby& operator=(const MissingStandby&) = delete;

 private:
  void Reload(const std::string& wanted) {
    database_.Run("SELECT pg_reload_conf()");
    RealClock clock;
    const int64_t end_us = clock.NowUs() + 20'000'000;
    while (database_.Run("SHOW synchronous_standby_names") != wanted && clock.NowUs() < end_us) {
      database_.Run("SELECT pg_sleep(0.01)");
    }
    EXPECT_EQ(database_.Run("SHOW synchronous_standby_names"), wanted);
  }

  /// Sessions know of it before the checkpointer does, which has the commits wait: until one does.
  void AwaitWaiting() {
    postgres::Settings settings = database_.settings();
    settings.database = "postgres";  // which no slot of a test tells
    postgres::Connection session;
    ASSERT_TRUE(session.Open(settings, postgres::Connection::Kind::kPlain).ok());
    const std::string pid = std::to_string(PQbackendPID(session.handle()));
    bool waits = false;
    RealClock clock;
    for (const int64_t end_us = clock.NowUs() + 20'000'000; !waits && clock.NowUs() < end_us;) {
      PQsendQuery(session.handle(), "SELECT pg_logical_emit_message(true, 'probe', '')");
      do {
        database_.Run("SELECT pg_sleep(0.02)");
        waits = database_.Run("SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = " +
                              pid) == "t";
        PQconsumeInput(session.handle());
      } while (!waits && PQisBusy(session.handle()) != 0 && clock.NowUs() < end_us);
      database_.Run("SELECT pg_cancel_backend(" + pid + ")");
      while (PGresult* result = PQgetResult(session.handle())) PQclear(result);
    }
    EXPECT_TRUE(waits) << "commits do not wait for a standby";
  }

  Database& database_;
};

/// Commits in a session of its own, which waits for the standby.
class Writer {
 public:
  Writer(Database& database, const std::string& sql) {
    EXPECT_TRUE(session_.Open(database.settings(), postgres::Connection::Kind::kPlain).ok());
    EXPECT_TRUE(session_.Run("SET search_path TO public", "waiting").ok());
    EXPECT_EQ(PQsendQuery(session_.handle(), sql.c_str()), 1);
  }
  /// Until the commit has returned.
  void Finish() {
    while (PGresult* result = PQgetResult(session_.handle())) {
      EXPECT_TRUE(postgres::Rows(result).Succeeded()) << PQerrorMessage(session_.handle());
    }
  }

 private:
  postgres::Connection session_;
};

/// Turns until the stream has failed, or 20 s: for that others do not see what was sent.
void ExpectUnseen(Reader& reader) {
  SourceChange change;
  const bool failed = reader.TurnUntil(
      [&] { return reader.stream().Next(change) == ChangeSource::Progress::kFailed; });
  ASSERT_TRUE(failed);
  const Failure& failure = reader.stream().failure();
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kCommitUnseen);
  EXPECT_THAT(failure.detail, HasSubstr("synchronous_standby_names"));
}

TEST(ReplicationStream, AChangedKeyHasItsUnchangedLargeValuesRead) {
  Database database;
  database.Run(
      "CREATE TABLE r (id int PRIMARY KEY, n int, big text, \"Other\" text);"
      "ALTER TABLE r ALTER big SET STORAGE EXTERNAL, ALTER \"Other\" SET STORAGE EXTERNAL");
  Reader reader(database);
  reader.Create();
  database.Run(
      "INSERT INTO r VALUES (1, 1, repeat('x', 10000), repeat('o', 9000)), "
      "(2, 1, repeat('z', 10000), NULL)");
  database.Run("UPDATE r SET id = 5 WHERE id = 1");
  database.Run("UPDATE r SET id = 6 WHERE id = 2");
  database.Run("DELETE FROM r WHERE id = 6");
  const auto rows = reader.ReadRows(4);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_THAT(rows[2].after,
              ElementsAre("5", "1", std::string(10'000, 'x'), std::string(9'000, 'o')));
  EXPECT_THAT(rows[3].after, ElementsAre("6", "1", "<unchanged>", "<null>")) << "it is gone";
}

TEST(ReplicationStream, ALargeValueIsNotReadBeforeOthersSeeTheChange) {
  Database database;
  database.Run(
      "CREATE TABLE r (id int PRIMARY KEY, big text); ALTER TABLE r ALTER big SET STORAGE "
      "EXTERNAL");
  Reader reader(database);
  reader.Create();
  database.Run("INSERT INTO r VALUES (1, repeat('x', 10000)), (2, repeat('z', 10000))");
  ASSERT_EQ(reader.ReadRows(1).size(), 2U);
  auto standby = std::make_optional<MissingStandby>(database);
  Writer writer(database,
                "BEGIN; UPDATE r SET id = 3 WHERE id = 1; UPDATE r SET id = 1 WHERE id = 2;"
                "UPDATE r SET id = 2 WHERE id = 3; COMMIT");
  ExpectUnseen(reader);
  standby.reset();
  writer.Finish();
  reader.Open();
  const auto rows = reader.ReadRows(2);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_THAT(rows[2].after, ElementsAre("3", "<unchanged>")) << "it is gone";
  EXPECT_THAT(rows[3].after, ElementsAre("1", std::string(10'000, 'z')));
  EXPECT_THAT(rows[4].after, ElementsAre("2", std::string(10'000, 'x')));
}

TEST(ReplicationStream, AShapeIsNotReadBeforeOthersSeeIt) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  auto standby = std::make_optional<MissingStandby>(database);
  Writer writer(
      database,
      "BEGIN; ALTER TABLE t ADD n int NOT NULL DEFAULT 7; INSERT INTO t VALUES (1); COMMIT");
  ExpectUnseen(reader);
  standby.reset();
  writer.Finish();
  reader.Open();
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].table->columns.back().default_text, "7");
}

}  // namespace
}  // namespace sluice::testing
