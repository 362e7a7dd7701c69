#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::config {

/// The parts of the program that an option belongs to, or that a command runs: `sluice index`,
/// `sluice capture`, `sluice changelog`, `sluice deliver`, or several of them, one bit each.
enum class Sides : uint8_t {
  kNone = 0,
  kIndex = 1,
  kCapture = 2,
  kChangelog = 4,
  kRun = 7,  ///< Of `sluice run`: those three.
  kDeliver = 8,
  kReaders = 9,   ///< Members of a group that reads topics: index and deliver.
  kTelling = 10,  ///< Capture and deliver.
  kAll = 15,
};

[[nodiscard]] constexpr Sides With(Sides a, Sides b) {
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): a set of bits
  return static_cast<Sides>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

[[nodiscard]] constexpr bool Overlap(Sides a, Sides b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// Whether all of `some` are among `sides`.
[[nodiscard]] constexpr bool Covers(Sides sides, Sides some) {
  return (static_cast<unsigned>(sides) & static_cast<unsigned>(some)) ==
         static_cast<unsigned>(some);
}

/// "index", "capture", "changelog", "run", "deliver", …
[[nodiscard]] std::string_view SidesName(Sides sides);

}  // namespace sluice::config
