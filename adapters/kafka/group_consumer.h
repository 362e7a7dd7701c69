#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kafka/broker_reminder.h"
#include "adapters/kafka/fault_book.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "adapters/kafka/slot_table.h"
#include "adapters/kafka/wakeup.h"
#include "core/model/control.h"
#include "core/ports/clock.h"
#include "core/ports/group_source.h"

namespace sluice::kafka {

/// A member of a consumer group: reads the partitions it was given and commits how far they were
/// settled. It enters the group by itself, or in a mode with one active member when it is told to.
///
/// Threads:   one call at a time; the library's own threads are hidden.
/// Ownership: records are views into the library's fetch buffers until Release().
/// Time:      no call waits for a broker. Assigning, pausing and resuming wait for the library's
///            own thread to take the order, which is microseconds.
/// Errors:    as events; Open() fails only for settings that no broker is needed to refuse.
class GroupConsumer : public GroupSource {
 public:
  static Result<std::unique_ptr<GroupConsumer>> Open(const Settings& settings,
                                                     const ConsumerSettings& consumer, Clock& clock,
                                                     LogSink log = nullptr);
  ~GroupConsumer() override;

  /// Readable when records or events wait. A Poll() that filled all of `out` leaves it unreadable
  /// though more may wait: poll again before sleeping, unless there is no room.
  [[nodiscard]] int descriptor() const { return wakeup_.descriptor(); }

  size_t Poll(std::span<Record> out) override;
  [[nodiscard]] std::optional<std::string_view> HeaderOf(const Record& record,
                                                         const char* name) const override;
  void Release() override;
  bool NextEvent(SourceEvent& event) override;
  [[nodiscard]] const TopicPartition& Name(PartitionSlot slot) const override;
  [[nodiscard]] int64_t EndOffset(PartitionSlot slot) const override;
  void AskStream(const std::string& topic) override;
  void StartReading() override;
  void CompleteRevoke() override;
  void PauseFetching() override;
  void ResumeFetching() override;
  void KeepBack(std::span<const PartitionSlot> slots) override;
  void Hold(PartitionSlot slot, Offset next) override;
  void GoOn(PartitionSlot slot) override;
  void Commit(std::span<const Position> positions) override;
  void Close() override;

  void Join() override;
  void Leave() override;
  void AskGroup() override;
  [[nodiscard]] std::string MemberId() const override;

 private:
  /// Where a rebalance stands. The library has at most one open and waits for our answer.
  enum class Rebalance : uint8_t {
    kNone,
    kReadingOffsets,     ///< Given partitions; their committed offsets are being asked for.
    kReadingBeginnings,  ///< Some were never committed; their first offsets are being asked for.
    kRevoking,           ///< The core drains; it answers by CompleteRevoke().
    kRevokingLost,
  };

  /// The questions about topics that are on their way, one after the other.
  enum class FactsStep : uint8_t { kNone, kTopics, kBeginnings, kEnds, kCommitted };

  GroupConsumer(const Settings& settings, const ConsumerSettings& consumer, Clock& clock,
                LogSink log);
  Status Start(const Settings& settings);
  [[nodiscard]] Status Subscribe();

  // group_consumer.cc: records
  void OnMessageError(const rd_kafka_message_t& message);
  void OnEndOfPartition(PartitionSlot slot, int64_t offset);
  void Seek(const std::vector<PartitionSlot>& slots);
  void Resume(const std::vector<PartitionSlot>& slots);
  [[nodiscard]] std::vector<PartitionSlot> Flowing() const;
  [[nodiscard]] PartitionList ListOf(const std::vector<PartitionSlot>& slots) const;

  // group_events.cc: everything that is no record
  void ServeEvents();
  void OnEvent(rd_kafka_event_t* event);
  void OnError(rd_kafka_event_t* event);
  void OnCommitted(rd_kafka_event_t* event);
  void OnTopicUnknown(const std::string& topic, Failure failure);
  void Probe();
  void DescribeTopics();
  void OnClusterDescribed(rd_kafka_event_t* event);
  void OnTopicsDescribed(rd_kafka_event_t* event);
  void Halt(Failure failure);

