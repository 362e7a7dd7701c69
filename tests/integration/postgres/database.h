#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/replication_stream.h"
#include "adapters/postgres/slot.h"
#include "adapters/postgres/table_book.h"
#include "core/ports/change_source.h"
#include "tests/integration/real_clock.h"

namespace sluice::testing {

/// A database of its own on the server that SLUICE_TEST_POSTGRES names, dropped with its slots in
/// the end.
class Database {
 public:
  /// `options` of CREATE DATABASE.
  explicit Database(const std::string& options = "");
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const postgres::Settings& settings() const { return settings_; }
  [[nodiscard]] postgres::Connection& connection() { return connection_; }
  /// Runs statements; fails the test where that fails. Returns the first value of the first row.
  std::string Run(const std::string& sql);
  /// A name that nobody else has used.
  std::string Unique(const std::string& stem);
  [[nodiscard]] int version() const { return connection_.server_version(); }
  /// Current end of the log.
  Lsn LogEnd();

 private:
  postgres::Settings settings_;
  postgres::Connection connection_;
};

/// The server of the tests, as settings; fails where it was not named.
postgres::Settings ServerSettings();

/// A change that outlives its source: values as text, null as none, absent and unchanged spelled.
struct KeptChange {
  ChangeKind kind = ChangeKind::kPosition;
  Lsn lsn;
  Lsn end;
  uint32_t transaction_id = 0;
  int64_t commit_us = 0;
  const Table* table = nullptr;
  bool transactional = true;
  std::vector<std::string> before;  ///< "<none>" alone where there was none.
  std::vector<std::string> after;
  std::string prefix;
  std::string content;
};
KeptChange Keep(const SourceChange& change);

/// A stream over one publication, and everything that it borrows.
class Reader {
 public:
  explicit Reader(Database& database, const postgres::FilterSettings& filter = {},
                  const postgres::PublicationSettings& publication = {});

  /// Creates slot and publication, and opens.
  void Create();
  void Open(Lsn from = {});
  void Close() { stream_.reset(); }
  /// Reads until `done` or the time is over; position changes are left out unless wanted.
  std::vector<KeptChange> ReadUntil(const std::function<bool(const KeptChange&)>& done,
                                    bool positions = false);
  /// Reads until that many transactions have ended; those without a change, which PostgreSQL tells
  /// before 15, are not counted.
  std::vector<KeptChange> ReadCommits(int count);
  /// Row changes only.
  std::vector<KeptChange> ReadRows(int commits);
  /// Turns until the condition holds; false when that takes longer than 20 s. `adopt`: positions of
  /// keepalives are acknowledged, as when nothing is pending.
  bool TurnUntil(const std::function<bool()>& done, bool adopt = false);

  [[nodiscard]] postgres::ReplicationStream& stream() { return *stream_; }
  [[nodiscard]] const std::string& slot() const { return slot_; }
  [[nodiscard]] const std::string& publication() const { return publication_.name; }
  [[nodiscard]] Lsn confirmed();
  [[nodiscard]] const std::vector<std::string>& key_changes() const { return key_changes_; }
  [[nodiscard]] const std::vector<std::string>& untyped() const { return untyped_; }
  /// Changes without a former key are told, once it is opened.
  void TellAsDebezium() {
    stream_settings_.is_exact = [](const Table&) { return false; };
  }
  /// As a new process begins: with nothing that a former run has learned.
  void Forget() { book_ = std::make_unique<postgres::TableBook>(); }

 private:
  Database& database_;
  std::vector<std::string> key_changes_;
  std::vector<std::string> untyped_;
  RealClock clock_;
  postgres::TableFilter filter_;
  postgres::PublicationSettings publication_;
  postgres::StreamSettings stream_settings_;
  std::unique_ptr<postgres::TableBook> book_ = std::make_unique<postgres::TableBook>();
  std::string slot_;
  std::unique_ptr<postgres::ReplicationStream> stream_;
};

}  // namespace sluice::testing
