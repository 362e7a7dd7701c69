#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::postgres {

/// Reads the protocol's numbers (big-endian) and texts from bytes that came from outside. Each read
/// says whether enough was there; after a failed one nothing that was read may be used.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] size_t left() const { return bytes_.size(); }

  bool U8(uint8_t& value) { return Number(value); }
  bool U16(uint16_t& value) { return Number(value); }
  bool U32(uint32_t& value) { return Number(value); }
  bool U64(uint64_t& value) { return Number(value); }
  bool I32(int32_t& value) {
    uint32_t bits = 0;
    if (!Number(bits)) return false;
    value = static_cast<int32_t>(bits);
    return true;
  }
  bool I64(int64_t& value) {
    uint64_t bits = 0;
    if (!Number(bits)) return false;
    value = static_cast<int64_t>(bits);
    return true;
  }

  bool Bytes(size_t count, std::string_view& value) {
    if (bytes_.size() < count) return false;
    value = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return true;
  }

  /// A text that ends in a zero byte, which is taken but not told.
  bool Text(std::string_view& value) {
    const size_t end = bytes_.find('\0');
    if (end == std::string_view::npos) return false;
    value = bytes_.substr(0, end);
    bytes_.remove_prefix(end + 1);
    return true;
  }

 private:
  template <typename T>
  bool Number(T& value) {
    if (bytes_.size() < sizeof(T)) return false;
    T number = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      number = static_cast<T>(static_cast<uint64_t>(number) << 8 | static_cast<uint8_t>(bytes_[i]));
    }
    bytes_.remove_prefix(sizeof(T));
    value = number;
    return true;
  }

  std::string_view bytes_;
};

}  // namespace sluice::postgres
