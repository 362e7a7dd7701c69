#include "adapters/postgres/partition_watch.h"

#include <utility>

#include "adapters/postgres/known_tables.h"

namespace sluice::postgres {
namespace {

Finding Warning(std::string what, std::string cure) {
  return {Finding::Weight::kWarns, FailureReason::kNone, std::move(what), std::move(cure), true};
}

}  // namespace

Partitions PartitionsOf(std::span<const CatalogueTable> all, const TableList& captured) {
  Partitions partitions;
  for (const CatalogueTable* table : captured) {
    if (table->partitioned) partitions.roots[table->id].name = FullName(*table);
  }
  for (const CatalogueTable& table : all) {
    partitions.tables.insert(table.id);
    const auto root = partitions.roots.find(table.root);
    if (root == partitions.roots.end() || table.partitioned) continue;
    root->second.leaves.emplace(table.id, FullName(table));
  }
  return partitions;
}

std::vector<Finding> JudgePartitions(const Partitions& before, const Partitions& now) {
  std::vector<Finding> findings;
  for (const auto& [number, root] : now.roots) {
    const auto former = before.roots.find(number);
    if (former == before.roots.end()) continue;
    for (const auto& [leaf, name] : former->second.leaves) {
      if (root.leaves.contains(leaf)) continue;
      findings.push_back(
          Warning("the partition " + name + " of " + root.name + " was " +
                      (now.tables.contains(leaf) ? "detached" : "dropped") +
                      ": nothing tells that its rows are gone from there, and their documents stay",
                  "run `sluice verify --repair` once, if it held rows"));
    }
    for (const auto& [leaf, name] : root.leaves) {
      if (former->second.leaves.contains(leaf) || !before.tables.contains(leaf)) continue;
      findings.push_back(
          Warning("the table " + name + " was attached to " + root.name +
                      ": nothing tells the rows that it held before",
                  "run `sluice verify --repair` once, or read them by a snapshot of " + root.name));
    }
  }
  return findings;
}

}  // namespace sluice::postgres
