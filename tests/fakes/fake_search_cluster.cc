#include "tests/fakes/fake_search_cluster.h"

#include <algorithm>

namespace sluice::testing {

WriteResult FakeSearchCluster::Apply(const OwnedWrite& write) {
  Documents& documents = indices_[write.index];
  const auto found = documents.find(write.id);
  const bool known = found != documents.end();
  if (known && !ignore_versions_) {
    if (write.version == found->second.version) return WriteResult::kConflictEqual;
    if (write.version < found->second.version) return WriteResult::kConflictHigher;
  }
  if (on_apply) on_apply(write);
  const bool was_there = known && !found->second.deleted;
  const bool deletes = write.action == WriteAction::kDelete;
  documents[write.id] = Stored{write.version, deletes, deletes ? std::string() : write.document};
  if (deletes) return was_there ? WriteResult::kDeleted : WriteResult::kNotFound;
  return was_there ? WriteResult::kUpdated : WriteResult::kCreated;
}

void FakeSearchCluster::Land(const OwnedWrite& write) {
  if (never_accepts && never_accepts(write)) return;
  Apply(write);
}

const FakeSearchCluster::Stored* FakeSearchCluster::Find(std::string_view index,
                                                         std::string_view id) const {
  const auto documents = indices_.find(index);
  if (documents == indices_.end()) return nullptr;
  const auto found = documents->second.find(id);
  return found == documents->second.end() || found->second.deleted ? nullptr : &found->second;
}

size_t FakeSearchCluster::Count(const std::string& index) {
  const Documents& documents = indices_[index];
  return static_cast<size_t>(std::count_if(
      documents.begin(), documents.end(), [](const auto& entry) { return !entry.second.deleted; }));
}

void FakeSearchCluster::LandStraggler(size_t position) {
  const OwnedWrite write = std::move(stragglers_[position]);
  stragglers_.erase(stragglers_.begin() + static_cast<std::ptrdiff_t>(position));
  Land(write);
}

void FakeSearchCluster::LandAllStragglers() {
  while (!stragglers_.empty()) LandStraggler(0);
}

}  // namespace sluice::testing
