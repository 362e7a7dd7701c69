#include "service/demo/ticker_scenario.h"

#include <algorithm>

#include "core/operations/time_text.h"
#include "service/text/json_writer.h"

namespace sluice::demo {
namespace {

constexpr int64_t kLeastCents = 100;
constexpr int64_t kMostCents = 999'999;
constexpr uint64_t kFirstMostCents = 50'000;
constexpr int64_t kPerThousand = 20;

}  // namespace

TickerScenario::TickerScenario(size_t symbols, uint64_t seed) : random_(seed) {
  for (size_t i = 0; i < symbols; ++i) {
    cents_.push_back(kLeastCents + static_cast<int64_t>(random_.Below(kFirstMostCents)));
  }
}

Tick TickerScenario::Next() {
  const size_t symbol = random_.Below(cents_.size());
  int64_t& cents = cents_[symbol];
  const int64_t step = cents * kPerThousand / 1'000;
  const auto wide = static_cast<uint64_t>(2 * step + 1);
  cents += static_cast<int64_t>(random_.Below(wide)) - step;
  cents = std::clamp(cents, kLeastCents, kMostCents);
  return {symbol, cents};
}

std::string PriceText(int64_t cents) {
  const int64_t rest = cents % 100;
  return std::to_string(cents / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

std::string RenderTick(const std::string& symbol, int64_t cents, int64_t wall_ms) {
  JsonWriter json;
  json.BeginObject().Key("symbol").String(symbol);
  json.Key("price").Raw(PriceText(cents));
  json.Key("time").String(TimeText(wall_ms)).EndObject();
  return json.text();
}

}  // namespace sluice::demo
