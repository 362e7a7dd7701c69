#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/result.h"

namespace sluice::demo {

/// A connection to the database that the demo writes to.
///
/// Threads:   one call at a time.
/// Ownership: answers are values.
/// Time:      each call blocks for the server; connecting for ten seconds at most.
/// Errors:    in the result, in the server's words.
class Database {
 public:
  /// Connects to `address`, a URL or libpq's `key=value` pairs; what it leaves out comes from the
  /// PG* variables. A database that does not exist is created, with the rights that the account
  /// has.
  static Result<Database> Open(const std::string& address);

  /// Runs one statement with parameters $1, $2, … and returns the first column of its rows.
  [[nodiscard]] Result<std::vector<std::string>> Run(const std::string& statement,
                                                     const std::vector<std::string>& values = {});

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string host() const;

 private:
  struct Closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  using Connection = std::unique_ptr<PGconn, Closer>;

  explicit Database(Connection connection) : connection_(std::move(connection)) {}
  static Connection Connect(const std::string& address, const std::string& database);
  static Status Create(const std::string& address, const std::string& database, bool& missing);

  Connection connection_;
};

/// The database that an address names, else PGDATABASE, else "testdb".
[[nodiscard]] Result<std::string> DatabaseNameOf(const std::string& address);

/// Whether an address holds a password, which would show in the list of processes.
[[nodiscard]] bool HoldsPassword(const std::string& address);

/// `--postgres` when given, else the variable SLUICE_POSTGRES, else nothing where PG* variables
/// name a server, else the server that `scripts/stack up` starts.
[[nodiscard]] std::string AddressOf(const std::optional<std::string>& given);

}  // namespace sluice::demo
