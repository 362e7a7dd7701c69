#pragma once

#include <string>

#include "core/model/change_event.h"
#include "core/model/group.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/model/stats.h"

namespace sluice {

/// A record that goes to the dead letters, as far as it may be told: no key, no id, no content.
struct RejectedRecord {
  TopicPartition stream;
  Offset offset;
  RejectReason reason = RejectReason::kBadJson;
  std::string index;       ///< Empty when unknown.
  std::string error_type;  ///< The server's name of the error; empty for our own reasons.
};

/// What happened, for whoever counts and prints. The core decides nothing by it.
///
/// Threads:   called from the pipeline's thread only; one observer may serve several pipelines, so
///            implementations guard what they share.
/// Ownership: arguments are borrowed for the call.
/// Time:      must not block for long: the pipeline waits.
/// Errors:    none.
class Observer {
 public:
  virtual ~Observer() = default;

  /// A copy of all counters, at most every 100 ms while something happens and at each end.
  virtual void OnStats(int worker, const PipelineStats& stats) = 0;

  virtual void OnAssigned(int worker, const TopicPartition& partition, Offset start,
                          bool committed) = 0;
  virtual void OnRevoked(int worker, const TopicPartition& partition, bool lost) = 0;
  /// In a group that has one active member: what this one is, whenever that changes.
  virtual void OnPlace(int worker, GroupPlace place, const std::string& sentence) = 0;
  virtual void OnIndexReady(int worker, const std::string& index) = 0;
  /// Something about the recorded history of an index that is not as usual.
  virtual void OnControl(int worker, const std::string& index, const std::string& sentence) = 0;
  virtual void OnRejected(int worker, const RejectedRecord& record) = 0;
  /// Something is held or in doubt: reported at its beginning and end, not at each attempt.
  virtual void OnHold(int worker, FailureReason reason, const std::string& sentence) = 0;
  virtual void OnHoldOver(int worker, FailureReason reason) = 0;
  virtual void OnHalt(int worker, FailureReason reason, const std::string& sentence) = 0;
  /// A destination of deliveries is left alone because it fails, or (kNone) is sent to again.
  virtual void OnDestination(int worker, const std::string& destination, FailureReason reason,
                             const std::string& sentence) {
    static_cast<void>(worker), static_cast<void>(destination);
    static_cast<void>(reason), static_cast<void>(sentence);
  }
};

}  // namespace sluice
