#include "core/operations/index/plan_write.h"

#include "core/model/check.h"

namespace sluice {

Plan PlanOf(EventKind kind) {
  switch (kind) {
    case EventKind::kCreate:
    case EventKind::kRead:
    case EventKind::kUpdate:
    case EventKind::kDelete:
    case EventKind::kTombstone: return Plan::kWrite;
    case EventKind::kTruncate: return Plan::kTruncate;
    case EventKind::kSkip: return Plan::kSkip;
    case EventKind::kReject: return Plan::kReject;
  }
  return Plan::kReject;
}

WriteAction ActionOf(EventKind kind) {
  switch (kind) {
    case EventKind::kCreate:
    case EventKind::kRead:
    case EventKind::kUpdate: return WriteAction::kIndex;
    case EventKind::kDelete:
    case EventKind::kTombstone: return WriteAction::kDelete;
    case EventKind::kTruncate:
    case EventKind::kSkip:
    case EventKind::kReject: break;
  }
  SLUICE_CHECK(false, "only a planned write has an action");
  return WriteAction::kIndex;
}

}  // namespace sluice
