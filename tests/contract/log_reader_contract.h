#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/log_reader.h"

namespace sluice::testing {

/// A log of one topic with two partitions; what the contract of LogReader needs to be held against
/// a fake or a real one.
class LogReaderHarness {
 public:
  virtual ~LogReaderHarness() = default;

  /// A reader of the topic, of which nothing was asked yet.
  [[nodiscard]] virtual std::unique_ptr<LogReader> Open() = 0;
  /// One that reaches nobody.
  [[nodiscard]] virtual std::unique_ptr<LogReader> OpenCutOff() = 0;
  [[nodiscard]] virtual TopicPartition Stream(int32_t partition) const = 0;
  virtual void Append(int32_t partition, const std::optional<std::string>& key,
                      const std::optional<std::string>& value,
                      const std::vector<Header>& headers) = 0;
  virtual void RemoveBefore(int32_t partition, Offset offset) = 0;
};

/// Made anew for each test.
using MakeLogReader = std::function<std::unique_ptr<LogReaderHarness>()>;

/// The contract every LogReader keeps.
class LogReaderContract : public ::testing::TestWithParam<MakeLogReader> {
 protected:
  void SetUp() override;
  /// Reads until `count` records have come, or something halts.
  Failure ReadUntil(LogReader& reader, size_t count);

  std::unique_ptr<LogReaderHarness> harness_;
  std::vector<OwnedRecord> records_;
};

}  // namespace sluice::testing
