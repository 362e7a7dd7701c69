#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/bracket_scan.h"

namespace sluice::debezium {

/// Tells quickly that none of a few short texts occurs in a long one.
///
/// Threads:   const after construction: any number of calls at a time.
/// Ownership: texts are borrowed for the call.
/// Time:      never blocks; about a quarter of an instruction per byte where AVX2 is.
/// Errors:    none.
class FingerprintScanner {
 public:
  static constexpr size_t kNeedlesMax = 8;
  static constexpr size_t kNeedleBytesMin = 3;

  /// At most kNeedlesMax needles of at least kNeedleBytesMin bytes each.
  explicit FingerprintScanner(std::vector<std::string> needles,
                              ScanKernel kernel = FastestScanKernel());

  /// Whether any needle occurs in `text`.
  [[nodiscard]] bool FindsAny(std::string_view text) const;

 private:
  /// The bytes of a needle that are looked for first, by their places: the second often repeats
  /// the first.
  static constexpr std::array<size_t, 2> kPlaces = {0, 2};
  /// For each of these a bit per needle: by value, and by half bytes for AVX2.
  struct Tables {
    std::array<std::array<uint8_t, 256>, 2> whole{};
    std::array<std::array<uint8_t, 32>, 2> low{};
    std::array<std::array<uint8_t, 32>, 2> high{};
  };

  [[nodiscard]] bool Confirm(std::string_view text, size_t at) const;
  [[nodiscard]] bool FindsPortable(std::string_view text) const;
  [[nodiscard]] bool FindsAvx2(std::string_view text) const;

  std::vector<std::string> needles_;
  ScanKernel kernel_;
  Tables tables_;
};

}  // namespace sluice::debezium
