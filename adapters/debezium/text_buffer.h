#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace sluice::debezium {

/// Where the bytes of a record are put together: grows, and is used again for the next record.
///
/// After Need(n), up to n bytes may be written at `cursor()` and told with Advance().
class TextBuffer {
 public:
  /// Forgets what was written. Memory that one huge record needed is given back some time later.
  void Clear() {
    if (memory_.size() > kKeptBytes) [[unlikely]]
      ShrinkAfterUse();
    size_ = 0;
  }
  [[nodiscard]] char* Need(size_t count) {
    if (memory_.size() - size_ < count) [[unlikely]]
      Grow(count);
    return memory_.data() + size_;
  }
  void Advance(size_t count) { size_ += count; }
  void Append(std::string_view text) {
    std::memcpy(Need(text.size() + 1), text.data(), text.size());  // never called with null memory
    size_ += text.size();
  }
  void Put(char byte) {
    *Need(1) = byte;
    ++size_;
  }
  void AppendInteger(int64_t number) {
    char* const at = Need(20);
    size_ += static_cast<size_t>(std::to_chars(at, at + 20, number).ptr - at);
  }
  void AppendUnsigned(uint64_t number) {
    char* const at = Need(20);
    size_ += static_cast<size_t>(std::to_chars(at, at + 20, number).ptr - at);
  }
  /// Takes back everything behind the first `size` bytes.
  void CutTo(size_t size) { size_ = size; }
  /// Overwrites a byte that has been written.
  void Set(size_t at, char byte) { memory_[at] = byte; }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] std::string_view view() const { return {memory_.data(), size_}; }

 private:
  static constexpr size_t kKeptBytes = size_t{4} << 20;
  static constexpr uint32_t kUsesBeforeShrinking = 1024;

  void Grow(size_t count) { memory_.resize(memory_.size() * 2 + count + 256); }
  void ShrinkAfterUse() {
    small_uses_ = size_ > memory_.size() / 4 ? 0 : small_uses_ + 1;
    if (small_uses_ < kUsesBeforeShrinking) return;
    memory_.resize(kKeptBytes);
    memory_.shrink_to_fit();
    small_uses_ = 0;
  }

  std::vector<char> memory_;
  size_t size_ = 0;
  uint32_t small_uses_ = 0;
};

}  // namespace sluice::debezium
