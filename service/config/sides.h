#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::config {

/// The halves of the program that an option belongs to, or that a command runs: `sluice index`,
/// `sluice capture`, or what both have.
enum class Sides : uint8_t { kIndex, kCapture, kBoth };

[[nodiscard]] constexpr bool Overlap(Sides a, Sides b) {
  return a == b || a == Sides::kBoth || b == Sides::kBoth;
}

/// "index", "capture" or "both".
[[nodiscard]] std::string_view SidesName(Sides sides);

}  // namespace sluice::config
