#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "service/demo/random_numbers.h"

namespace sluice::demo {

/// A price of one stock.
struct Tick {
  size_t symbol = 0;  ///< Its place in the list of symbols.
  int64_t cents = 0;  ///< From 1.00 to 9999.99.
};

/// Prices that go up and down: each tick is of some symbol, at up to two per cent more or less than
/// that symbol's last one. The same seed makes the same ticks.
///
/// Threads:   one call at a time.
/// Ownership: values.
/// Time:      never blocks.
/// Errors:    none.
class TickerScenario {
 public:
  TickerScenario(size_t symbols, uint64_t seed);

  [[nodiscard]] Tick Next();

 private:
  RandomNumbers random_;
  std::vector<int64_t> cents_;  ///< By symbol: its last price.
};

/// "187.32"
[[nodiscard]] std::string PriceText(int64_t cents);

/// A tick as it is written: {"symbol":"AAPL","price":187.32,"time":"2026-01-15T10:20:30.123Z"}.
/// `wall_ms`: since 1970.
[[nodiscard]] std::string RenderTick(const std::string& symbol, int64_t cents, int64_t wall_ms);

}  // namespace sluice::demo
