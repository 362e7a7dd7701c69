#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
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
  bool or_equal = false;
};

/// The documents as searchers see them: what several fake indices, one a member, write into.
/// External versions: a higher one wins, an equal or lower one is refused. Remembers the version of
/// a deleted document until the test lets it forget, as a node does after `index.gc_deletes`.
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
    bool forgotten = false;  ///< Deleted, and the node knows nothing of it; the test still does.

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
  /// As when an alias is moved: each of the two names stands for what the other stood for.
  void Exchange(const std::string& one, const std::string& other) {
    std::swap(indices_[one], indices_[other]);
  }
  /// The number of documents that a search would find.
  [[nodiscard]] size_t Count(const std::string& index);

  /// A write on its way whose sender does not wait for it any more: it lands when the test says so,
  /// but not after `dies_us`, when every queue and buffer that could hold it has given it up.
  void AddStraggler(OwnedWrite write, int64_t dies_us) {
    stragglers_.push_back({std::move(write), dies_us});
  }
  [[nodiscard]] size_t stragglers() const { return stragglers_.size(); }
  [[nodiscard]] const OwnedWrite& straggler(size_t position) const {
    return stragglers_[position].write;
  }
  /// Whether an index write of that document is among them whose version is lower.
  [[nodiscard]] bool HasStraggler(std::string_view index, std::string_view id, int64_t below) const;
  /// One that would bring back a document whose delete the node has forgotten.
  [[nodiscard]] std::optional<size_t> RevivingStraggler() const;
  void LandStraggler(size_t position);
  void LandAllStragglers();
  void DropStragglers(int64_t now_us);  ///< Those that are too late by now.

  /// Forgets the version of one deleted document, the `position`-th that is still known; false when
  /// there is none.
  bool ForgetDeleted(size_t position);

  /// Sees each write that was applied, before it is.
  std::function<void(const OwnedWrite&)> on_apply;
  /// The writes that the node refuses, whichever way they come.
  std::function<bool(const OwnedWrite&)> never_accepts;
  /// Breaks the cluster: a write wins whatever its version is.
  void IgnoreVersions(bool ignore) { ignore_versions_ = ignore; }

 private:
  std::map<std::string, Documents, std::less<>> indices_;
  struct Straggler {
    OwnedWrite write;
    int64_t dies_us = 0;
  };

  std::deque<Straggler> stragglers_;
  bool ignore_versions_ = false;
};

}  // namespace sluice::testing
