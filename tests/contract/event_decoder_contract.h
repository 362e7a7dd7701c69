#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/ports/event_decoder.h"

namespace sluice::testing {

/// A decoder and the bytes that it reads, as far as the contract of EventDecoder asks for them.
class EventDecoderHarness {
 public:
  virtual ~EventDecoderHarness() = default;

  [[nodiscard]] virtual EventDecoder& decoder() = 0;
  /// A key of one column.
  [[nodiscard]] virtual std::string Key(const std::string& text) { return text; }
  /// A value that says that what is found by its key is now `object`, a flat JSON object.
  [[nodiscard]] virtual std::string Value(const std::string& object) = 0;
};

/// Made anew for each test.
using MakeEventDecoder = std::function<std::unique_ptr<EventDecoderHarness>()>;

/// The contract every EventDecoder keeps.
class EventDecoderContract : public ::testing::TestWithParam<MakeEventDecoder> {
 protected:
  static constexpr PartitionSlot kSlot{2};

  void SetUp() override;
  /// Decodes a record; what it lay in lives until the next call.
  const ChangeEvent& Decode(std::optional<std::string> key, std::optional<std::string> value);
  [[nodiscard]] EventDecoder& decoder() { return harness_->decoder(); }

  std::unique_ptr<EventDecoderHarness> harness_;
  std::optional<std::string> key_;
  std::optional<std::string> value_;
  ChangeEvent event_;
};

}  // namespace sluice::testing
