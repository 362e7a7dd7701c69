#include "core/operations/index/divergence_causes.h"

#include <algorithm>

namespace sluice {

DivergenceCauses::DivergenceCauses(const Divergence& entry)
    : since_(entry.since), versions_(entry.causes) {
  if (versions_.empty()) versions_.push_back(entry.version);
}

void DivergenceCauses::Add(int64_t version) {
  if (versions_.empty()) {
    since_ = version;
    versions_.push_back(version);
    return;
  }
  if (version < versions_.front() && since_ < versions_.front()) {
    since_ = std::min(since_, version);  // that span is not told apart
    return;
  }
  const auto at = std::lower_bound(versions_.begin(), versions_.end(), version);
  if (at != versions_.end() && *at == version) return;
  if (at == versions_.begin()) since_ = version;
  versions_.insert(at, version);
  // Nothing is lost: the next one reaches back to the oldest now.
  if (versions_.size() > kMost) versions_.erase(versions_.begin());
}

/// Everything from `since` to `until` is not told apart any more.
void DivergenceCauses::Widen(int64_t since, int64_t until) {
  if (!versions_.empty() && since_ < versions_.front()) until = std::max(until, versions_.front());
  since_ = versions_.empty() ? since : std::min(since_, since);
  std::erase_if(versions_, [until](int64_t version) { return version < until; });
  if (versions_.empty() || versions_.front() != until) versions_.insert(versions_.begin(), until);
  if (versions_.size() > kMost) versions_.erase(versions_.begin());
}

void DivergenceCauses::Add(const DivergenceCauses& others) {
  if (others.versions_.empty()) return;
  if (others.since_ < others.versions_.front()) Widen(others.since_, others.versions_.front());
  for (const int64_t version : others.versions_) Add(version);
}

bool DivergenceCauses::Between(int64_t older, int64_t newer) const {
  if (versions_.empty()) return false;
  if (older < versions_.front() && since_ < newer) return true;
  return std::any_of(versions_.begin() + 1, versions_.end(),
                     [&](int64_t version) { return older < version && version < newer; });
}

bool DivergenceCauses::Cover(const DivergenceCauses& others) const {
  if (others.versions_.empty()) return true;
  if (versions_.empty()) return false;
  const auto has = [this](int64_t version) {
    return (since_ <= version && version <= versions_.front()) ||
           std::binary_search(versions_.begin(), versions_.end(), version);
  };
  const bool span = others.since_ < others.versions_.front();
  if (span && !(since_ <= others.since_ && others.versions_.front() <= versions_.front()))
    return false;
  return std::all_of(others.versions_.begin(), others.versions_.end(), has);
}

}  // namespace sluice
