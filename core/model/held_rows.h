#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "core/model/source_change.h"

namespace sluice {

/// Rows of one table with memory of their own.
class HeldRows {
 public:
  explicit HeldRows(size_t columns = 0) : columns_(columns) {}

  /// Copies a row of as many values as there are columns.
  void Add(Row row) {
    std::string& bytes = bytes_.emplace_back();
    size_t size = 0;
    for (const ColumnValue& value : row) size += value.text.size();
    bytes.reserve(size);  // what was appended never moves
    for (const ColumnValue& value : row) {
      const size_t begin = bytes.size();
      bytes += value.text;
      values_.push_back({value.kind, {bytes.data() + begin, value.text.size()}});
    }
    held_bytes_ += size + row.size() * sizeof(ColumnValue);
  }
  /// Valid until this object is destroyed or assigned to.
  [[nodiscard]] Row operator[](size_t row) const {
    return {values_.data() + row * columns_, columns_};
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] size_t columns() const { return columns_; }
  [[nodiscard]] size_t held_bytes() const { return held_bytes_; }

 private:
  size_t columns_;
  std::deque<std::string> bytes_;  // one a row; a deque's elements stay where they are
  std::vector<ColumnValue> values_;
  size_t held_bytes_ = 0;
};

}  // namespace sluice
