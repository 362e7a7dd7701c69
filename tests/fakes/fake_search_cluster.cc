#include "tests/fakes/fake_search_cluster.h"

#include <algorithm>

namespace sluice::testing {

WriteResult FakeSearchCluster::Apply(const OwnedWrite& write) {
  Documents& documents = indices_[write.index];
  const auto found = documents.find(write.id);
  const bool known = found != documents.end() && !found->second.forgotten;
  if (known && !ignore_versions_) {
    if (write.version == found->second.version && !write.or_equal)
      return WriteResult::kConflictEqual;
    if (write.version < found->second.version) return WriteResult::kConflictHigher;
  }
  if (on_apply) on_apply(write);
  const bool was_there = known && !found->second.deleted;
  const bool deletes = write.action == WriteAction::kDelete;
  documents[write.id] =
      Stored{write.version, deletes, deletes ? std::string() : write.document, false};
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

bool FakeSearchCluster::HasStraggler(std::string_view index, std::string_view id,
                                     int64_t below) const {
  return std::any_of(stragglers_.begin(), stragglers_.end(), [&](const Straggler& late) {
    return late.write.index == index && late.write.id == id &&
           late.write.action == WriteAction::kIndex && late.write.version < below;
  });
}

std::optional<size_t> FakeSearchCluster::RevivingStraggler() const {
  for (size_t i = 0; i < stragglers_.size(); ++i) {
    const OwnedWrite& write = stragglers_[i].write;
    const auto index = indices_.find(write.index);
    if (index == indices_.end() || write.action != WriteAction::kIndex) continue;
    const auto found = index->second.find(write.id);
    if (found != index->second.end() && found->second.forgotten) return i;
  }
  return std::nullopt;
}

void FakeSearchCluster::LandStraggler(size_t position) {
  const OwnedWrite write = std::move(stragglers_[position].write);
  stragglers_.erase(stragglers_.begin() + static_cast<std::ptrdiff_t>(position));
  Land(write);
}

void FakeSearchCluster::LandAllStragglers() {
  while (!stragglers_.empty()) LandStraggler(0);
}

void FakeSearchCluster::DropStragglers(int64_t now_us) {
  std::erase_if(stragglers_, [now_us](const Straggler& late) { return late.dies_us <= now_us; });
}

bool FakeSearchCluster::ForgetDeleted(size_t position) {
  std::vector<Stored*> known;
  for (auto& [index, documents] : indices_) {
    for (auto& [id, stored] : documents) {
      if (stored.deleted && !stored.forgotten) known.push_back(&stored);
    }
  }
  if (known.empty()) return false;
  known[position % known.size()]->forgotten = true;
  return true;
}

}  // namespace sluice::testing
