#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/logged_key.h"
#include "adapters/postgres/table_book.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// What the stream has told of tables, with what the catalogue adds, asked on a connection of its
/// own.
///
/// Threads:   one call at a time.
/// Ownership: borrows everything it is made from.
/// Time:      Learn() waits for up to seven short queries, and for a second at most until what it
///            is told of can be seen; Find() never blocks.
/// Errors:    as results; `failure()` has the verdict. A key of a type of which nothing is known
///            any more halts: its documents would get other ids. So does one with a generated
///            column, which is not sent.
class RelationCache {
 public:
  struct Entry {
    TableShape shape;
    const Table* table = nullptr;  ///< Null: the table is filtered out.
    /// Places of columns whose names meant another column before: readers must not take their
    /// values from what they have.
    std::vector<uint32_t> moved;
    bool exact = false;     ///< A change that does not tell its former key is not to be told.
    KeyDoubts doubts = {};  ///< Of the table and its leaves; none where it is not exact.
  };

  RelationCache(const Settings& settings, const StreamSettings& stream, const TableFilter& filter,
                TableBook& book)
      : settings_(settings),
        stream_(stream),
        filter_(filter),
        book_(book),
        catalogue_(connection_, &book.types()) {}

  [[nodiscard]] Status Open();
  /// A relation message, told by a transaction: the shape of a table from now on.
  [[nodiscard]] Status Learn(const PgoutputMessage& relation, uint32_t transaction);
  /// A row of `relation` follows what was learned, or something that is no row (0). A leaf is told
  /// right behind the table that its rows are told as, and then a row of it comes as that table's:
  /// so it is known as a leaf, and what its replica identity holds.
  void Settle(uint32_t relation) {
    if (told_ != 0) SettleLeaf(relation);
  }
  /// A type message, which comes before the relation that needs it.
  void NameType(const PgoutputMessage& type);

  /// Null: no relation message has told it.
  [[nodiscard]] const Entry* Find(uint32_t relation) {
    if (last_ != nullptr && last_id_ == relation) return last_;
    const auto it = entries_.find(relation);
    if (it == entries_.end()) return nullptr;
    last_id_ = relation;
    return last_ = &it->second;
  }
  [[nodiscard]] const Failure& failure() const {
    return untold_.verdict.disposition == Disposition::kDone ? connection_.failure() : untold_;
  }

 private:
  struct TypeName {
    uint32_t id;
    std::string schema;
    std::string name;
  };

  /// What was told right behind another table.
  struct Leaf {
    uint32_t id;
    uint32_t root;
    std::string doubt;  ///< Empty: it holds the key.
  };

  void SettleLeaf(uint32_t relation);
  void NoteLeaf(const PgoutputMessage& relation);
  [[nodiscard]] bool IsExact(const Table& table) const {
    return !stream_.is_exact || stream_.is_exact(table);
  }
  [[nodiscard]] Status JudgeTypes(const Table& table);
  [[nodiscard]] Status JudgeKey(const Table& table, const CatalogueTable& now);
  [[nodiscard]] Status Halt(std::string text);
  [[nodiscard]] Status Describe(const PgoutputMessage& relation, uint32_t transaction,
                                Entry& entry);

  const Settings& settings_;
  const StreamSettings& stream_;
  const TableFilter& filter_;
  TableBook& book_;
  Connection connection_;
  Catalogue catalogue_;
  std::unordered_map<uint32_t, Entry> entries_;
  std::vector<TypeName> type_names_;
  uint32_t last_id_ = 0;
  const Entry* last_ = nullptr;
  uint32_t told_ = 0;  ///< By the last message; 0: a row came since.
  std::optional<Leaf> leaf_;
  Failure untold_;  ///< kDone, or why a table's changes must not be told.
};

}  // namespace sluice::postgres
