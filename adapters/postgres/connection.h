#pragma once

#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/error_map.h"
#include "adapters/postgres/rows.h"
#include "adapters/postgres/settings.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// One session with the database, whose values are told in one fixed text form whatever the
/// server's or the user's settings are.
///
/// Threads:   one call at a time; may move between threads from call to call.
/// Ownership: closes the session when destroyed. Answers own their bytes.
/// Time:      Open() and Query() wait for the server: at most `connect_timeout_ms` and
///            `statement_timeout_ms`.
/// Errors:    as results; `failure()` tells the last one with its verdict.
class Connection {
 public:
  enum class Kind : uint8_t {
    kPlain,
    kReplication,  ///< Understands replication commands too, but no parameters: never a user's SQL.
    kUnlimited,    ///< Plain, without a limit on a statement's time: for COPY.
  };

  Connection() = default;

  [[nodiscard]] Status Open(const Settings& settings, Kind kind);
  void Close() { handle_.reset(); }

  /// One statement; a text that holds several is refused by the server, so that none of a text that
  /// users give is carried out (but see Kind::kReplication). `doing` names it in errors: "looking
  /// for the slot". Parameters are texts.
  Result<Rows> Query(const std::string& sql, std::string_view doing,
                     std::span<const std::string> parameters = {},
                     ErrorPlace place = ErrorPlace::kQuery);
  /// Statements of our own whose answers do not matter.
  [[nodiscard]] Status Run(const std::string& sql, std::string_view doing,
                           ErrorPlace place = ErrorPlace::kQuery);
  /// Sends one statement that answers with a stream (COPY, START_REPLICATION); `wanted` is
  /// PGRES_COPY_OUT or PGRES_COPY_BOTH.
  [[nodiscard]] Status StartCopy(const std::string& sql, ExecStatusType wanted,
                                 std::string_view doing, ErrorPlace place);

  /// Makes the library take the socket in large pieces from now on.
  [[nodiscard]] Status EnlargeBuffer();

  [[nodiscard]] bool is_open() const { return PQstatus(handle_.get()) == CONNECTION_OK; }
  /// 150004 for 15.4; 0 when closed.
  [[nodiscard]] int server_version() const { return PQserverVersion(handle_.get()); }
  /// A value the server reports by itself, such as "server_encoding".
  [[nodiscard]] std::string Reported(const char* name) const;
  [[nodiscard]] bool is_local_socket() const;
  [[nodiscard]] int descriptor() const { return PQsocket(handle_.get()); }
  [[nodiscard]] PGconn* handle() const { return handle_.get(); }
  [[nodiscard]] const Failure& failure() const { return failure_; }

  /// Keeps what went wrong, by the server's last words, and tells it.
  Error Fail(ErrorPlace place, std::string_view doing, const PGresult* result = nullptr);
  /// Keeps what no error of the server tells.
  Error Fail(Failure failure);

 private:
  /// By the extended protocol, which takes one statement and no more.
  [[nodiscard]] PGresult* AskOne(const std::string& sql, std::span<const std::string> parameters);

  struct Finish {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  std::unique_ptr<PGconn, Finish> handle_;
  Failure failure_;
  Kind kind_ = Kind::kPlain;
};

/// What libpq is told, as pairs of name and value; pure, so that it can be tested.
struct ConnectOption {
  const char* name;
  std::string value;
};
[[nodiscard]] std::vector<ConnectOption> ConnectOptions(const Settings& settings,
                                                        Connection::Kind kind);
/// The statement that fixes the text form of values.
[[nodiscard]] std::string SessionStatement(const Settings& settings, Connection::Kind kind);

}  // namespace sluice::postgres
