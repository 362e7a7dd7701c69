#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/record_archive.h"

namespace sluice::testing {

/// A log of two partitions and one reader of its old records; what the contract of RecordArchive
/// needs to be held against a fake or a real one.
class RecordArchiveHarness {
 public:
  virtual ~RecordArchiveHarness() = default;

  [[nodiscard]] virtual RecordArchive& archive() = 0;
  /// A reader of the same log whose log cannot be reached.
  [[nodiscard]] virtual RecordArchive& cut_off() = 0;
  [[nodiscard]] virtual TopicPartition Stream(int32_t partition) const = 0;
  virtual void Append(int32_t partition, const std::optional<std::string>& key,
                      const std::optional<std::string>& value,
                      const std::vector<Header>& headers) = 0;
  /// Removes what is older than `offset`.
  virtual void RemoveBefore(int32_t partition, Offset offset) = 0;
  /// Lets time pass.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeRecordArchive = std::function<std::unique_ptr<RecordArchiveHarness>()>;

/// The contract every RecordArchive keeps.
class RecordArchiveContract : public ::testing::TestWithParam<MakeRecordArchive> {
 protected:
  void SetUp() override;
  /// `count` records "<number>" with the same key.
  void AppendNumbers(int32_t partition, int count);
  void Request(uint64_t token, int32_t partition, int64_t offset);
  /// Polls until each of `count` requests has its last answer. What is held is told again and
  /// again meanwhile; that is a message on the way and not an answer.
  void AwaitAnswers(size_t count);
  bool TurnUntil(RecordArchive& archive, const std::function<bool()>& done);

  std::unique_ptr<RecordArchiveHarness> harness_;
  std::multimap<uint64_t, ArchivedRecord> answers_;
  std::vector<ArchivedRecord> held_;
};

}  // namespace sluice::testing
