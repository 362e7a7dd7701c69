#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace sluice::demo {

/// One movement of one package.
struct Movement {
  int64_t package = 0;  ///< From 0; the database gives packages their own numbers.
  std::string customer;
  std::string status;
  std::string actual_address;
  std::string next_address;  ///< Empty: it has arrived.
};

/// Which movements there are, and in which order: packages move side by side, each through its
/// three statuses. Pure; the same seed tells the same story.
class PackageScenario {
 public:
  PackageScenario(int64_t packages, std::vector<std::string> customers, uint64_t seed);

  /// False when every package has arrived.
  bool Next(Movement& movement);

 private:
  struct Journey {
    int64_t package = 0;
    std::vector<size_t> stops;  ///< Sender, depots, receiver: indices of addresses.
    size_t at = 0;
  };

  uint64_t Below(uint64_t bound);
  void Begin();

  const int64_t packages_;
  const std::vector<std::string> customers_;
  uint64_t state_;
  int64_t begun_ = 0;
  std::deque<Journey> open_;
};

}  // namespace sluice::demo
