#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/model/outcome.h"

namespace sluice {

/// Which table writes to which stream: one stream takes the rows of one table, for the keys of two
/// would be mistaken for one another.
///
/// Threads:   one call at a time.
/// Ownership: owns what it was told.
/// Time:      never blocks.
/// Errors:    as a failure that halts.
class StreamOwners {
 public:
  struct Owner {
    uint32_t id = 0;  ///< The database's own number: a table stays itself when it is renamed.
    std::string schema;
    std::string name;
  };

  /// Says that `owner` writes to `stream`. kDone; a halt that names both tables where another one
  /// does, or where another one's `schema.table` reads the same, by which tables are told apart in
  /// settings and in what is recorded.
  [[nodiscard]] Failure Claim(const Owner& owner, const std::string& stream);
  /// The table that writes to `stream`, as long as nothing is claimed; null: none does.
  [[nodiscard]] const Owner* HolderOf(const std::string& stream) const;

 private:
  std::map<std::string, Owner> by_stream_;
  std::map<std::string, Owner> by_text_;  ///< `schema.table`
};

}  // namespace sluice
