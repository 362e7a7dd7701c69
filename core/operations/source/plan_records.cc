#include "core/operations/source/plan_records.h"

#include <algorithm>

namespace sluice {
namespace {

using Kind = RecordPlan::Kind;
using KeyOf = RecordPlan::KeyOf;
using Link = RecordPlan::Link;

void AddDelete(RecordPlans& plans, bool tombstone, Link link) {
  plans.Add({Kind::kRow, RowOperation::kDelete, KeyOf::kBefore, true, false, link});
  if (!tombstone) return;
  plans.Add({Kind::kTombstone, RowOperation::kDelete, KeyOf::kBefore, false, false, link});
}

}  // namespace

bool KeyDiffers(const Table& table, Row before, Row after) {
  return std::any_of(table.key.begin(), table.key.end(), [&](uint32_t column) {
    const ColumnValue& old_value = before[column];
    const ColumnValue& new_value = after[column];
    // What the change did not touch, or what was not sent of the old row, did not change.
    if (old_value.kind > ColumnValue::Kind::kText || new_value.kind > ColumnValue::Kind::kText) {
      return false;
    }
    return old_value.kind != new_value.kind || old_value.text != new_value.text;
  });
}

RecordPlans PlanRecords(const SourceChange& change, bool tombstones_on_delete) {
  RecordPlans plans;
  switch (change.kind) {
    case ChangeKind::kInsert:
      plans.Add({Kind::kRow, RowOperation::kCreate, KeyOf::kAfter, false, true, Link::kNone});
      break;
    case ChangeKind::kRead:
      plans.Add({Kind::kRow, RowOperation::kRead, KeyOf::kAfter, false, true, Link::kNone});
      break;
    case ChangeKind::kUpdate:
      if (change.before && KeyDiffers(*change.table, *change.before, *change.after)) {
        AddDelete(plans, tombstones_on_delete, Link::kNewKey);
        plans.Add({Kind::kRow, RowOperation::kCreate, KeyOf::kAfter, false, true, Link::kOldKey});
      } else {
        plans.Add({Kind::kRow, RowOperation::kUpdate, KeyOf::kAfter, true, true, Link::kNone});
      }
      break;
    case ChangeKind::kDelete: AddDelete(plans, tombstones_on_delete, Link::kNone); break;
    case ChangeKind::kTruncate:
      plans.Add({Kind::kTruncate, RowOperation::kDelete, KeyOf::kNone, false, false, Link::kNone});
      break;
    case ChangeKind::kBegin:
    case ChangeKind::kCommit:
    case ChangeKind::kMessage:
    case ChangeKind::kPosition: break;
  }
  return plans;
}

}  // namespace sluice
