#include "core/model/capture_stats.h"

namespace sluice {

const char* CountedChangeName(CountedChange change) {
  switch (change) {
    case CountedChange::kCreate: return "create";
    case CountedChange::kUpdate: return "update";
    case CountedChange::kDelete: return "delete";
    case CountedChange::kTruncate: return "truncate";
    case CountedChange::kRead: return "read";
  }
  return "unknown";
}

}  // namespace sluice
