#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/elasticsearch/bulk_body.h"
#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/position.h"
#include "core/ports/document_index.h"

namespace sluice::elasticsearch {

/// What answers at the other end.
struct Cluster {
  bool known = false;
  bool opensearch = false;
  std::string version;  ///< Empty when the account may not see it.
};

/// Makes destinations ready: an alias onto a backing index `NAME-000001`, both created in one
/// request when the name is free, checked when it is not. Nothing is ever changed on an existing
/// index.
///
/// Threads:   as the transport.
/// Ownership: borrows transport and clock.
/// Time:      no call blocks. What cannot be reached is tried again without end, with back-off.
/// Errors:    as PrepareResult: kHold repeats, kHalt is final and names the cure.
class IndexAdmin {
 public:
  IndexAdmin(const Settings& settings, Transport& transport, const Clock& clock);

  IndexSlot Prepare(const std::string& stream);
  [[nodiscard]] const std::string& Name(IndexSlot index) const {
    return targets_[index.value].name;
  }
  [[nodiscard]] const ActionTemplate& Action(IndexSlot index) const {
    return targets_[index.value].action;
  }
  [[nodiscard]] const Cluster& cluster() const { return cluster_; }

  /// Starts what is due and appends news.
  void Poll(std::vector<PrepareResult>& prepared);
  /// Takes the answer to one of its own requests. `tag`: the part that MakeTag() was given.
  void Take(uint32_t target, const Response& response);

 private:
  enum class Step : uint8_t { kDetect, kInspect, kCreate, kReady, kRefused };
  struct Target {
    std::string stream;
    std::string name;
    ActionTemplate action;
    Step step = Step::kDetect;
    bool asked = false;
    bool created_by_other = false;
    uint32_t failures = 0;
    int64_t not_before_us = 0;
    std::string body;
  };

  void Ask(uint32_t target);
  void TakeDetected(Target& target, const Response& response);
  void TakeInspected(uint32_t index, const Response& response);
  void TakeCreated(uint32_t index, const Response& response);
  void CheckExisting(uint32_t index, const std::vector<ExistingIndex>& existing);
  void Tell(uint32_t index, Disposition disposition, FailureReason reason, std::string detail);
  void TryAgain(uint32_t index, const Response& response);

  const Settings settings_;
  Transport& transport_;
  const Clock& clock_;
  Cluster cluster_;
  std::vector<Target> targets_;  // by IndexSlot
  std::vector<PrepareResult> news_;
};

/// Tags of the admin's requests in the common transport: the upper byte says whose a response is.
inline constexpr uint64_t kAdminTag = uint64_t{1} << 56;
inline constexpr uint64_t kBulkTag = uint64_t{2} << 56;
inline constexpr uint64_t kLookupTag = uint64_t{3} << 56;
inline constexpr uint64_t kTagMask = uint64_t{255} << 56;

}  // namespace sluice::elasticsearch
