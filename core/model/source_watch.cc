#include "core/model/source_watch.h"

namespace sluice {

const char* WalStatusName(SourceWatch::WalStatus status) {
  switch (status) {
    case SourceWatch::WalStatus::kUnknown: return "unknown";
    case SourceWatch::WalStatus::kReserved: return "reserved";
    case SourceWatch::WalStatus::kExtended: return "extended";
    case SourceWatch::WalStatus::kUnreserved: return "unreserved";
    case SourceWatch::WalStatus::kLost: return "lost";
  }
  return "unknown";
}

}  // namespace sluice
