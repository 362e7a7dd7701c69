#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/verify/canonical.h"
#include "service/verify/ports.h"

namespace sluice::verify {

/// A difference that counts.
struct Difference {
  enum class Kind : uint8_t {
    kMissing,
    kExtra,
    kDifferent,
    kShared,  ///< Two rows have this one document: `key` and `other_key`.
  };
  Kind kind = Kind::kMissing;
  DocumentName name;
  Key key;                              ///< Of the row; empty: there is none.
  int64_t version = 0;                  ///< Of the document; 0: there is none.
  std::vector<FieldDifference> fields;  ///< Of kDifferent, as far as both fit into memory.
  Key other_key = {};                   ///< Of kShared.
};

[[nodiscard]] const char* DifferenceName(Difference::Kind kind);  ///< "missing", …

/// What came of comparing one table with its index.
struct TableResult {
  uint64_t rows = 0;    ///< Compared.
  uint64_t ranges = 0;  ///< Of the key.
  uint64_t ranges_unequal = 0;
  uint64_t ids = 0;       ///< Of the index, looked for in the table.
  uint64_t suspects = 0;  ///< Looked at again, once the index had passed their rows.
  uint64_t missing = 0;
  uint64_t extra = 0;
  uint64_t different = 0;
  uint64_t unwritten = 0;  ///< Of those: they only lack fields that are null, as of new columns.
  uint64_t shared = 0;     ///< Rows whose document is that of another row too.
  uint64_t changing = 0;   ///< Changed whenever they were looked at: nothing is known of them.
  std::vector<Difference> differences;    ///< The first of them.
  std::vector<std::string> changing_ids;  ///< The first of them.

  // Of repairing.
  bool repaired = false;  ///< It was tried; what is above is what has remained.
  uint64_t healed = 0;
  std::vector<std::string> obstacles;  ///< Why something could not be healed, with the cure.

  [[nodiscard]] uint64_t differing() const { return missing + extra + different + shared; }
};

}  // namespace sluice::verify
