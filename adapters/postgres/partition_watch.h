#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/publication.h"
#include "adapters/postgres/server_checks.h"

namespace sluice::postgres {

/// Which tables hold the rows of partitioned ones, as one look finds them.
struct Partitions {
  struct Root {
    std::string name;                        ///< `schema.table`
    std::map<uint32_t, std::string> leaves;  ///< By number: `schema.table`.
  };
  std::map<uint32_t, Root> roots;  ///< By number.
  std::set<uint32_t> tables;       ///< Numbers of all tables of the database.
};

/// Those of the captured tables that are partitioned. `all`: tables of the database.
[[nodiscard]] Partitions PartitionsOf(std::span<const CatalogueTable> all,
                                      const TableList& captured);

/// Partitions that came or went with the rows that they held, which the log does not tell: dropped,
/// detached, or a table of its own before it was attached. One that is made as a partition is none.
/// Pure.
[[nodiscard]] std::vector<Finding> JudgePartitions(const Partitions& before, const Partitions& now);

}  // namespace sluice::postgres
