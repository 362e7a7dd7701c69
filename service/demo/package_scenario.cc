#include "service/demo/package_scenario.h"

#include <array>
#include <string_view>

namespace sluice::demo {
namespace {

constexpr std::array<std::string_view, 12> kAddresses = {
    "Rua das Flores 12, Porto",   "Hauptstrasse 5, Basel",        "Via Roma 88, Torino",
    "Calle Mayor 3, Madrid",      "Keizersgracht 201, Amsterdam", "Rue de Rivoli 9, Paris",
    "Karl Johans gate 7, Oslo",   "Nyhavn 31, K\u00f8benhavn",    "Ulica Dluga 14, Gdansk",
    "V\u00e1ci utca 2, Budapest", "Main Street 40, Galway",       "Mannerheimintie 18, Helsinki"};
/// So many packages are on their way at once, at most.
constexpr size_t kOpenMax = 20;
constexpr size_t kStops = 3;

}  // namespace

PackageScenario::PackageScenario(int64_t packages, std::vector<std::string> customers,
                                 uint64_t seed)
    : packages_(packages), customers_(std::move(customers)), state_(seed) {}

uint64_t PackageScenario::Below(uint64_t bound) {
  state_ += 0x9E3779B97F4A7C15;  // splitmix64: the same numbers on every machine
  uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return (mixed ^ (mixed >> 31)) % bound;
}

void PackageScenario::Begin() {
  Journey journey;
  journey.package = begun_++;
  size_t address = Below(kAddresses.size());
  for (size_t stop = 0; stop < kStops; ++stop) {
    journey.stops.push_back(address);
    address = (address + 1 + Below(kAddresses.size() - 1)) % kAddresses.size();
  }
  open_.push_back(std::move(journey));
}

bool PackageScenario::Next(Movement& movement) {
  const bool may_begin = begun_ < packages_ && open_.size() < kOpenMax;
  if (open_.empty() && !may_begin) return false;
  // As often one begins as one moves on, so that journeys overlap.
  size_t at = 0;
  if (may_begin && (open_.empty() || Below(2) == 0)) {
    Begin();
    at = open_.size() - 1;
  } else {
    at = Below(open_.size());
  }
  Journey& journey = open_[at];
  const bool first = journey.at == 0;
  const bool last = journey.at + 1 == kStops;
  movement.package = journey.package;
  movement.customer = customers_[static_cast<size_t>(journey.package) % customers_.size()];
  movement.status = first ? "Package Posted" : last ? "Package Delivered" : "In Transit";
  movement.actual_address = kAddresses[journey.stops[journey.at]];
  movement.next_address = last ? "" : kAddresses[journey.stops[journey.at + 1]];
  if (++journey.at == kStops) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

}  // namespace sluice::demo
