#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/held_rows.h"
#include "core/model/source_change.h"
#include "core/model/table.h"

namespace sluice {

/// What is left to be told of the rows of a chunk after the changes between its watermarks.
///
/// A row that a change has told whole, or deleted, is dropped. A change that did not touch a large
/// value does not tell it either, and no reader may have it yet: such a row is told with the newest
/// values, and those that no change between the watermarks has told as they were read, for they
/// were the same all along.
///
/// Threads:   one.
/// Ownership: Rest() is valid as long as the rows given to SetRows() and this object.
/// Time:      constant per change, on average.
/// Errors:    spoiled(): a change cannot be matched with the rows; the chunk is to be read again.
class ChunkWindow {
 public:
  /// `key`: names of the columns that rows are known by.
  explicit ChunkWindow(std::vector<std::string> key) : key_(std::move(key)) {}

  /// An insert, update, delete or truncate of the chunk's table.
  void OnChange(const SourceChange& change);
  /// What was read; changes of other rows are forgotten. `key`: where its columns are in `table`.
  void SetRows(const Table& table, const HeldRows& rows, const std::vector<uint32_t>& key);

  [[nodiscard]] bool spoiled() const { return spoiled_; }
  /// Of what is kept while the rows are not known.
  [[nodiscard]] size_t kept_rows() const { return touched_.size(); }
  [[nodiscard]] size_t kept_bytes() const { return kept_bytes_; }

  /// The rows to be told, in the order in which they were read.
  [[nodiscard]] std::vector<Row> Rest();

 private:
  /// What changes have told of a row: whole, or these values by name of column.
  struct Touched {
    bool whole = false;
    std::unordered_map<std::string, std::optional<std::string>> values;  ///< None: null.
  };
  struct Shape {
    const Table* table = nullptr;
    std::vector<uint32_t> key;  ///< Empty: a column is missing.
  };

  void Learn(const Table& table);
  std::optional<std::string> KeyOf(Row row, const std::optional<Row>& other);
  Touched* Touch(Row row, const std::optional<Row>& other);
  void Overlay(const Table& table, Row after, Touched& touched);

  const std::vector<std::string> key_;
  Shape shape_;  ///< Of the streamed table that was met last.
  bool spoiled_ = false;
  bool emptied_ = false;
  std::unordered_map<std::string, Touched> touched_;  ///< By key.
  size_t kept_bytes_ = 0;

  const Table* table_ = nullptr;
  const HeldRows* rows_ = nullptr;
  std::unordered_map<std::string, size_t> numbers_;  ///< Key to row.
  std::deque<std::vector<ColumnValue>> assembled_;   ///< Rows of Rest() that are of two parts.
};

}  // namespace sluice
