#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/dead_letters.h"

namespace sluice::testing {

/// A dead letter as somebody finds it later.
struct FoundDeadLetter {
  TopicPartition stream;
  Offset offset;
  DeadLetter::Content content = DeadLetter::Content::kOriginal;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<Header> headers;  ///< The record's own.
  std::string stage;
  std::string reason;
  std::string index;
  std::string id;
  int64_t version = 0;
  std::string operation;
  uint32_t attempts = 0;
  std::vector<Offset> replaced;
};

/// A place for dead letters, and a way to look into it; what the contract of DeadLetters needs to
/// be held against a fake or a real one.
class DeadLettersHarness {
 public:
  virtual ~DeadLettersHarness() = default;

  /// With room for `queue_max` letters that are not yet acknowledged, and a place that refuses
  /// letters of more than 100,000 bytes.
  [[nodiscard]] virtual DeadLetters& letters() = 0;
  static constexpr size_t kQueueMax = 10;
  static constexpr size_t kTooLargeBytes = 200'000;
  /// The same place, cut off from us.
  [[nodiscard]] virtual DeadLetters& cut_off() = 0;
  /// What lies there, in order.
  [[nodiscard]] virtual std::vector<FoundDeadLetter> Find() = 0;
  /// Lets time pass.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeDeadLetters = std::function<std::unique_ptr<DeadLettersHarness>()>;

/// The contract every DeadLetters keeps.
class DeadLettersContract : public ::testing::TestWithParam<MakeDeadLetters> {
 protected:
  void SetUp() override;
  /// Polls until `count` acknowledgements have come in all, and a few turns more.
  void AwaitAcks(DeadLetters& letters, size_t count);

  std::unique_ptr<DeadLettersHarness> harness_;
  std::multimap<uint64_t, Verdict> acks_;
};

}  // namespace sluice::testing
