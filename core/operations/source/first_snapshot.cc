#include "core/operations/source/first_snapshot.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using Entry = IncrementalProgress::Entry;

std::string NameOf(const Entry& table) {
  return table.schema + "." + table.name;
}

}  // namespace

IncrementalProgress RestOfSnapshot(const SourcePosition& recorded, std::vector<Entry> captured) {
  IncrementalProgress rest = recorded.incremental;
  const auto& done = recorded.snapshot_tables;
  std::erase_if(captured, [&](const Entry& table) {
    return std::find(done.begin(), done.end(), NameOf(table)) != done.end();
  });
  for (Entry& table : captured) table.first_snapshot = true;
  if (!rest.tables.empty()) {
    const auto begun = std::find(captured.begin(), captured.end(), rest.tables.front());
    if (begun != captured.end()) std::rotate(captured.begin(), begun, begun + 1);
  }
  std::erase_if(rest.tables, [](const Entry& table) { return table.first_snapshot; });
  rest.tables.insert(rest.tables.begin(), captured.begin(), captured.end());
  const auto& before = recorded.incremental.tables;
  if (rest.tables.empty() || before.empty() || rest.tables.front() != before.front()) {
    rest.last_key.clear();
    rest.end_key.clear();
  }
  return rest;
}

void RecordProgress(SourcePosition& position, IncrementalProgress progress) {
  const IncrementalProgress before = std::exchange(position.incremental, std::move(progress));
  const auto& left = position.incremental.tables;
  for (const Entry& table : before.tables) {
    if (!table.first_snapshot || std::find(left.begin(), left.end(), table) != left.end()) continue;
    position.snapshot_tables.push_back(NameOf(table));
  }
  if (!before.in_first_snapshot() || position.incremental.in_first_snapshot()) return;
  position.snapshot = SourcePosition::Snapshot::kDone;
  position.snapshot_tables.clear();
}

}  // namespace sluice
