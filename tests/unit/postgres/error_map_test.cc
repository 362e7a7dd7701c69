#include "adapters/postgres/error_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::postgres {
namespace {

using D = Disposition;
using P = ErrorPlace;
using R = FailureReason;
using ::testing::HasSubstr;

struct Case {
  const char* sqlstate;
  P place;
  D disposition;
  R reason;
  const char* cure;  ///< A part of it.
};

/// What PostgreSQL's documents and sources name as errors of the things that are done here.
constexpr Case kCases[] = {
    {"", P::kConnect, D::kHold, R::kUnreachable, "database.hostname"},
    {"", P::kStream, D::kHold, R::kConnectionLost, ""},
    {"", P::kSnapshot, D::kHold, R::kConnectionLost, ""},
    {"08P01", P::kConnect, D::kHold, R::kDatabaseRefused, "pooler"},
    {"08006", P::kConnect, D::kHold, R::kUnreachable, "network"},
    {"08006", P::kStream, D::kHold, R::kConnectionLost, ""},
    {"57P01", P::kStream, D::kHold, R::kConnectionLost, ""},
    {"57P02", P::kQuery, D::kHold, R::kConnectionLost, ""},
    {"57P03", P::kConnect, D::kHold, R::kUnreachable, ""},
    {"57P04", P::kStream, D::kHalt, R::kSourceMismatch, "dropped"},
    {"28P01", P::kConnect, D::kHold, R::kUnauthorized, "database.password"},
    {"28000", P::kConnect, D::kHold, R::kUnauthorized, "pg_hba.conf"},
    {"3D000", P::kConnect, D::kHold, R::kDatabaseUnsuitable, "database.dbname"},
    {"42501", P::kSnapshot, D::kHalt, R::kUnauthorized, "GRANT SELECT"},
    {"42501", P::kPublish, D::kHalt, R::kUnauthorized, "autocreate.mode=disabled"},
    {"42501", P::kSlot, D::kHold, R::kUnauthorized, "ALTER ROLE"},
    {"42501", P::kStart, D::kHold, R::kUnauthorized, "REPLICATION"},
    {"42501", P::kQuery, D::kHold, R::kUnauthorized, "GRANT"},
    {"53300", P::kConnect, D::kHold, R::kOverloaded, "max_wal_senders"},
    {"53400", P::kSlot, D::kHold, R::kDatabaseUnsuitable, "max_replication_slots"},
    {"53100", P::kStream, D::kHold, R::kOverloaded, "disk"},
    {"53200", P::kStream, D::kHold, R::kOverloaded, ""},
    {"42704", P::kStart, D::kHalt, R::kSlotMissing, "snapshot"},
    {"42704", P::kStream, D::kHalt, R::kPublicationMissing, "CREATE PUBLICATION"},
    {"42704", P::kSnapshot, D::kRetry, R::kSnapshotGone, ""},
    {"22023", P::kSnapshot, D::kRetry, R::kSnapshotGone, ""},
    {"42704", P::kPublish, D::kHold, R::kPublicationMissing, ""},
    {"42710", P::kSlot, D::kHold, R::kDatabaseRefused, "another process"},
    {"55006", P::kStart, D::kHold, R::kSlotBusy, "active_pid"},
    {"55000", P::kSlot, D::kHold, R::kDatabaseUnsuitable, "wal_level"},
    {"55000", P::kStart, D::kHalt, R::kSlotLost, "new slot"},
    {"58P01", P::kStream, D::kHalt, R::kSlotLost, "new slot"},
    {"25006", P::kSlot, D::kHold, R::kDatabaseUnsuitable, "primary"},
    {"22021", P::kStream, D::kHalt, R::kDatabaseUnsuitable, "UTF-8"},
    {"22P05", P::kStream, D::kHalt, R::kDatabaseUnsuitable, "UTF8"},
    {"0A000", P::kStart, D::kHalt, R::kDatabaseUnsuitable, ""},
    {"42601", P::kStart, D::kHold, R::kDatabaseRefused, "pooler"},
    {"42P01", P::kSnapshot, D::kHold, R::kDatabaseRefused, "dropped"},
    {"42703", P::kSnapshot, D::kHold, R::kDatabaseRefused, "column"},
    {"42601", P::kChunk, D::kReject, R::kDatabaseRefused, "ask again"},
    {"21000", P::kChunk, D::kReject, R::kDatabaseRefused, ""},  // rows of a subquery
    {"0A000", P::kChunk, D::kReject, R::kDatabaseRefused, ""},
    {"25006", P::kChunk, D::kReject, R::kDatabaseRefused, ""},  // nextval()
    {"2201B", P::kChunk, D::kReject, R::kDatabaseRefused, "ask again"},
    {"54001", P::kChunk, D::kReject, R::kDatabaseRefused, ""},
    {"53400", P::kChunk, D::kReject, R::kOverloaded, "temp_file_limit"},
    {"P0001", P::kChunk, D::kReject, R::kDatabaseRefused, ""},  // RAISE
    {"XX000", P::kChunk, D::kReject, R::kDatabaseRefused, ""},
    {"", P::kChunk, D::kHold, R::kConnectionLost, ""},
    {"08006", P::kChunk, D::kHold, R::kConnectionLost, ""},
    {"53100", P::kChunk, D::kHold, R::kOverloaded, "disk"},
    {"53200", P::kChunk, D::kHold, R::kOverloaded, ""},
    {"57P01", P::kChunk, D::kHold, R::kConnectionLost, ""},
    {"40P01", P::kChunk, D::kRetry, R::kDatabaseRefused, ""},
    {"57014", P::kChunk, D::kRetry, R::kTimeout, "pg_blocking_pids"},
    {"21000", P::kFirstChunk, D::kHold, R::kDatabaseRefused, ""},
    {"42501", P::kFirstChunk, D::kHold, R::kUnauthorized, "GRANT SELECT"},
    {"42601", P::kFirstChunk, D::kHold, R::kDatabaseRefused, "overrides"},
    {"22P02", P::kFirstChunk, D::kHold, R::kDatabaseRefused, "overrides"},
    {"42P01", P::kFirstChunk, D::kHold, R::kDatabaseRefused, "restart"},
    {"", P::kFirstChunk, D::kHold, R::kConnectionLost, ""},
    {"42P01", P::kGap, D::kReject, R::kDatabaseRefused, ""},
    {"42703", P::kGap, D::kReject, R::kDatabaseRefused, ""},
    {"22P02", P::kGap, D::kReject, R::kDatabaseRefused, ""},
    {"42501", P::kGap, D::kHold, R::kUnauthorized, "GRANT SELECT"},
    {"", P::kGap, D::kHold, R::kConnectionLost, ""},
    {"22P02", P::kSnapshot, D::kHold, R::kDatabaseRefused, "overrides"},
    {"42883", P::kSnapshot, D::kHold, R::kDatabaseRefused, "overrides"},
    {"40001", P::kSnapshot, D::kRetry, R::kDatabaseRefused, ""},
    {"40P01", P::kPublish, D::kRetry, R::kDatabaseRefused, ""},
    {"55P03", P::kQuery, D::kRetry, R::kTimeout, ""},
    {"57014", P::kQuery, D::kRetry, R::kTimeout, "pg_blocking_pids"},
    {"XX000", P::kStream, D::kHold, R::kDatabaseRefused, ""},
    {"XX001", P::kSnapshot, D::kHold, R::kDatabaseRefused, ""},
};

TEST(PostgresErrorMap, EachCodeMeansWhatTheContractSays) {
  for (const Case& row : kCases) {
    const Verdict verdict = MeaningOf(row.place, row.sqlstate);
    EXPECT_EQ(verdict.disposition, row.disposition) << row.sqlstate;
    EXPECT_EQ(verdict.reason, row.reason)
        << row.sqlstate << " in place " << static_cast<int>(row.place);
    EXPECT_THAT(std::string(CureOf(row.place, row.sqlstate)), HasSubstr(row.cure)) << row.sqlstate;
  }
}

TEST(PostgresErrorMap, WordsTellCausesApartThatShareACode) {
  const char* nobody = "role \"nobody\" does not exist";
  for (const char* state : {"28000", "28P01"}) {
    EXPECT_EQ(MeaningOf(P::kConnect, state, nobody).reason, R::kUnauthorized);
    EXPECT_THAT(std::string(CureOf(P::kConnect, state, nobody)), HasSubstr("or CREATE ROLE"));
  }
  const char* empty = "connection to server at \"h\" failed: fe_sendauth: no password supplied";
  EXPECT_EQ(MeaningOf(P::kConnect, "", empty).disposition, D::kHold);
  EXPECT_EQ(MeaningOf(P::kConnect, "", empty).reason, R::kUnauthorized);
  EXPECT_THAT(FailureOf(P::kConnect, "", "connecting", empty).detail,
              HasSubstr("database.password"));
  EXPECT_EQ(MeaningOf(P::kConnect, "", "connection refused").reason, R::kUnreachable);
}

TEST(PostgresErrorMap, NoErrorIsEverDone) {
  for (int place = 0; place < kErrorPlaces; ++place) {
    for (const char* state : {"", "00000", "01000", "22000", "ZZZZZ", "42704", "55000"}) {
      EXPECT_NE(MeaningOf(static_cast<P>(place), state).disposition, D::kDone) << state;
    }
  }
}

TEST(PostgresErrorMap, AFailureIsOneSentenceWithItsCure) {
  const Failure failure = FailureOf(P::kStart, "42704", "starting to stream",
                                    "ERROR:  replication slot\n\t\"s\" does not exist\n");
  EXPECT_EQ(failure.type, "42704");
  EXPECT_THAT(failure.detail,
              HasSubstr("starting to stream: ERROR: replication slot \"s\" does not exist; "));
}

TEST(PostgresErrorMap, AVerboseTextTellsItsState) {
  const VerboseWords words = ReadVerboseWords(
      "connection to server at \"127.0.0.1\", port 1 failed: FATAL:  28P01: password "
      "authentication failed\nLOCATION:  auth_failed, auth.c:331\n");
  EXPECT_EQ(words.sqlstate, "28P01");
  EXPECT_EQ(words.text, "password authentication failed");
  EXPECT_EQ(ReadVerboseWords("connection refused:  no").sqlstate, "");
  EXPECT_EQ(ReadVerboseWords("x:  28P0").sqlstate, "");
  EXPECT_EQ(ReadVerboseWords("x:  28p01: y").text, "x:  28p01: y");
}

}  // namespace
}  // namespace sluice::postgres
