#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::postgres {

/// The answer to a query, as text.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  [[nodiscard]] bool Succeeded() const {
    const ExecStatusType status = PQresultStatus(result_.get());
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
  }
  [[nodiscard]] const PGresult* result() const { return result_.get(); }
  [[nodiscard]] int size() const { return PQntuples(result_.get()); }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] bool IsNull(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) != 0;
  }
  /// Valid as long as this object; empty for null.
  [[nodiscard]] std::string_view Text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<size_t>(PQgetlength(result_.get(), row, column))};
  }
  [[nodiscard]] std::string String(int row, int column) const {
    return std::string(Text(row, column));
  }
  /// 0 where there is no number.
  [[nodiscard]] int64_t Number(int row, int column) const;
  [[nodiscard]] bool Flag(int row, int column) const { return Text(row, column) == "t"; }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace sluice::postgres
