#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/divergence_store.h"

namespace sluice::testing {

/// The divergent ids as all members see them. Versions of removed entries are remembered.
///
/// Threads:   one call at a time.
/// Ownership: entries are values.
/// Time:      never blocks.
/// Errors:    none.
class FakeDivergenceIndex {
 public:
  void Put(const Divergence& entry);
  void Remove(const std::string& index, const std::string& id, int64_t version);
  /// The entry, or null.
  [[nodiscard]] const Divergence* Find(const std::string& index, const std::string& id) const;
  [[nodiscard]] std::vector<Divergence> All(const std::string& index) const;
  /// Hears of changes, for people; none: nobody listens.
  std::function<void(const std::string&)> tell;

 private:
  struct Place {
    Divergence entry;
    int64_t version = 0;
    bool there = false;
  };
  std::map<std::pair<std::string, std::string>, Place> places_;  // by index and id
};

/// One member's way to the divergent ids. Answers at the next Poll().
///
/// Threads:   one call at a time.
/// Ownership: the index is borrowed.
/// Time:      never blocks; nothing happens between calls.
/// Errors:    as scripted.
class FakeDivergenceStore : public DivergenceStore {
 public:
  explicit FakeDivergenceStore(FakeDivergenceIndex& index) : index_(index) {}

  void Load(const std::string& index, size_t entries_max) override;
  void Put(uint64_t token, const Divergence& entry) override;
  void Remove(const std::string& index, const std::string& id, int64_t version) override;
  void Poll(std::vector<DivergenceAnswer>& answers) override;

  /// Nothing is answered or stored while held.
  void Hold(bool hold) { held_ = hold; }
  /// Told before the next answer.
  void HoldOnce(Failure failure) { failures_.push_back(std::move(failure)); }
  [[nodiscard]] size_t open() const { return questions_.size(); }
  [[nodiscard]] uint64_t puts() const { return puts_; }

 private:
  struct Question {
    enum class Kind : uint8_t { kLoad, kPut, kRemove };
    Kind kind = Kind::kLoad;
    uint64_t token = 0;
    size_t entries_max = 0;
    Divergence entry;  ///< Of kLoad the index alone, of kRemove index, id and version.
  };

  FakeDivergenceIndex& index_;
  std::deque<Question> questions_;
  std::deque<Failure> failures_;
  bool held_ = false;
  uint64_t puts_ = 0;
};

}  // namespace sluice::testing
