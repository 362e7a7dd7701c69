#pragma once

#include <deque>
#include <string>
#include <vector>

#include "core/ports/row_sink.h"

namespace sluice::testing {

/// What sinks keep, for as long as a test lasts.
struct FakeRowStore {
  std::vector<ChangelogRow> rows;
  std::string positions;
};

/// Rows in memory.
///
/// Threads:   one call at a time.
/// Ownership: the store is borrowed.
/// Time:      never blocks.
/// Errors:    as scripted.
class FakeRowSink : public RowSink {
 public:
  explicit FakeRowSink(FakeRowStore& store) : store_(store) {}

  [[nodiscard]] Failure Load(std::string& positions) override;
  [[nodiscard]] Failure Append(const ChangelogRow& row) override;
  [[nodiscard]] Failure Keep(const std::string& positions) override;
  [[nodiscard]] const RowSinkCounts& counts() const override { return counts_; }

  /// The next calls but Load() are answered so, one each.
  void FailNext(Failure failure) { failures_.push_back(std::move(failure)); }

 private:
  [[nodiscard]] Failure Scripted();

  FakeRowStore& store_;
  std::vector<ChangelogRow> open_;
  std::deque<Failure> failures_;
  RowSinkCounts counts_;
};

}  // namespace sluice::testing
