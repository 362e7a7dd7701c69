#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/kafka/compacted_topic.h"
#include "core/model/result.h"
#include "core/ports/clock.h"
#include "core/ports/position_store.h"

namespace sluice::service {

/// A position as one JSON object, and back.
///
///   {"schema":"sluice.position/1","epoch":1,"system_id":"7…","timeline":1,"database":"shop",
///    "slot":"sluice","flushed":"0/16B3748","snapshot":"not_taken"|"running"|"done"}
[[nodiscard]] std::string RenderPosition(const SourcePosition& position);
[[nodiscard]] Result<SourcePosition> ParsePosition(std::string_view text);

/// Positions in a compacted topic, one a name.
///
/// Threads:   one call at a time.
/// Ownership: owns the topic's client.
/// Time:      Load() and StoreAndWait() wait for the brokers, Store() and Poll() never.
/// Errors:    in the results.
class PositionRecord : public PositionStore {
 public:
  PositionRecord(kafka::CompactedTopic topic, std::string name, Clock& clock)
      : topic_(std::move(topic)), name_(std::move(name)), clock_(clock) {}

  [[nodiscard]] Result<std::optional<SourcePosition>> Load();
  void Store(const SourcePosition& position) override {
    topic_.Store(name_, RenderPosition(position));
  }
  std::optional<Failure> Poll() override { return topic_.Poll(); }
  /// Stores and waits for the answer, as long as a record may take.
  [[nodiscard]] Failure StoreAndWait(const SourcePosition& position);
  [[nodiscard]] int descriptor() const { return topic_.descriptor(); }

 private:
  kafka::CompactedTopic topic_;
  const std::string name_;
  Clock& clock_;
};

}  // namespace sluice::service
