#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/control_store.h"
#include "tests/fakes/fake_search_cluster.h"

namespace sluice::testing {

/// The control records and what the indices are, as all members see them.
///
/// Threads:   one call at a time.
/// Ownership: the cluster is borrowed: it knows how much was written.
/// Time:      never blocks.
/// Errors:    none.
class FakeControlIndex {
 public:
  explicit FakeControlIndex(FakeSearchCluster& cluster) : cluster_(cluster) {}

  struct Kept {
    ControlRecord record;
    int64_t seq_no = 0;
  };
  /// The stored record, or null.
  [[nodiscard]] Kept* Find(const std::string& index);
  void Put(const ControlRecord& record);
  void Forget(const std::string& index) { kept_.erase(index); }

  /// What the index is now; changed by a test, it is another one.
  [[nodiscard]] IndexFacts& Destination(const std::string& index);
  /// As Destination(), with what was written so far.
  [[nodiscard]] IndexFacts Look(const std::string& index);

 private:
  FakeSearchCluster& cluster_;
  std::map<std::string, Kept> kept_;
  std::map<std::string, IndexFacts> destinations_;
};

/// One member's way to the control records. Answers at the next Poll().
///
/// Threads:   one call at a time.
/// Ownership: the index is borrowed.
/// Time:      never blocks; nothing happens between calls.
/// Errors:    as scripted. A second question about one index aborts.
class FakeControlStore : public ControlStore {
 public:
  explicit FakeControlStore(FakeControlIndex& index) : index_(index) {}

  void Look(const std::string& index) override;
  void Create(const ControlRecord& record) override;
  void Replace(const ControlRecord& record, const ControlTicket& ticket) override;
  void Poll(std::vector<ControlAnswer>& answers) override;

  /// Questions stay unanswered while held.
  void HoldAnswers(bool hold) { held_ = hold; }
  /// Told before the next answer.
  void HoldOnce(Failure failure) { failures_.push_back(std::move(failure)); }
  /// The next creation is refused because somebody else stores this just before.
  void RaceNext(const ControlRecord& record) { race_ = record; }

  [[nodiscard]] uint64_t looks() const { return looks_; }
  [[nodiscard]] uint64_t writes() const { return writes_; }

 private:
  struct Question {
    enum class Kind : uint8_t { kLook, kCreate, kReplace };
    Kind kind = Kind::kLook;
    ControlRecord record;
    ControlTicket ticket;
  };
  void Ask(Question question);
  [[nodiscard]] ControlAnswer Answer(const Question& question);

  FakeControlIndex& index_;
  std::deque<Question> questions_;
  std::deque<Failure> failures_;
  std::optional<ControlRecord> race_;
  bool held_ = false;
  uint64_t looks_ = 0;
  uint64_t writes_ = 0;
};

}  // namespace sluice::testing
