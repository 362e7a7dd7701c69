#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "core/ports/event_publisher.h"
#include "service/demo/surroundings.h"

namespace sluice::demo {

struct TickerOptions {
  std::string topic = "tick";
  std::string brokers;               ///< For the summary.
  std::vector<std::string> symbols;  ///< At least one, none of them empty.
  int64_t quantity = 100;            ///< Ticks to write; 0: until stopped.
  double rate = 10;                  ///< Ticks a second; 0: as fast as it goes.
  uint64_t seed = 0;                 ///< The same seed makes the same prices.
  bool keyed = true;                 ///< Else in turn over the partitions, without a key.
  bool json = false;
  bool terminal = false;  ///< `err` is a terminal that may be drawn on.
  int columns = 80;
};

/// `sluice demo ticker`: writes prices of stocks, keyed by their symbol. Done when the brokers have
/// all of them; the summary on `out` says how many of each.
[[nodiscard]] DemoEnd RunDemoTicker(const TickerOptions& options, EventPublisher& publisher,
                                    const DemoSurroundings& surroundings, std::ostream& out,
                                    std::ostream& err);

}  // namespace sluice::demo
