#include "adapters/postgres/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

namespace sluice::postgres {
namespace {

constexpr int64_t kMsPerSecond = 1'000;
/// Of one value that makes the library's buffer twice as large.
constexpr int kPieceBytes = 262'144;

/// Waits for what a handshake in progress wants, a slice at a time. The silence counts, not the
/// time: a server that answers is not given up for being slow.
bool FinishOpening(PGconn* handle, int64_t silence_ms_max) {
  constexpr int kSliceMs = 50;
  int64_t silent_ms = 0;
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING;
       state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED;) {
    pollfd wanted{PQsocket(handle),
                  static_cast<int16_t>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (poll(&wanted, 1, kSliceMs) == 0) {
      silent_ms += kSliceMs;
      if (silent_ms >= silence_ms_max) return false;
      continue;
    }
    state = PQconnectPoll(handle);
  }
  return true;
}

/// Server's words of one failed statement: the message and, where it has one, its detail.
std::string WordsOf(const PGresult* result) {
  std::string words;
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  words = message != nullptr ? message : PQresultErrorMessage(result);
  if (const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL); detail != nullptr) {
    words += " (";
    words += detail;
    words += ')';
  }
  return words;
}

}  // namespace

int64_t Rows::Number(int row, int column) const {
  const std::string_view text = Text(row, column);
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : 0;
}

std::vector<ConnectOption> ConnectOptions(const Settings& settings, Connection::Kind kind) {
  std::vector<ConnectOption> options;
  const auto add = [&options](const char* name, const std::string& value) {
    if (!value.empty()) options.push_back({name, value});
  };
  add("host", settings.host);
  add("port", std::to_string(settings.port));
  add("user", settings.user);
  add("password", settings.password);
  add("dbname", settings.database);
  add("sslmode", settings.sslmode);
  add("sslcert", settings.sslcert);
  add("sslkey", settings.sslkey);
  add("sslrootcert", settings.sslrootcert);
  const int64_t seconds = (settings.connect_timeout_ms + kMsPerSecond - 1) / kMsPerSecond;
  add("connect_timeout", std::to_string(std::max<int64_t>(seconds, 2)));
  add("application_name", settings.application_name);
  add("client_encoding", "UTF8");
  // A server that is gone without a word is noticed in half a minute, not after hours.
  add("keepalives_idle", "10");
  add("keepalives_interval", "5");
  add("keepalives_count", "4");
  add("tcp_user_timeout", "30000");
  if (kind == Connection::Kind::kReplication) add("replication", "database");
  return options;
}

std::string SessionStatement(const Settings& settings, Connection::Kind kind) {
  // An empty search path: names are told with their schema, and nobody's own function or type is
  // taken for a built-in one. Without row security: the server refuses to read a table of
  // which a policy would hide rows, in place of hiding them.
  std::string sql =
      "SET datestyle TO 'ISO, YMD'; SET intervalstyle TO 'postgres'; SET timezone TO 'UTC'; "
      "SET bytea_output TO 'hex'; SET extra_float_digits TO 1; SET xmloption TO 'content'; "
      "SET search_path TO ''; SET lock_timeout TO 0; SET default_transaction_read_only TO off; "
      "SET row_security TO off; SET idle_in_transaction_session_timeout TO 0; "
      "SET statement_timeout TO ";
  sql += kind == Connection::Kind::kPlain ? std::to_string(settings.statement_timeout_ms) : "0";
  return sql;
}

Status Connection::Open(const Settings& settings, Kind kind) {
  const std::vector<ConnectOption> options = ConnectOptions(settings, kind);
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const ConnectOption& option : options) {
    names.push_back(option.name);
    values.push_back(option.value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  kind_ = kind;
  handle_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  const std::string doing = "connecting to " + settings.host + ":" + std::to_string(settings.port) +
                            ", database " + settings.database;
  // The library would print notices to standard error.
  PQsetNoticeReceiver(handle_.get(), [](void*, const PGresult*) {}, nullptr);
  if (PQstatus(handle_.get()) != CONNECTION_BAD) {
    // Only so does the library tell the SQLSTATE of a connection that was refused.
    PQsetErrorVerbosity(handle_.get(), PQERRORS_VERBOSE);
    if (!FinishOpening(handle_.get(), settings.connect_timeout_ms)) {
      failure_ = FailureOf(ErrorPlace::kConnect, "", doing, "no answer in time");
      Close();
      return Error{failure_.detail, ""};
    }
  }
  if (!is_open()) return Fail(ErrorPlace::kConnect, doing);
  PQsetErrorVerbosity(handle_.get(), PQERRORS_DEFAULT);
  return Run(SessionStatement(settings, kind), doing, ErrorPlace::kConnect);
}

PGresult* Connection::AskOne(const std::string& sql, std::span<const std::string> parameters) {
  // A walsender answers the simple protocol alone.
  if (kind_ == Kind::kReplication) return PQexec(handle_.get(), sql.c_str());
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  return PQexecParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                      values.data(), nullptr, nullptr, 0);
}

Result<Rows> Connection::Query(const std::string& sql, std::string_view doing,
                               std::span<const std::string> parameters, ErrorPlace place) {
  PGresult* result = AskOne(sql, parameters);
  Rows rows(result);
  if (!rows.Succeeded()) return Fail(place, doing, result);
  return rows;
}

Status Connection::Run(const std::string& sql, std::string_view doing, ErrorPlace place) {
  PGresult* result = PQexec(handle_.get(), sql.c_str());
  const Rows rows(result);
  return rows.Succeeded() ? Status() : Status(Fail(place, doing, result));
}

Status Connection::StartCopy(const std::string& sql, ExecStatusType wanted, std::string_view doing,
                             ErrorPlace place) {
  PGresult* result = AskOne(sql, {});
  const Rows owner(result);
  if (PQresultStatus(result) != wanted) return Fail(place, doing, result);
  return {};
}

Status Connection::EnlargeBuffer() {
  // Its buffer grows with what it has to hold and never shrinks: one large value is enough.
  return Run("SELECT pg_catalog.repeat('x', " + std::to_string(kPieceBytes) + ")",
             "preparing the connection");
}

std::string Connection::Reported(const char* name) const {
  const char* value = PQparameterStatus(handle_.get(), name);
  return value == nullptr ? "" : value;
}

bool Connection::is_local_socket() const {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  return getpeername(descriptor(), reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         address.ss_family == AF_UNIX;
}

Error Connection::Fail(ErrorPlace place, std::string_view doing, const PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const VerboseWords words = state != nullptr ? VerboseWords{state, WordsOf(result)}
                                              : ReadVerboseWords(PQerrorMessage(handle_.get()));
  failure_ = FailureOf(place, words.sqlstate, doing, words.text);
  const std::string_view cure = CureOf(place, words.sqlstate, words.text);
  Error error{failure_.detail, std::string(cure)};
  if (!cure.empty()) error.what.resize(error.what.size() - cure.size() - 2);
  return error;
}

Error Connection::Fail(Failure failure) {
  failure_ = std::move(failure);
  return {failure_.detail, ""};
}

}  // namespace sluice::postgres
