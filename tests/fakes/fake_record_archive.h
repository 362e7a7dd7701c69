#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "core/ports/record_archive.h"
#include "tests/fakes/fake_log.h"

namespace sluice::testing {

/// Old records out of a fake log.
///
/// Threads:   one call at a time.
/// Ownership: the log is borrowed.
/// Time:      never blocks.
/// Errors:    more requests than capacity() abort: the caller broke the contract.
class FakeRecordArchive : public RecordArchive {
 public:
  explicit FakeRecordArchive(const FakeLog& log, size_t capacity = 64)
      : log_(log), capacity_(capacity) {}

  [[nodiscard]] size_t capacity() const override { return capacity_; }
  void Request(uint64_t token, const TopicPartition& stream, Offset offset) override;
  void Poll(std::vector<ArchivedRecord>& answers) override;

  /// Requests stay unanswered while held.
  void Hold(bool hold) { held_ = hold; }
  /// While set, each Poll() says so for each open request, which stays open, as a broker that
  /// cannot be reached does.
  void SetTrouble(std::optional<Verdict> trouble) { trouble_ = trouble; }
  /// While set, the log no longer has what is asked for.
  void SetGone(bool gone) { gone_ = gone; }
  [[nodiscard]] size_t open() const { return requests_.size(); }
  [[nodiscard]] size_t requests() const { return requests_seen_; }

 private:
  struct Wanted {
    uint64_t token = 0;
    TopicPartition stream;
    Offset offset;
  };
  const FakeLog& log_;
  size_t capacity_;
  std::deque<Wanted> requests_;
  std::optional<Verdict> trouble_;
  size_t requests_seen_ = 0;
  bool held_ = false;
  bool gone_ = false;
};

}  // namespace sluice::testing
