#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/debezium/bracket_scan.h"

namespace sluice::debezium {

/// How the values begin that may be more than they seem.
struct ValueMarks {
  std::vector<std::string> strings;  ///< Behind a quote; at least RowScanner::kMarkBytes each.
  char element = 0;                  ///< Behind an opening square bracket.
};

/// What one pass over a row learned.
struct RowFacts {
  /// One past the brace that ends the row. Null where this pass cannot tell: another must.
  const char* end = nullptr;
  /// No byte above 0x7F was seen. Bytes close behind the row count too.
  bool ascii = false;
  /// A string or an array may begin with a mark. False only when surely none does.
  bool marked = true;
};

/// Finds the end of an object that stands within a longer text, and whether it may hold a marked
/// value, in one pass of 64 bytes at a time. What it finds to be a row has strings that are closed,
/// brackets that match, no control byte, and no backslash outside strings.
///
/// Threads:   const after construction: any number of calls at a time.
/// Ownership: texts are borrowed for the call.
/// Time:      never blocks; reads no byte outside the text, and none twice.
/// Errors:    none: what is unusual has no end.
class RowScanner {
 public:
  /// Of a mark so many bytes are compared.
  static constexpr size_t kMarkBytes = 3;
  static constexpr size_t kMarksMax = 8;

  /// Without `marks.strings`, or where two of them have the same lower half of their first bytes
  /// and differ in the upper, every row counts as marked.
  explicit RowScanner(const ValueMarks& marks, ScanKernel kernel = FastestScanKernel());

  /// `row` points at the object's brace, `end` behind the text that it stands in.
  [[nodiscard]] RowFacts Scan(const char* row, const char* end) const;

 private:
  struct Masks;
  struct Progress;

  [[nodiscard]] bool TakeFirst(unsigned char byte);
  [[nodiscard]] RowFacts ScanAvx2(const char* row, const char* end) const;
  [[nodiscard]] bool TakeBlock(const char* at, const char* end, const Masks& masks,
                               Progress& progress) const;
  [[nodiscard]] bool IsMark(const char* at, const char* end) const;

  ScanKernel kernel_;
  bool choosy_ = true;
  char element_ = 0;
  /// By the lower half of a byte, twice: the first byte of a mark, else one of another lower half.
  std::array<char, 32> firsts_{};
  std::vector<uint32_t> marks_;  ///< The compared bytes, as they lie in memory.
};

}  // namespace sluice::debezium
