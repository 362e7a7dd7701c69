#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/group_consumer.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "core/model/record.h"
#include "tests/integration/real_clock.h"

namespace sluice::testing {

/// A record to be written by a test.
struct TestRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<Header> headers;
  int32_t partition = 0;
};

/// The broker that SLUICE_TEST_KAFKA names. Without it each test that asks for it fails and says
/// why.
class Broker {
 public:
  static Broker& Get();

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] kafka::Settings settings() const;
  [[nodiscard]] kafka::Admin& admin() { return *admin_; }
  Clock& clock() { return clock_; }

  /// A name nobody has used before.
  std::string Unique(const std::string& stem);
  /// Creates a topic with a unique name.
  std::string NewTopic(const std::string& stem, int32_t partitions,
                       const std::map<std::string, std::string>& config = {});
  /// Writes records and waits until the broker has them. Returns the offset of the last one.
  int64_t Produce(const std::string& topic, const std::vector<TestRecord>& records);
  /// All that a topic holds now.
  [[nodiscard]] std::vector<OwnedRecord> ReadAll(const std::string& topic) const;
  /// `count` records "<from>", "<from+1>", … with the same key and value.
  int64_t ProduceNumbers(const std::string& topic, int32_t partition, int from, int count);

 private:
  Broker();

  std::string address_;
  RealClock clock_;
  std::unique_ptr<kafka::Admin> admin_;
  kafka::Client producer_;
  int64_t run_ = 0;
  int unique_ = 0;
};

/// Calls `step` until `done` holds; false when that takes longer than `seconds`. Never sleeps
/// longer than a millisecond at a time.
bool Until(
    const std::function<bool()>& done, const std::function<void()>& step = [] {}, int seconds = 20);

/// A member of a group that keeps what it read and answers rebalances, unless told not to.
class Member {
 public:
  explicit Member(const kafka::ConsumerSettings& settings,
                  const kafka::Settings& broker = Broker::Get().settings());

  /// One turn. Answers assignments and revocations as the valves say.
  void Turn();
  bool TurnUntil(const std::function<bool()>& done, int seconds = 20) {
    return Until(done, [this] { Turn(); }, seconds);
  }
  /// Commits and waits for the answer.
  SourceEvent CommitAndWait(const TopicPartition& stream, CommitPosition position);
  [[nodiscard]] PartitionSlot SlotOf(const TopicPartition& stream) const;
  [[nodiscard]] bool Owns(const TopicPartition& stream) const { return owned.contains(stream); }
  [[nodiscard]] size_t Count(SourceEvent::Kind kind) const;
  [[nodiscard]] const SourceEvent* Last(SourceEvent::Kind kind) const;

  std::unique_ptr<kafka::GroupConsumer> source;
  std::map<TopicPartition, AssignedPartition> owned;
  std::map<TopicPartition, std::vector<std::pair<int64_t, std::string>>> read;  ///< Offset, value.
  std::map<TopicPartition, int64_t> ends;  ///< As the last end of partition said.
  std::vector<SourceEvent> events;
  bool start = true;    ///< Start reading as soon as assigned.
  bool give_up = true;  ///< Answer revocations at once.
  bool consume = true;  ///< Else only events are served.
  size_t batch = 100;
  int32_t last_epoch = -1;

 private:
  std::vector<Record> buffer_;
};

/// Settings with short times, a unique group and one topic.
kafka::ConsumerSettings QuickSettings(const std::string& group, const std::string& topic);

}  // namespace sluice::testing
