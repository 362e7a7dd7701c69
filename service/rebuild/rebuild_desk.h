#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/elasticsearch/divergence_client.h"
#include "adapters/elasticsearch/index_mover.h"
#include "adapters/kafka/admin.h"
#include "core/model/result.h"
#include "core/operations/index/rebuild_decision.h"
#include "service/composition/control_operator.h"
#include "service/composition/system_clock.h"
#include "service/config/config.h"

namespace sluice::rebuild {

/// What brokers and search cluster say of a rebuild, and what is written down of it.
///
/// Threads:   one call at a time.
/// Ownership: owns its clients; the configuration is borrowed.
/// Time:      each call waits for brokers and search cluster, some seconds each.
/// Errors:    in the results, with the cure.
class RebuildDesk {
 public:
  static Result<std::unique_ptr<RebuildDesk>> Open(const config::Config& config,
                                                   const std::string& index);

  [[nodiscard]] Result<RebuildSight> Look();
  /// The topic with the place of the rebuild's group.
  [[nodiscard]] Result<StreamFacts> ShadowStream() {
    return admin_.DescribeStream(topic_, shadow_config_.kafka_group_id);
  }
  /// Whether the last owners of all partitions have left nothing on its way.
  [[nodiscard]] Result<bool> LeftClean();
  [[nodiscard]] Result<size_t> MembersOf(const std::string& group);

  /// Moves the group of the rebuild, then stores the shadow's first record; of the last look.
  [[nodiscard]] Status Begin(const ControlChange& change);
  /// What is left of a rebuild that is over: the shadow's record and its group.
  [[nodiscard]] Status Forget();
  /// Stores a record in place of the one that the last look has found.
  [[nodiscard]] Status WriteLive(const ControlRecord& record);
  [[nodiscard]] Status WriteShadow(const ControlRecord& record);

  /// Divergent ids of the one become such of the other, but for those that this has already.
  [[nodiscard]] Status CopyDivergences(const std::string& from, const std::string& to);
  [[nodiscard]] Status ForgetDivergences(const std::string& index);
  /// Those of the shadow that the live index's writer knows nothing of.
  [[nodiscard]] Result<std::vector<Divergence>> UnknownToLive();

  [[nodiscard]] const std::string& index() const { return index_; }
  [[nodiscard]] const std::string& shadow() const { return shadow_; }
  [[nodiscard]] const std::string& group() const { return config_.kafka_group_id; }
  [[nodiscard]] const std::string& shadow_group() const { return shadow_config_.kafka_group_id; }
  [[nodiscard]] const std::string& topic() const { return topic_; }
  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] const config::Config& shadow_config() const { return shadow_config_; }
  [[nodiscard]] elasticsearch::IndexMover& mover() { return mover_; }

 private:
  RebuildDesk(const config::Config& config, std::string index, kafka::Admin admin);

  const config::Config& config_;
  const std::string index_;
  const std::string shadow_;
  service::SystemClock clock_;
  kafka::Admin admin_;
  elasticsearch::IndexMover mover_;
  elasticsearch::DivergenceClient divergences_;
  std::string topic_;
  config::Config shadow_config_;
  std::unique_ptr<service::ControlOperator> live_records_;
  std::unique_ptr<service::ControlOperator> shadow_records_;
  service::ControlView live_;
  service::ControlView shadow_view_;
};

}  // namespace sluice::rebuild
