#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/document_scan.h"
#include "tests/fakes/fake_document_index.h"
#include "tests/fakes/fake_search_cluster.h"

namespace sluice::testing {

/// Lists the documents of a FakeSearchCluster as they are at Begin().
///
/// Threads:   one call at a time.
/// Ownership: borrows cluster and index.
/// Time:      never blocks; answers at the next Poll().
/// Errors:    as scripted.
class FakeDocumentScan : public DocumentScan {
 public:
  FakeDocumentScan(FakeSearchCluster& cluster, const FakeDocumentIndex& names)
      : cluster_(cluster), names_(names) {}

  void Begin(IndexSlot index) override {
    index_ = index;
    ++begun_;
    left_.clear();
    for (const auto& [id, stored] : cluster_.documents(names_.IndexName(index))) {
      if (!stored.deleted && !blind_) left_.push_back({id, stored.version});
    }
    asked_ = true;
  }
  void Next() override { asked_ = true; }
  std::optional<ScanPage> Poll() override {
    if (!asked_ || held_) return std::nullopt;
    ScanPage page;
    if (!failures_.empty()) {  // and then it begins anew
      page.failure = std::move(failures_.front());
      failures_.pop_front();
      const bool gone = page.failure.verdict.disposition == Disposition::kHalt;
      if (!gone) Begin(index_);
      return page;
    }
    asked_ = false;
    while (page.documents.size() < page_ && !left_.empty()) {
      page.documents.push_back(std::move(left_.front()));
      left_.pop_front();
    }
    page.last = page.documents.empty();
    return page;
  }
  void End() override {
    left_.clear();
    asked_ = false;
  }

  void SetPage(size_t documents) { page_ = documents; }
  void Hold(bool held) { held_ = held; }
  /// Lists no document that is there.
  void SetBlind(bool blind) { blind_ = blind; }
  void FailNext(Failure failure) { failures_.push_back(std::move(failure)); }
  [[nodiscard]] int begun() const { return begun_; }

 private:
  FakeSearchCluster& cluster_;
  const FakeDocumentIndex& names_;
  IndexSlot index_;
  std::deque<ScannedDocument> left_;
  std::deque<Failure> failures_;
  size_t page_ = 3;
  int begun_ = 0;
  bool asked_ = false;
  bool held_ = false;
  bool blind_ = false;
};

}  // namespace sluice::testing
