#include "adapters/elasticsearch/waiting_ask.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "adapters/transfer/multi_waiter.h"

namespace sluice::elasticsearch {

Response AskAndWait(Transport& transport, Request request) {
  constexpr std::chrono::milliseconds kTurn{50};
  transport.Start(std::move(request));
  transfer::MultiWaiter waiter(transport.multi());
  std::vector<Response> responses;
  for (transport.Poll(responses); responses.empty(); transport.Poll(responses)) {
    waiter.Wait(kTurn);
  }
  return std::move(responses.front());
}

void PauseAfter(size_t attempt, Transport& transport, const Clock& clock) {
  constexpr int64_t kFirstPauseMs = 200;
  constexpr int64_t kLongestPauseMs = 5'000;
  const int64_t ms = std::min(kFirstPauseMs << attempt, kLongestPauseMs);
  transfer::MultiWaiter waiter(transport.multi());
  const int64_t until_us = clock.NowUs() + ms * 1'000;
  for (int64_t now = clock.NowUs(); now < until_us; now = clock.NowUs()) {
    waiter.Wait(std::chrono::milliseconds((until_us - now) / 1'000 + 1));
  }
}

}  // namespace sluice::elasticsearch
