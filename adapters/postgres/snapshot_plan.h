#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/settings.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/table.h"

namespace sluice::postgres {

/// A piece of a table that one connection reads with one COPY.
struct SnapshotChunk {
  size_t table = 0;    ///< Which of the planned tables.
  uint32_t leaf = 0;   ///< The table that holds the rows: the table itself or a partition.
  std::string schema;  ///< Of the leaf.
  std::string name;    ///< Of the leaf.
  uint32_t begin = 0;  ///< First page.
  uint32_t end = 0;    ///< Behind the last page; 0: to the end of the table.
  int64_t rows = 0;    ///< An estimate, for progress.
};

/// A table to be read: its shape, and the tables that hold its rows.
struct SnapshotTable {
  const Table* table = nullptr;
  std::vector<const CatalogueTable*> leaves;
};

/// Cuts tables into pieces of about equal size, a table's pieces in order. Pure. Before version 14
/// a range of pages is read as a whole scan, so there a leaf is one piece. The last piece of a leaf
/// has no end: pages added since the count belong to it.
[[nodiscard]] std::vector<SnapshotChunk> PlanSnapshot(std::span<const SnapshotTable> tables,
                                                      const SnapshotSettings& settings,
                                                      int server_version);

/// The statements that begin to see the database as an exported snapshot does; empty: as it is at
/// the first query. Pure.
[[nodiscard]] std::string EnterStatement(const std::string& snapshot);

/// How names are found in the statement that reads a piece; to be run before it. Pure.
[[nodiscard]] const char* PathStatement(const Table& table, const SnapshotSettings& settings);
/// The statement that reads a piece. Pure.
[[nodiscard]] std::string CopyStatement(const SnapshotChunk& chunk, const Table& table,
                                        const SnapshotSettings& settings);

/// The query for whether the piece's table still has the storage and the name that it had at the
/// snapshot, of which it sees the catalogue: one row, `t`. Pure.
[[nodiscard]] std::string SameStatement(const SnapshotChunk& chunk);

}  // namespace sluice::postgres
