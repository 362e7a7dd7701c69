#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::debezium {

/// Which instructions a scan uses. Both give the same answers.
enum class ScanKernel : uint8_t { kPortable, kAvx2 };

/// The fastest kernel that this processor runs.
[[nodiscard]] ScanKernel FastestScanKernel();

/// What one pass over a text learned besides its brackets.
struct TextFacts {
  bool strings_closed = true;      ///< The text does not end inside a string.
  bool backslash_outside = false;  ///< A backslash stands outside strings: never JSON.
  bool control = false;            ///< A byte below 0x20 stands somewhere.
  bool ascii = true;               ///< No byte above 0x7F.
};

/// Positions in a text, in memory that is kept and grows by doubling.
class PositionList {
 public:
  void Clear() { count_ = 0; }
  /// The place of the next positions: room for 64.
  [[nodiscard]] uint32_t* Room() {
    if (capacity_ - count_ < 64) Grow();
    return places_.get() + count_;
  }
  void Took(size_t more) { count_ += more; }
  [[nodiscard]] const uint32_t* begin() const { return places_.get(); }
  [[nodiscard]] const uint32_t* end() const { return places_.get() + count_; }

 private:
  void Grow();

  std::unique_ptr<uint32_t[]> places_;  // NOLINT(modernize-avoid-c-arrays): never cleared
  size_t capacity_ = 0;
  size_t count_ = 0;
};

/// Finds the brackets that structure a JSON text: the bytes { } [ ] outside strings.
///
/// Debezium's events have few of them (an envelope has three to five pairs), so that everything
/// else of a row is passed over 64 bytes at a time and never tokenised.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the text is borrowed for the call; positions are valid until the next.
/// Time:      never blocks; reads each byte once and no byte outside the text.
/// Errors:    none.
class BracketScanner {
 public:
  explicit BracketScanner(ScanKernel kernel = FastestScanKernel());

  /// `text` holds less than 2^32 bytes.
  TextFacts Scan(std::string_view text);

  [[nodiscard]] const uint32_t* begin() const { return positions_.begin(); }
  [[nodiscard]] const uint32_t* end() const { return positions_.end(); }

 private:
  ScanKernel kernel_;
  PositionList positions_;
};

}  // namespace sluice::debezium
