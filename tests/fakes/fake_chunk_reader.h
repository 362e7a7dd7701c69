#pragma once

#include <optional>
#include <string>

#include "core/ports/chunk_reader.h"
#include "core/ports/signal_decoder.h"
#include "tests/fakes/fake_change_log.h"

namespace sluice::testing {

/// Reads chunks of a FakeChangeLog's table, one step with each Advance(), so that commits can come
/// between: the low watermark, the rows, the high watermark.
///
/// Threads:   one call at a time.
/// Ownership: borrows the log.
/// Time:      never blocks.
/// Errors:    RefuseNext() fails the next step.
class FakeChunkReader : public ChunkReader {
 public:
  explicit FakeChunkReader(FakeChangeLog& log) : log_(log) {}

  void Ask(const ChunkRequest& request) override;
  std::optional<ChunkAnswer> Poll() override { return std::exchange(answer_, std::nullopt); }
  /// A pattern is a name, or the beginning of one and a star.
  [[nodiscard]] bool Means(const std::string& pattern, const std::string& name) const override {
    if (!pattern.ends_with('*')) return pattern == name;
    return name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  }

  void Advance();
  void SetRows(size_t most) { most_ = most; }
  void RefuseNext(Failure failure) { refusal_ = std::move(failure); }
  [[nodiscard]] bool busy() const { return step_ != Step::kIdle; }
  [[nodiscard]] const std::vector<ChunkRequest>& asked() const { return asked_; }

 private:
  enum class Step : uint8_t { kIdle, kLow, kRows, kHigh };
  void Find();
  void ReadRows();

  FakeChangeLog& log_;
  std::vector<ChunkRequest> asked_;
  Step step_ = Step::kIdle;
  std::optional<ChunkAnswer> answer_;
  Failure refusal_;
  size_t most_ = 3;
};

/// "execute PATTERN", "stop", "stop PATTERN", "pause", "resume"; anything else is not understood.
class FakeSignalDecoder : public SignalDecoder {
 public:
  Result<SnapshotSignal> Decode(std::string_view id, std::string_view type,
                                std::string_view data) override;
  Result<SnapshotSignal> Decode(std::string_view message) override;
};

}  // namespace sluice::testing
