#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "service/demo/surroundings.h"

namespace sluice::demo {

struct DemoOptions {
  int64_t quantity = 10;                ///< Users to insert.
  std::optional<std::string> postgres;  ///< Where to, see AddressOf().
  uint64_t seed = 0;                    ///< The same seed tells the same story.
  double rate = 0;                      ///< Transactions a second; 0: as fast as it goes.
  bool json = false;
  bool terminal = false;  ///< `err` is a terminal that may be drawn on.
  int columns = 80;
};

/// `sluice demo users`: inserts users and orders, changes e-mail addresses, deletes users, some of
/// it several changes to a transaction, so that there is something to see in the topics and in the
/// index. Tables and database are created when missing. The summary on `out` names the rows.
[[nodiscard]] DemoEnd RunDemoUsers(const DemoOptions& options, const DemoSurroundings& surroundings,
                                   std::ostream& out, std::ostream& err);

}  // namespace sluice::demo
