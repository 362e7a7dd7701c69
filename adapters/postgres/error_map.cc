#include "adapters/postgres/error_map.h"

#include <algorithm>
#include <array>

namespace sluice::postgres {
namespace {

using enum Disposition;
using enum FailureReason;

using Places = uint16_t;  ///< A set of them.

constexpr Places Bit(ErrorPlace place) {
  return static_cast<Places>(1U << static_cast<unsigned>(place));
}
constexpr Places kConnecting = Bit(ErrorPlace::kConnect);
constexpr Places kCreating = Bit(ErrorPlace::kSlot);
constexpr Places kPublishing = Bit(ErrorPlace::kPublish);
constexpr Places kStarting = Bit(ErrorPlace::kStart);
constexpr Places kFlowing = Bit(ErrorPlace::kStream);
constexpr Places kReading = Bit(ErrorPlace::kSnapshot);
constexpr Places kBeside = Bit(ErrorPlace::kChunk);
constexpr Places kRest = Bit(ErrorPlace::kFirstChunk);
constexpr Places kGaps = Bit(ErrorPlace::kGap);
constexpr Places kStreaming = kStarting | kFlowing;
constexpr Places kAnywhere = (1U << kErrorPlaces) - 1;

struct Row {
  std::string_view state;  ///< A whole SQLSTATE, or its class of two letters.
  Places places;
  Disposition disposition;
  FailureReason reason;
  std::string_view cure;       ///< Empty: the server's text says it all.
  std::string_view says = {};  ///< A part of the text, where one code has several causes.
};

constexpr std::string_view kCheckServer =
    "check database.hostname, database.port, database.sslmode, the network and the server";
constexpr std::string_view kNewSlot =
    "changes may have been lost: take a new snapshot with a new slot, after SELECT "
    "pg_drop_replication_slot('NAME') if the old one is still there";
/// A publication made afterwards does not help: the log is decoded with the catalogue as it was.
constexpr std::string_view kNewPublication =
    "CREATE PUBLICATION as it was, and take a new snapshot with a new slot: what was changed while "
    "it was missing cannot be decoded";
constexpr std::string_view kWalLevel =
    "ALTER SYSTEM SET wal_level = 'logical' and restart the server";
constexpr std::string_view kMoreConnections =
    "raise max_connections or max_wal_senders, or end other sessions";

constexpr std::string_view kMayRead =
    "GRANT USAGE ON SCHEMA and GRANT SELECT ON the table to the user; where row-level security "
    "hides rows of it, ALTER ROLE NAME BYPASSRLS";
constexpr std::string_view kAskAgain = "check the condition, and ask again";
constexpr std::string_view kOverride =
    "correct snapshot.select.statement.overrides and restart the source";

/// First match wins; what matches no row is answered by Fallback().
constexpr auto kRows = std::to_array<Row>({
    // Rows that somebody asked for while streaming: what cannot be read is left out and told, also
    // where no row is about it. Waiting would keep all that is asked for later waiting too.
    {"42501", kBeside, kReject, kUnauthorized,
     "GRANT SELECT ON the table (or, where row-level security hides rows, ALTER ROLE NAME "
     "BYPASSRLS), and ask again"},
    {"42", kBeside, kReject, kDatabaseRefused, kAskAgain},
    {"22", kBeside, kReject, kDatabaseRefused, kAskAgain},
    {"53400", kBeside, kReject, kOverloaded,
     "raise temp_file_limit, or ask for fewer rows at once"},  // by what the condition does
    // What the first snapshot left: nobody asks for it again, so it waits for the cure.
    {"42501", kRest, kHold, kUnauthorized, kMayRead},
    {"42P01", kRest, kHold, kDatabaseRefused,
     "create the table again, or restart the source, which reads what is there then"},
    {"42", kRest, kHold, kDatabaseRefused, kOverride},
    {"22021", kRest, kHold, kDatabaseUnsuitable, "the table holds text that is not UTF-8"},
    {"22", kRest, kHold, kDatabaseRefused, kOverride},

    // A gap whose table, column or type is gone or another by now stays: later changes tell of it.
    {"42501", kGaps, kHold, kUnauthorized, kMayRead},
    {"42", kGaps, kReject, kDatabaseRefused, ""},
    {"22", kGaps, kReject, kDatabaseRefused, ""},

    // The connection. Without an SQLSTATE the library speaks, not the server.
    {"", kConnecting, kHold, kUnauthorized,
     "set database.password: the server asks for one, and it is empty", "no password supplied"},
    {"", kConnecting, kHold, kUnreachable, kCheckServer},
    {"", kAnywhere, kHold, kConnectionLost, ""},
    {"08P01", kConnecting, kHold, kDatabaseRefused,
     "connect to the server itself, not to a connection pooler"},
    {"08", kConnecting, kHold, kUnreachable, kCheckServer},
    {"08", kAnywhere, kHold, kConnectionLost, ""},
    {"57P04", kAnywhere, kHalt, kSourceMismatch,
     "the database was dropped: see database.dbname; of one that was restored, set slot.name to "
     "another name (a new slot starts with a snapshot)"},
    {"57P", kConnecting, kHold, kUnreachable, ""},  // starting up or shutting down
    {"57P", kAnywhere, kHold, kConnectionLost, ""},

    // Who we are and what we may.
    {"28", kAnywhere, kHold, kUnauthorized,
     "correct database.user, or CREATE ROLE NAME LOGIN REPLICATION PASSWORD '…'", "does not exist"},
    {"28P01", kAnywhere, kHold, kUnauthorized, "correct database.user and database.password"},
    {"28000", kAnywhere, kHold, kUnauthorized,
     "allow the user in pg_hba.conf, for the database and for replication, and ALTER ROLE NAME "
     "LOGIN REPLICATION"},
    {"3D000", kAnywhere, kHold, kDatabaseUnsuitable, "correct database.dbname"},
    // The start has looked for it: it was taken away since. Waiting would tell the same rows anew
    // each time.
    {"42501", kReading, kHalt, kUnauthorized, kMayRead},
    {"42501", kPublishing, kHalt, kUnauthorized,
     "GRANT CREATE ON DATABASE to the user who must own the tables (FOR ALL TABLES needs a "
     "superuser), or let a superuser run the statement that sluice capture status prints and set "
     "publication.autocreate.mode=disabled"},
    {"42501", kCreating | kStreaming | kConnecting, kHold, kUnauthorized,
     "ALTER ROLE NAME REPLICATION (on RDS: GRANT rds_replication TO NAME)"},
    {"42501", kAnywhere, kHold, kUnauthorized, "GRANT what the server names to the user"},

    // Limits of the server.
    {"53300", kAnywhere, kHold, kOverloaded, kMoreConnections},
    {"53400", kCreating, kHold, kDatabaseUnsuitable,
     "raise max_replication_slots and restart the server, or drop a slot that nobody needs: SELECT "
     "slot_name, active FROM pg_replication_slots"},
    {"53100", kAnywhere, kHold, kOverloaded, "the server's disk is full"},
    {"53", kAnywhere, kHold, kOverloaded, ""},

    // The slot, the publication and the log.
    {"42704", kStarting, kHalt, kSlotMissing, kNewSlot},
    {"42704", kFlowing, kHalt, kPublicationMissing, kNewPublication},
    {"42704", kReading, kRetry, kSnapshotGone, ""},
    {"22023", kReading, kRetry, kSnapshotGone, ""},  // an invalid snapshot identifier
    {"42704", kPublishing, kHold, kPublicationMissing, ""},
    {"42710", kCreating | kPublishing, kHold, kDatabaseRefused,
     "another process has created it just now"},
    {"55006", kAnywhere, kHold, kSlotBusy,
     "stop the other process: SELECT active_pid FROM pg_replication_slots"},
    {"55000", kCreating, kHold, kDatabaseUnsuitable, kWalLevel},
    {"55000", kStreaming, kHalt, kSlotLost, kNewSlot},
    {"58P01", kStreaming, kHalt, kSlotLost, kNewSlot},
    {"25006", kCreating | kPublishing, kHold, kDatabaseUnsuitable,
     "connect to the primary: this server is a standby"},

    // What cannot be decoded or read.
    {"22021", kAnywhere, kHalt, kDatabaseUnsuitable, "the database holds text that is not UTF-8"},
    {"22P05", kAnywhere, kHalt, kDatabaseUnsuitable, "the database must be encoded in UTF8"},
    {"0A000", kCreating | kStreaming, kHalt, kDatabaseUnsuitable, ""},
    {"42601", kCreating | kStreaming, kHold, kDatabaseRefused,
     "connect to the server itself, not to a connection pooler"},
    {"42P01", kReading, kHold, kDatabaseRefused,
     "the table was dropped or renamed while it was read: start the snapshot again"},
    {"42703", kReading, kHold, kDatabaseRefused,
     "a column was dropped or renamed while its table was read: start the snapshot again"},
    {"42", kReading, kHold, kDatabaseRefused, kOverride},
    {"22", kReading, kHold, kDatabaseRefused, kOverride},

    // What passes by itself.
    {"40", kAnywhere, kRetry, kDatabaseRefused, ""},
    {"55P03", kAnywhere, kRetry, kTimeout, ""},
    {"57014", kAnywhere, kRetry, kTimeout,
     "if this repeats, end the session whose lock is waited for: SELECT pid, query, "
     "pg_blocking_pids(pid) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"},
});

const Row* RowOf(ErrorPlace place, std::string_view sqlstate, std::string_view text) {
  for (const Row& row : kRows) {
    if ((row.places & Bit(place)) == 0) continue;
    if (text.find(row.says) == std::string_view::npos) continue;
    if (row.state.empty() ? sqlstate.empty() : sqlstate.starts_with(row.state)) return &row;
  }
  return nullptr;
}

/// What no row names: nothing is lost by waiting and telling. Of a chunk it is what a condition
/// does (several rows of a subquery, RAISE, nextval() in a transaction that only reads), which
/// waiting does not change.
Verdict Fallback(ErrorPlace place) {
  switch (place) {
    case ErrorPlace::kConnect:
    case ErrorPlace::kQuery:
    case ErrorPlace::kSlot:
    case ErrorPlace::kPublish:
    case ErrorPlace::kStart:
    case ErrorPlace::kStream:
    case ErrorPlace::kSnapshot:
    case ErrorPlace::kFirstChunk:
    case ErrorPlace::kGap: return {kHold, kDatabaseRefused, WriteResult::kCreated};
    case ErrorPlace::kChunk: return {kReject, kDatabaseRefused, WriteResult::kCreated};
  }
  return {kHold, kInternal, WriteResult::kCreated};
}

/// libpq ends its texts with line ends and spreads them over several lines.
std::string OneLine(std::string_view text) {
  constexpr size_t kTextMax = 1'024;
  std::string line;
  for (const char c : text.substr(0, kTextMax)) {
    const bool space = c == '\n' || c == '\t' || c == ' ';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

Verdict MeaningOf(ErrorPlace place, std::string_view sqlstate, std::string_view text) {
  const Row* row = RowOf(place, sqlstate, text);
  if (row == nullptr) return Fallback(place);
  return {row->disposition, row->reason, WriteResult::kCreated};
}

std::string_view CureOf(ErrorPlace place, std::string_view sqlstate, std::string_view text) {
  const Row* row = RowOf(place, sqlstate, text);
  return row == nullptr ? std::string_view() : row->cure;
}

VerboseWords ReadVerboseWords(std::string_view text) {
  constexpr std::string_view kMark = ":  ";  // two spaces: between severity and SQLSTATE
  constexpr size_t kStateSize = 5;
  const auto is_state = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  for (size_t at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark, at + 1)) {
    const std::string_view rest = text.substr(at + kMark.size());
    if (rest.size() < kStateSize + 2 || rest.substr(kStateSize, 2) != ": ") continue;
    const std::string_view state = rest.substr(0, kStateSize);
    if (!std::all_of(state.begin(), state.end(), is_state)) continue;
    const std::string_view words = rest.substr(kStateSize + 2);
    return {std::string(state), std::string(words.substr(0, words.find('\n')))};
  }
  return {"", std::string(text)};
}

Failure FailureOf(ErrorPlace place, std::string_view sqlstate, std::string_view doing,
                  std::string_view text) {
  Failure failure;
  failure.verdict = MeaningOf(place, sqlstate, text);
  failure.type = sqlstate;
  failure.detail = doing;
  failure.detail += ": ";
  failure.detail += OneLine(text);
  if (const std::string_view cure = CureOf(place, sqlstate, text); !cure.empty()) {
    failure.detail += "; ";
    failure.detail += cure;
  }
  return failure;
}

}  // namespace sluice::postgres
