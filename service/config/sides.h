#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::config {

/// The parts of the program that an option belongs to, or that a command runs: `sluice index`,
/// `sluice capture`, `sluice deliver`, or several of them, one bit each.
enum class Sides : uint8_t {
  kIndex = 1,
  kCapture = 2,
  kBoth = 3,  ///< Of `sluice run`.
  kDeliver = 4,
  kReaders = 5,  ///< What reads topics: index and deliver.
  kTelling = 6,  ///< Capture and deliver.
  kAll = 7,
};

[[nodiscard]] constexpr Sides With(Sides a, Sides b) {
  return static_cast<Sides>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

[[nodiscard]] constexpr bool Overlap(Sides a, Sides b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// "index", "capture", "both", "deliver", …
[[nodiscard]] std::string_view SidesName(Sides sides);

}  // namespace sluice::config
