#include "core/model/divergence.h"

namespace sluice {

const char* DivergenceReasonName(DivergenceReason reason) {
  switch (reason) {
    case DivergenceReason::kValueMissing: return "value_missing";
    case DivergenceReason::kRefused: return "dead_letter";
  }
  return "?";
}

}  // namespace sluice
