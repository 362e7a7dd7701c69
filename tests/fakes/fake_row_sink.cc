#include "tests/fakes/fake_row_sink.h"

#include <utility>

namespace sluice::testing {

Failure FakeRowSink::Scripted() {
  if (failures_.empty()) return {};
  Failure failure = std::move(failures_.front());
  failures_.pop_front();
  return failure;
}

Failure FakeRowSink::Load(std::string& positions) {
  positions = store_.positions;
  return {};
}

Failure FakeRowSink::Append(const ChangelogRow& row) {
  Failure failure = Scripted();
  if (failure.verdict.disposition == Disposition::kDone) open_.push_back(row);
  return failure;
}

Failure FakeRowSink::Keep(const std::string& positions) {
  Failure failure = Scripted();
  if (failure.verdict.disposition != Disposition::kDone) return failure;
  for (ChangelogRow& row : open_) {
    counts_.bytes += row.id.size();
    store_.rows.push_back(std::move(row));
  }
  open_.clear();
  store_.positions = positions;
  return {};
}

}  // namespace sluice::testing
