#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/key_order.h"
#include "adapters/postgres/table_filter.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/position.h"
#include "core/model/result.h"
#include "core/model/source_change.h"

namespace sluice::postgres {

/// The columns by whose order a table's rows can be read in ranges: its primary key, else the index
/// that identifies its rows. Empty: there are none.
[[nodiscard]] std::vector<std::string> RangeKey(const CatalogueTable& table);
/// The index of that key; 0: there is none.
[[nodiscard]] uint32_t RangeIndex(const CatalogueTable& table);

/// What is read of a table, and from where.
struct KeyedSource {
  const CatalogueTable& table;
  const Table& shape;
  const KeyOrder& range_key;
};

/// Reads the rows behind `after` (empty: from the first) up to `last`, in the key's order, at most
/// `rows`. Pure, as is the next one. Behind the shape's columns comes the number of the transaction
/// that wrote the row.
[[nodiscard]] std::string RangeStatement(const KeyedSource& source,
                                         const std::vector<std::string>& after,
                                         const std::vector<std::string>& last, size_t rows);
/// Reads the rows whose `columns` have one of these values, and where all of `nulls` are null.
[[nodiscard]] std::string KeysStatement(const KeyedSource& source, const KeyOrder& columns,
                                        std::span<const std::vector<std::string>> keys,
                                        std::span<const std::string> nulls = {});

/// Rows of one table as they are now, in ranges of its key and by key. Each statement sees what was
/// committed when it began.
///
/// Threads:   one call at a time.
/// Ownership: borrows settings and filter; a row is valid for the call that shows it.
/// Time:      waits for the server, a statement at a time.
/// Errors:    in the results, with the server's words.
class KeyedRows {
 public:
  /// `writer` names the transaction that wrote the row: the same row under the same one is the
  /// same version of it.
  using Take = std::function<void(Row row, std::string_view writer)>;

  KeyedRows(const Settings& settings, const TableFilter& filter)
      : settings_(settings), filter_(filter) {}

  /// Reads the table's shape as it is now. `via_root`: partitions are told as their topmost table.
  [[nodiscard]] Result<Table> Describe(const std::string& schema, const std::string& name);
  /// `shape`: as described last.
  void Use(const Table& shape) { shape_ = &shape; }
  /// The columns in whose order ranges are read; no two rows have the same there, and no null.
  [[nodiscard]] std::vector<std::string> range_columns() const { return NamesOf(range_key_); }
  /// An estimate; -1: the table was never counted.
  [[nodiscard]] int64_t estimated_rows() const { return now_ ? now_->rows : -1; }

  /// The next range of at most `rows` rows, from the first to the one that is last when the first
  /// range is read. 0: there are no more.
  [[nodiscard]] Result<size_t> NextRange(size_t rows, const Take& take);
  /// From the first row again.
  void Restart();
  /// The rows whose `columns` have one of these values, and where all of `nulls` are null.
  [[nodiscard]] Status Find(const std::vector<std::string>& columns,
                            std::span<const std::vector<std::string>> keys, const Take& take,
                            std::span<const std::string> nulls = {});

  /// The condition of the rows that Find() finds, which means the same under every search path.
  [[nodiscard]] std::string Condition(const std::vector<std::string>& columns,
                                      std::span<const std::vector<std::string>> keys) const {
    return OneOf(OrderOf(compared_, columns), keys);
  }

  /// A place in the log behind every transaction that could be seen so far. It is reached by
  /// readers of the log also where nothing else is written: a message is.
  [[nodiscard]] Result<Lsn> Now();

  /// The end of the log this moment; writes nothing.
  [[nodiscard]] Result<Lsn> LogEnd();

  /// Keeps others from writing to the table until Unlock(); waits a few seconds for those that do.
  [[nodiscard]] Status Lock();
  [[nodiscard]] Status Unlock();

  [[nodiscard]] Connection& connection() { return connection_; }

 private:
  [[nodiscard]] Status Open();
  [[nodiscard]] Result<size_t> Copy(const std::string& sql, const Take& take,
                                    std::vector<std::string>* last_key);
  [[nodiscard]] Status FindEnd();
  [[nodiscard]] Result<Lsn> AskLsn(const std::string& function, std::string_view doing);
  [[nodiscard]] KeyedSource source() const { return {*now_, *shape_, range_key_}; }

  const Settings& settings_;
  const TableFilter& filter_;
  Connection connection_;
  std::unique_ptr<CatalogueTable> now_;
  const Table* shape_ = nullptr;
  KeyOrder compared_;  ///< How columns are compared.
  KeyOrder range_key_;
  std::vector<std::string> after_;
  std::vector<std::string> end_;
  bool began_ = false;
};

}  // namespace sluice::postgres
