#include "core/model/stats.h"

namespace sluice {

const char* FateName(Fate fate) {
  switch (fate) {
    case Fate::kApplied: return "applied";
    case Fate::kSuperseded: return "superseded";
    case Fate::kCoalesced: return "coalesced";
    case Fate::kSkipped: return "skipped";
    case Fate::kDeadLettered: return "dead_lettered";
    case Fate::kParked: return "parked";
  }
  return "?";
}

}  // namespace sluice
