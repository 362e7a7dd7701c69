#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/record_source.h"

namespace sluice::testing {

/// A log of two partitions and one member of a group that reads it; what the contract of
/// RecordSource needs to be held against a fake or a real one.
class RecordSourceHarness {
 public:
  virtual ~RecordSourceHarness() = default;

  [[nodiscard]] virtual RecordSource& source() = 0;
  [[nodiscard]] virtual TopicPartition Stream(int32_t partition) const = 0;
  /// Appends records with the key and value "<number>"; the odd ones have the header "odd".
  virtual void Append(int32_t partition, int from, int count) = 0;
  /// Appends one record with these headers, in their order.
  virtual void AppendWithHeaders(int32_t partition, const std::vector<Header>& headers) = 0;
  /// Makes the coordinator give both partitions to the member, when it does not by itself.
  virtual void GiveAll() = 0;
  /// Makes the coordinator take some partition back.
  virtual void TakeSome() = 0;
  /// Lets time pass: other members move, real clocks tick.
  virtual void Step() = 0;
  [[nodiscard]] virtual std::map<TopicPartition, CommitPosition> Committed() = 0;
};

/// Made anew for each test.
using MakeRecordSource = std::function<std::unique_ptr<RecordSourceHarness>()>;

/// The contract every RecordSource keeps.
class RecordSourceContract : public ::testing::TestWithParam<MakeRecordSource> {
 protected:
  void SetUp() override;
  /// One turn: polls, keeps what came, answers nothing.
  void Turn();
  bool TurnUntil(const std::function<bool()>& done);
  void AwaitAssignment();
  SourceEvent CommitAndWait(int32_t partition, CommitPosition position);
  [[nodiscard]] size_t Count(SourceEvent::Kind kind) const;
  [[nodiscard]] const SourceEvent* Last(SourceEvent::Kind kind) const;
  [[nodiscard]] PartitionSlot SlotOf(int32_t partition) const;

  std::unique_ptr<RecordSourceHarness> harness_;
  std::map<TopicPartition, std::vector<std::pair<int64_t, std::string>>> read_;
  std::map<TopicPartition, std::vector<int64_t>> odd_;  ///< Offsets of records that carry it.
  std::map<TopicPartition, int64_t> ends_;
  std::vector<SourceEvent> events_;
  int32_t last_epoch_ = -1;
  bool consume_ = true;
};

}  // namespace sluice::testing
