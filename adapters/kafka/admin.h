#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "adapters/kafka/written_topics.h"
#include "core/model/control.h"
#include "core/model/position.h"
#include "core/model/result.h"

namespace sluice::kafka {

/// One topic as the brokers describe it.
struct TopicInfo {
  std::string name;
  int32_t partitions = 0;
};

/// A consumer group as its coordinator describes it.
struct GroupInfo {
  std::string state;  ///< "Stable", "Empty", "PreparingRebalance", "Dead" …
  size_t members = 0;
};

/// What a group has committed for a partition.
struct Commit {
  CommitPosition position;
  std::string note;
};

/// Which offsets of a partition there are.
struct OffsetRange {
  Offset begin;  ///< Of the oldest record that is kept.
  Offset end;    ///< Of the record to be written next.
};

/// Questions to the brokers, for commands that look before they act. Never joins a group.
///
/// Threads:   one call at a time.
/// Ownership: answers are values.
/// Time:      each call waits for the brokers, `timeout` at most.
/// Errors:    in the result, with the cure where a setting or grant can be named.
class Admin {
 public:
  static Result<Admin> Open(const Settings& settings, std::chrono::milliseconds timeout);

  /// The cluster's id, which proves that a broker was reached and let us in.
  [[nodiscard]] Result<std::string> ClusterId() const;
  [[nodiscard]] Result<std::vector<TopicInfo>> ListTopics() const;
  [[nodiscard]] Result<TopicInfo> DescribeTopic(const std::string& topic) const;
  [[nodiscard]] Result<GroupInfo> DescribeGroup(const std::string& group) const;
  /// What the group has committed; partitions without a position are left out.
  [[nodiscard]] Result<std::map<TopicPartition, Commit>> Committed(const std::string& group) const;
  /// What every partition of a topic holds.
  [[nodiscard]] Result<std::map<TopicPartition, OffsetRange>> Offsets(
      const std::string& topic) const;

  /// The first offset of each partition that was written at `wall_ms` or later; its end where none
  /// was.
  [[nodiscard]] Result<std::map<int32_t, int64_t>> OffsetsAt(const std::string& topic,
                                                             size_t partitions,
                                                             int64_t wall_ms) const;
  /// The topic, and the place of `group` in each of its partitions.
  [[nodiscard]] Result<StreamFacts> DescribeStream(const std::string& topic,
                                                   const std::string& group) const;
  /// Moves the group's committed positions; refused while it has members.
  [[nodiscard]] Status SetCommitted(const std::string& group,
                                    const std::map<TopicPartition, Commit>& commits) const;

  /// The ids of these topics; none of one that is not there.
  [[nodiscard]] Result<PresentTopics> FindTopics(const std::vector<std::string>& topics) const;
  /// Forgets a group and its positions; refused while it has members. One that is not there is
  /// fine.
  [[nodiscard]] Status DeleteGroup(const std::string& group) const;

  /// Creates a topic with the brokers' default replication. A topic that exists already is fine.
  [[nodiscard]] Status CreateTopic(const std::string& topic, int32_t partitions,
                                   const std::map<std::string, std::string>& config = {}) const;
  /// Whether CreateTopic() would do: the brokers check it and create nothing.
  [[nodiscard]] Status MayCreateTopic(const std::string& topic, int32_t partitions) const;
  [[nodiscard]] Status DeleteTopic(const std::string& topic) const;
  [[nodiscard]] Status AddPartitions(const std::string& topic, int32_t partitions) const;
  /// Deletes the records below `beginning`.
  [[nodiscard]] Status DeleteRecordsBefore(const TopicPartition& stream, Offset beginning) const;

 private:
  Admin(Client client, std::chrono::milliseconds timeout)
      : client_(std::move(client)), timeout_(timeout) {}
  [[nodiscard]] AdminOptions Options(rd_kafka_admin_op_t operation) const;
  /// Waits for the one answer that `queue` gets.
  [[nodiscard]] Result<Event> Await(rd_kafka_queue_t* queue, const std::string& what,
                                    rd_kafka_resp_err_t* code = nullptr) const;
  /// Asks a group's coordinator, again while it is only being found or loads its log, as on a fresh
  /// broker. `ask` is given where it tells the code of its answer.
  template <typename Ask>
  [[nodiscard]] auto AskCoordinator(const Ask& ask) const;
  [[nodiscard]] Result<GroupInfo> AskGroup(const std::string& group,
                                           rd_kafka_resp_err_t& code) const;
  [[nodiscard]] Result<std::map<TopicPartition, Commit>> AskCommitted(
      const std::string& group, rd_kafka_resp_err_t& code) const;
  /// The first or the next offset of each partition, by `spec`.
  [[nodiscard]] Result<std::map<int32_t, int64_t>> Offsets(const std::string& topic,
                                                           size_t partitions, int64_t spec) const;
  [[nodiscard]] Status AskForTopic(const std::string& topic, int32_t partitions,
                                   const std::map<std::string, std::string>& config,
                                   bool only_check) const;
  [[nodiscard]] Status TopicStatus(const rd_kafka_topic_result_t* const* results, size_t count,
                                   const std::string& what) const;

  Client client_;
  std::chrono::milliseconds timeout_;
};

}  // namespace sluice::kafka