  // group_facts.cc: what the brokers say about whole topics
  void ServeFacts();
  void AskFacts();
  [[nodiscard]] bool IsOfFacts(rd_kafka_event_t* event) const;
  void OnFacts(rd_kafka_event_t* event);
  void AskTopics(void* opaque);
  [[nodiscard]] bool TakeTopics(rd_kafka_event_t* event);
  [[nodiscard]] bool TakeOffsets(rd_kafka_event_t* event);
  [[nodiscard]] bool TakeCommitted(rd_kafka_event_t* event);
  void FactsFailed(rd_kafka_resp_err_t code, const char* text);

  // group_members.cc: entering, leaving, who else is there
  void ServeGroup();
  void DescribeGroup();
  void OnGroupDescribed(rd_kafka_event_t* event);

  // group_rebalance.cc: partitions come and go
  void OnRebalance(rd_kafka_event_t* event);
  void BeginAssign(const rd_kafka_topic_partition_list_t& partitions);
  void AskCommitted();
  void OnOffsets(rd_kafka_event_t* event);
  void AskBeginnings();
  void OnBeginnings(rd_kafka_event_t* event);
  void RetryAsking(const Failure& failure);
  void FinishAssign();
  void BeginRevoke(const rd_kafka_topic_partition_list_t& partitions);
  void AnswerAssign(rd_kafka_topic_partition_list_t* partitions);
  void AnswerRevoke(rd_kafka_topic_partition_list_t* partitions);
  void AfterAnswer();
  [[nodiscard]] bool cooperative() const;

  const ConsumerSettings settings_;
  Clock& clock_;
  const LogSink log_;
  BrokerReminder reminder_;
  Wakeup wakeup_;
  Client client_;
  Queue records_;  ///< Every partition's queue is forwarded here; nothing else is.
  Queue events_;   ///< Group, errors, logs and answers.

  SlotTable slots_;
  std::deque<SourceEvent> pending_;
  FaultBook faults_;
  std::vector<rd_kafka_message_t*> messages_;  ///< Of the last Poll(), until Release().
  size_t message_count_ = 0;

  Rebalance rebalance_ = Rebalance::kNone;
  PartitionList rebalanced_;  ///< What the open rebalance is about.
  std::vector<AssignedPartition> being_assigned_;
  std::vector<PartitionSlot> to_start_;  ///< Told as assigned, not yet started.
  int64_t ask_again_us_ = -1;            ///< When an open question is asked again.
  uint64_t asked_ = 0;                   ///< Number of the question that is open.

  std::set<std::string> facts_wanted_;  ///< Topics asked for and not in the round under way.
  std::vector<StreamFacts> facts_;      ///< Of the round under way.
  FactsStep facts_step_ = FactsStep::kNone;
  bool facts_of_first_broker_ = false;  ///< No controller answers: another broker is asked.
  uint64_t facts_number_ = 0;           ///< Of the question that is open.
  int64_t facts_again_us_ = -1;         ///< When a round that failed begins anew.

  bool group_asked_ = false;     ///< The group is being described, or is to be.
  int64_t group_again_us_ = -1;  ///< When it is asked for again.

  uint64_t commit_number_ = 0;  ///< Of the commit in flight, when there is one.
  bool commit_in_flight_ = false;
  bool paused_ = false;

  std::set<std::string> topics_read_;                ///< Ever assigned to this member.
  std::map<std::string, int64_t> unknown_since_us_;  ///< Topics read that are unknown now.
  std::string last_broker_error_;
  /// One is away, or none has been heard of since the start; whether any answers is being asked.
  bool brokers_suspect_ = false;
  int64_t next_probe_us_ = 0;
  int64_t next_doubt_us_ = 0;  ///< When they are asked without a reason.
  bool halted_ = false;
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace sluice::kafka
