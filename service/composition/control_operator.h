#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/elasticsearch/control_client.h"
#include "adapters/kafka/admin.h"
#include "core/model/control.h"
#include "core/model/result.h"
#include "core/operations/index/control_decision.h"
#include "service/composition/system_clock.h"
#include "service/config/config.h"

namespace sluice::service {

/// An index's recorded history, beside what brokers and search cluster say now.
struct ControlView {
  std::optional<ControlRecord> recorded;
  ControlTicket ticket;
  ControlSight seen;
};

/// What operators do with control records.
///
/// Threads:   one call at a time.
/// Ownership: owns its clients.
/// Time:      each call waits for brokers and search cluster, some seconds each.
/// Errors:    in the results, with the cure.
class ControlOperator {
 public:
  static Result<std::unique_ptr<ControlOperator>> Open(const config::Config& config);

  /// The indices of all topics that the configuration names and that exist.
  [[nodiscard]] Result<std::vector<std::string>> Indices();
  [[nodiscard]] Result<ControlView> Look(const std::string& index);
  /// The same. None: no topic of the configuration is written there, and no record tells of one
  /// that is there.
  [[nodiscard]] Result<std::optional<ControlView>> Find(const std::string& index);
  /// Moves the group's offsets where the change says so, then stores the record: what ends in
  /// between reads records again, and never passes one over.
  [[nodiscard]] Status Apply(const ControlView& view, const ControlChange& change);
  /// By partition of the index's topic: the first record that was written at `wall_ms` or later.
  [[nodiscard]] Result<std::map<int32_t, int64_t>> OffsetsAt(const ControlView& view,
                                                             int64_t wall_ms) {
    const StreamFacts& stream = view.seen.stream;
    return admin_.OffsetsAt(stream.topic, stream.partitions.size(), wall_ms);
  }

 private:
  ControlOperator(const config::Config& config, kafka::Admin admin);
  /// Of all that there are, those that the configuration names; sorted.
  [[nodiscard]] std::vector<std::string> Named(const std::vector<kafka::TopicInfo>& all) const;

  const config::Config& config_;
  SystemClock clock_;
  kafka::Admin admin_;
  elasticsearch::ControlClient records_;
};

}  // namespace sluice::service
