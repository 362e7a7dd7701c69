#include "core/model/group.h"

namespace sluice {

const char* ConsumptionModeName(ConsumptionMode mode) {
  switch (mode) {
    case ConsumptionMode::kKeyShared: return "key_shared";
    case ConsumptionMode::kShared: return "shared";
    case ConsumptionMode::kExclusive: return "exclusive";
    case ConsumptionMode::kFailover: return "failover";
  }
  return "?";
}

bool IsSole(ConsumptionMode mode) {
  return mode == ConsumptionMode::kExclusive || mode == ConsumptionMode::kFailover;
}

const char* GroupPlaceName(GroupPlace place) {
  switch (place) {
    case GroupPlace::kUnknown: return "unknown";
    case GroupPlace::kStandby: return "standby";
    case GroupPlace::kSole: return "sole";
    case GroupPlace::kCrowded: return "crowded";
  }
  return "?";
}

}  // namespace sluice
