#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// Builds messages of the protocol, byte by byte.
class Wire {
 public:
  Wire& U8(uint8_t value) { return Number(value, 1); }
  Wire& U16(uint16_t value) { return Number(value, 2); }
  Wire& U32(uint32_t value) { return Number(value, 4); }
  Wire& U64(uint64_t value) { return Number(value, 8); }
  Wire& Letter(char value) { return U8(static_cast<uint8_t>(value)); }
  Wire& Text(std::string_view text) {
    bytes_ += text;
    return U8(0);
  }
  Wire& Raw(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  /// A row: none is null, "\x01" alone an unchanged value.
  Wire& Row(const std::vector<std::optional<std::string>>& values) {
    U16(static_cast<uint16_t>(values.size()));
    for (const auto& value : values) {
      if (!value) {
        Letter('n');
      } else if (*value == kUnchanged) {
        Letter('u');
      } else {
        Letter('t').U32(static_cast<uint32_t>(value->size())).Raw(*value);
      }
    }
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

  static constexpr std::string_view kUnchanged = "\x01";

 private:
  Wire& Number(uint64_t value, int size) {
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
      bytes_ += static_cast<char>(value >> shift);
    }
    return *this;
  }

  std::string bytes_;
};

}  // namespace sluice::testing
