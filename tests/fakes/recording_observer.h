#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/observer.h"

namespace sluice::testing {

/// Remembers what it was told.
///
/// Threads:   one.
/// Ownership: copies.
/// Time:      never blocks.
/// Errors:    none.
class RecordingObserver : public Observer {
 public:
  struct Told {
    FailureReason reason = FailureReason::kNone;
    std::string sentence;
  };

  void OnStats(int, const PipelineStats& stats) override { stats_ = stats; }
  void OnAssigned(int, const TopicPartition& partition, Offset start, bool) override {
    assigned_.emplace_back(partition, start);
  }
  void OnRevoked(int, const TopicPartition& partition, bool lost) override {
    revoked_.emplace_back(partition, lost);
  }
  void OnPlace(int, GroupPlace place, const std::string& sentence) override {
    places_.emplace_back(place, sentence);
  }
  void OnIndexReady(int, const std::string& index) override { ready_.push_back(index); }
  void OnControl(int, const std::string&, const std::string& sentence) override {
    remarks_.push_back(sentence);
  }
  void OnRejected(int, const RejectedRecord& record) override { rejected_.push_back(record); }
  void OnHold(int, FailureReason reason, const std::string& sentence) override {
    ++holds_begun_;
    holds_.push_back({reason, sentence});
  }
  void OnHoldOver(int, FailureReason reason) override {
    const auto found = std::find_if(holds_.begin(), holds_.end(),
                                    [reason](const Told& told) { return told.reason == reason; });
    if (found != holds_.end()) holds_.erase(found);
  }
  void OnHalt(int, FailureReason reason, const std::string& sentence) override {
    halt_ = Told{reason, sentence};
    ++halts_;
  }
  void OnDestination(int, const std::string&, FailureReason reason,
                     const std::string& sentence) override {
    destinations_.push_back({reason, sentence});
  }

  [[nodiscard]] const PipelineStats& stats() const { return stats_; }
  [[nodiscard]] const auto& assigned() const { return assigned_; }
  [[nodiscard]] const auto& revoked() const { return revoked_; }
  [[nodiscard]] const auto& places() const { return places_; }
  [[nodiscard]] const std::vector<std::string>& ready() const { return ready_; }
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }
  [[nodiscard]] const std::vector<RejectedRecord>& rejected() const { return rejected_; }
  /// What was told to begin and not yet to be over.
  [[nodiscard]] const std::vector<Told>& holds() const { return holds_; }
  [[nodiscard]] uint64_t holds_begun() const { return holds_begun_; }
  [[nodiscard]] const std::optional<Told>& halt() const { return halt_; }
  [[nodiscard]] int halts() const { return halts_; }
  /// Of destinations that are left alone, and asked again, in this order.
  [[nodiscard]] const std::vector<Told>& destinations() const { return destinations_; }

 private:
  PipelineStats stats_;
  std::vector<std::pair<TopicPartition, Offset>> assigned_;
  std::vector<std::pair<TopicPartition, bool>> revoked_;
  std::vector<std::pair<GroupPlace, std::string>> places_;
  std::vector<std::string> ready_;
  std::vector<std::string> remarks_;
  std::vector<RejectedRecord> rejected_;
  std::vector<Told> holds_;
  std::vector<Told> destinations_;
  uint64_t holds_begun_ = 0;
  std::optional<Told> halt_;
  int halts_ = 0;
};

}  // namespace sluice::testing
