#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "adapters/elasticsearch/bulk_body.h"
#include "adapters/elasticsearch/cluster.h"
#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/position.h"
#include "core/ports/document_index.h"

namespace sluice::elasticsearch {

/// Makes destinations ready: an alias onto a backing index `NAME-000001`, both created in one
/// request when the name is free, checked when it is not (and after it was created: a template of
/// the cluster may have added to it). Nothing is ever changed on an existing index.
///
/// Threads:   as the transport.
/// Ownership: borrows transport and clock. Names and actions live as long as the admin.
/// Time:      no call blocks. What cannot be reached is tried again without end, with back-off; at
///            most kRequestsMax requests at once, one until the cluster is known.
/// Errors:    as PrepareResult: kHold repeats, kHalt is final and names the cure.
class IndexAdmin {
 public:
  static constexpr size_t kRequestsMax = 4;

  IndexAdmin(const Settings& settings, Transport& transport, const Clock& clock);

  IndexSlot Prepare(const std::string& stream);
  [[nodiscard]] const std::string& Name(IndexSlot index) const {
    return targets_[index.value].name;
  }
  /// Where single documents are read: the alias, or its write index where it stands for several.
  [[nodiscard]] const std::string& ReadName(IndexSlot index) const {
    const Target& target = targets_[index.value];
    return target.write_index.empty() ? target.name : target.write_index;
  }
  [[nodiscard]] const ActionTemplate& Action(IndexSlot index) const {
    return targets_[index.value].action;
  }
  [[nodiscard]] const Cluster& cluster() const { return cluster_; }

  /// Starts what is due and appends news.
  void Poll(std::vector<PrepareResult>& prepared);
  /// Takes the answer to one of its own requests, whose tag was kAdminTag | `target`.
  void Take(uint32_t target, const Response& response);
  /// Starts nothing more until a destination is asked for again.
  void Pause() { paused_ = true; }

 private:
  enum class Step : uint8_t {
    kDetectRoot,
    kDetectNodes,
    kInspect,
    kRecall,  ///< It is not there: was it ever?
    kCreate,
    kReady,
    kRefused
  };
  struct Target {
    std::string stream;
    std::string name;
    ActionTemplate action;
    Step step = Step::kDetectRoot;
    bool asked = false;
    uint32_t lost_races = 0;
    uint32_t failures = 0;
    int64_t not_before_us = 0;
    std::string body;
    std::string write_index;
    std::string refusal;
    FailureReason refused_for = FailureReason::kIndexUnsuitable;
  };

  [[nodiscard]] Status NameTarget(Target& target) const;
  void Ask(uint32_t index);
  void TakeRoot(uint32_t index, const Response& response);
  void TakeNodes(uint32_t index, const Response& response);
  void Recognise(uint32_t index, Cluster cluster);
  void TakeInspected(uint32_t index, const Response& response);
  void TakeRecalled(uint32_t index, const Response& response);
  void TakeCreated(uint32_t index, const Response& response);
  void Refuse(uint32_t index, std::string sentence,
              FailureReason reason = FailureReason::kIndexUnsuitable);
  void Tell(uint32_t index, Disposition disposition, FailureReason reason, std::string detail);
  void TryAgain(uint32_t index, const Response& response);
  void BackOff(Target& target);

  const Settings settings_;
  Transport& transport_;
  const Clock& clock_;
  Cluster cluster_;
  uint64_t random_state_;
  bool paused_ = false;
  size_t asked_ = 0;
  std::deque<Target> targets_;  // by IndexSlot; references stay good
  std::vector<PrepareResult> news_;
};

/// Tags in the common transport: the upper byte says whose a response is.
inline constexpr uint64_t kAdminTag = uint64_t{1} << 56;
inline constexpr uint64_t kBulkTag = uint64_t{2} << 56;
inline constexpr uint64_t kLookupTag = uint64_t{3} << 56;
inline constexpr uint64_t kControlTag = uint64_t{4} << 56;
inline constexpr uint64_t kDivergenceTag = uint64_t{5} << 56;
inline constexpr uint64_t kScanTag = uint64_t{6} << 56;
inline constexpr uint64_t kTagMask = uint64_t{255} << 56;

}  // namespace sluice::elasticsearch
