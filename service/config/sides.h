#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::config {

/// The parts of the program that an option belongs to, or that a command runs: `sluice index`,
/// `sluice capture`, `sluice changelog`, or what all have (`sluice run`).
enum class Sides : uint8_t { kIndex, kCapture, kChangelog, kAll };

[[nodiscard]] constexpr bool Overlap(Sides a, Sides b) {
  return a == b || a == Sides::kAll || b == Sides::kAll;
}

/// "index", "capture", "changelog" or "all".
[[nodiscard]] std::string_view SidesName(Sides sides);

}  // namespace sluice::config
