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

const char* OutboxFateName(OutboxFate fate) {
  switch (fate) {
    case OutboxFate::kRouted: return "routed";
    case OutboxFate::kAsText: return "as_text";
    case OutboxFate::kTombstone: return "tombstone";
    case OutboxFate::kUpdated: return "updated";
    case OutboxFate::kDeleted: return "deleted";
    case OutboxFate::kUnroutable: return "unroutable";
  }
  return "unknown";
}

}  // namespace sluice
