#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/document_write.h"
#include "core/model/outcome.h"

namespace sluice::testing {

/// A write with memory of its own.
struct OwnedWrite {
  WriteAction action = WriteAction::kIndex;
  std::string index;
  std::string id;
  int64_t version = 0;
  std::string document;
};

/// The documents as searchers see them: what several fake indices, one a member, write into.
/// External versions: a higher one wins, an equal or lower one is refused. Remembers the version of
/// a deleted document for ever.
///
/// Threads:   one call at a time.
/// Ownership: owns its documents.
/// Time:      never blocks.
/// Errors:    none.
class FakeSearchCluster {
 public:
  struct Stored {
    int64_t version = 0;
    bool deleted = false;
    std::string document;

    bool operator==(const Stored&) const = default;
  };
  using Documents = std::map<std::string, Stored, std::less<>>;

  /// Applies the write if its version wins, and says what became of it.
  WriteResult Apply(const OwnedWrite& write);
  /// As Apply(), for a write whose answer nobody sees: what is never accepted is left out.
  void Land(const OwnedWrite& write);
  /// The document with that id, or null when there is none (now).
  [[nodiscard]] const Stored* Find(std::string_view index, std::string_view id) const;
  /// Everything ever written there, tombstones too.
  [[nodiscard]] const Documents& documents(const std::string& index) { return indices_[index]; }
  /// The number of documents that a search would find.
  [[nodiscard]] size_t Count(const std::string& index);

  /// A write on its way whose sender does not wait for it any more: it lands when the test says so.
  void AddStraggler(OwnedWrite write) { stragglers_.push_back(std::move(write)); }
  [[nodiscard]] size_t stragglers() const { return stragglers_.size(); }
  void LandStraggler(size_t position);
  void LandAllStragglers();

  /// Sees each write that was applied, before it is.
  std::function<void(const OwnedWrite&)> on_apply;
  /// The writes that the node refuses, whichever way they come.
  std::function<bool(const OwnedWrite&)> never_accepts;
  /// Breaks the cluster: a write wins whatever its version is.
  void IgnoreVersions(bool ignore) { ignore_versions_ = ignore; }

 private:
  std::map<std::string, Documents, std::less<>> indices_;
  std::deque<OwnedWrite> stragglers_;
  bool ignore_versions_ = false;
};

}  // namespace sluice::testing
