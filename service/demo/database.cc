#include "service/demo/database.h"

#include <array>
#include <cstdlib>
#include <string_view>

namespace sluice::demo {
namespace {

constexpr const char* kStackAddress = "postgresql://postgres@127.0.0.1:15432/testdb";
constexpr const char* kDatabase = "testdb";
constexpr const char* kConnectSeconds = "10";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

struct ResultCloser {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ResultCloser>;

struct OptionsCloser {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, OptionsCloser>;

/// One part of an address; `error` is set when it is none.
std::string PartOf(const std::string& address, std::string_view keyword, std::string& error) {
  char* text = nullptr;
  const Options options(PQconninfoParse(address.c_str(), &text));
  if (!options) {
    error = text == nullptr ? "not understood" : Trimmed(text);
    PQfreemem(text);
    return {};
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (keyword == option->keyword && option->val != nullptr) return option->val;
  }
  return {};
}

void IgnoreNotice(void* /*unused*/, const PGresult* /*unused*/) {}

}  // namespace

std::string AddressOf(const std::optional<std::string>& given) {
  if (given) return *given;
  if (std::string address = Variable("SLUICE_POSTGRES"); !address.empty()) return address;
  const bool named = !Variable("PGHOST").empty() || !Variable("PGHOSTADDR").empty() ||
                     !Variable("PGSERVICE").empty() || !Variable("PGPORT").empty();
  return named ? "" : kStackAddress;
}

Result<std::string> DatabaseNameOf(const std::string& address) {
  std::string error;
  std::string name = PartOf(address, "dbname", error);
  if (!error.empty()) {
    return Error{"--postgres: " + error, "write postgresql://user@host:port/database"};
  }
  if (name.empty()) name = Variable("PGDATABASE");
  return name.empty() ? std::string(kDatabase) : name;
}

bool HoldsPassword(const std::string& address) {
  std::string error;
  return !PartOf(address, "password", error).empty();
}

Database::Connection Database::Connect(const std::string& address, const std::string& database) {
  // The first dbname may be a whole address; the keywords behind it win over its parts. The timeout
  // stands in front, so that an address may have its own.
  const std::array<const char*, 5> keywords = {"connect_timeout", "dbname", "dbname",
                                               "application_name", nullptr};
  const std::array<const char*, 5> values = {kConnectSeconds, address.c_str(), database.c_str(),
                                             "sluice demo", nullptr};
  Connection connection(PQconnectdbParams(keywords.data(), values.data(), 1));
  PQsetNoticeReceiver(connection.get(), IgnoreNotice, nullptr);
  return connection;
}

Status Database::Create(const std::string& address, const std::string& database, bool& missing) {
  missing = false;
  Connection server = Connect(address, "postgres");
  if (PQstatus(server.get()) != CONNECTION_OK) return {};
  Database maintenance(std::move(server));
  const auto known =
      maintenance.Run("select 1 from pg_catalog.pg_database where datname = $1", {database});
  if (!known || !known->empty()) return {};
  missing = true;
  const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
      PQescapeIdentifier(maintenance.connection_.get(), database.data(), database.size()),
      &PQfreemem);
  if (!quoted) return Error{"\"" + database + "\" cannot be a database's name", ""};
  const Answer answer(PQexec(maintenance.connection_.get(),
                             (std::string("create database ") + quoted.get()).c_str()));
  if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK) return {};
  constexpr std::string_view kDuplicateDatabase = "42P04";  // somebody else was faster
  const char* state = PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
  if (state != nullptr && state == kDuplicateDatabase) return {};
  return Error{"database " + database + " does not exist and cannot be created: " +
                   Trimmed(PQresultErrorMessage(answer.get())),
               "create it, or connect with an account that may (CREATEDB)"};
}

Result<Database> Database::Open(const std::string& address) {
  const Result<std::string> name = DatabaseNameOf(address);
  if (!name) return name.error();
  Connection connection = Connect(address, *name);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    bool missing = false;
    if (Status created = Create(address, *name, missing); !created) return created.error();
    if (missing) connection = Connect(address, *name);
  }
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return Error{"cannot connect to PostgreSQL: " + Trimmed(PQerrorMessage(connection.get())),
                 "check --postgres, SLUICE_POSTGRES or the PG* variables; `scripts/stack up "
                 "postgres` starts one"};
  }
  return Database(std::move(connection));
}

Result<std::vector<std::string>> Database::Run(const std::string& statement,
                                               const std::vector<std::string>& values) {
  std::vector<const char*> parameters;
  parameters.reserve(values.size());
  for (const std::string& value : values) parameters.push_back(value.c_str());
  const Answer answer(PQexecParams(connection_.get(), statement.c_str(),
                                   static_cast<int>(values.size()), nullptr, parameters.data(),
                                   nullptr, nullptr, 0));
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    const std::string text = Trimmed(PQresultErrorMessage(answer.get()));
    return Error{"PostgreSQL refuses \"" + statement.substr(0, 60) +
                     "\": " + (text.empty() ? Trimmed(PQerrorMessage(connection_.get())) : text),
                 ""};
  }
  std::vector<std::string> rows;
  rows.reserve(static_cast<size_t>(PQntuples(answer.get())));
  for (int row = 0; row < PQntuples(answer.get()); ++row) {
    rows.emplace_back(PQgetvalue(answer.get(), row, 0));
  }
  return rows;
}

std::string Database::name() const {
  return PQdb(connection_.get());
}

std::string Database::host() const {
  const char* host = PQhost(connection_.get());
  const char* port = PQport(connection_.get());
  return std::string(host == nullptr ? "" : host) + ":" + (port == nullptr ? "" : port);
}

}  // namespace sluice::demo
