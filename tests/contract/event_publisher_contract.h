#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/event_publisher.h"

namespace sluice::testing {

/// A record as somebody finds it later.
struct FoundEvent {
  std::optional<uint32_t> partition;  ///< None: it is not told.
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<Header> headers;
  std::optional<int64_t> timestamp_ms;  ///< None: it is not told.
};

/// A log that is written, and a way to read it; what the contract of EventPublisher needs to be
/// held against a fake or a real one.
class EventPublisherHarness {
 public:
  virtual ~EventPublisherHarness() = default;

  /// Whose streams are made with `kPartitions`.
  [[nodiscard]] virtual EventPublisher& publisher() = 0;
  static constexpr uint32_t kPartitions = 3;
  /// One with room for `kQueueMax` records, cut off from the log.
  [[nodiscard]] virtual EventPublisher& cut_off() = 0;
  static constexpr size_t kQueueMax = 10;
  /// A name that nobody has used.
  [[nodiscard]] virtual std::string NewStream() = 0;
  /// What lies in a stream, in the order of each partition.
  [[nodiscard]] virtual std::vector<FoundEvent> Find(const std::string& stream) = 0;
  /// Lets time pass.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeEventPublisher = std::function<std::unique_ptr<EventPublisherHarness>()>;

/// The contract every EventPublisher keeps.
class EventPublisherContract : public ::testing::TestWithParam<MakeEventPublisher> {
 protected:
  void SetUp() override { harness_ = GetParam()(); }
  [[nodiscard]] EventPublisher& publisher() { return harness_->publisher(); }
  /// Publishes, however long that takes.
  void Publish(const OutgoingEvent& event);
  /// Polls until `count` records are acknowledged, and a few turns more.
  void AwaitAcks(EventPublisher& publisher, size_t count);
  [[nodiscard]] uint32_t CountPartitions(StreamSlot stream);

  std::unique_ptr<EventPublisherHarness> harness_;
  std::vector<PublishAck> acks_;
};

}  // namespace sluice::testing
