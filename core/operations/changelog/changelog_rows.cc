#include "core/operations/changelog/changelog_rows.h"

#include <algorithm>
#include <optional>

#include "core/operations/sha256.h"
#include "core/operations/time_text.h"

namespace sluice {
namespace {

using Kind = ColumnState::Kind;

/// Of a row's hash in an id. They tell rows of one place in the source's log apart, a few hundred.
constexpr size_t kRowHashDigits = 16;

/// What a field was, or is: none where the change has no such state, or where that was not told.
const ColumnState* StateOf(std::span<const ColumnState> states, size_t column) {
  return column < states.size() ? &states[column] : nullptr;
}

RowValue AsText(const ColumnState* state) {
  if (state == nullptr || state->kind == Kind::kNull) return {};
  return {RowValue::Kind::kText, std::string(state->text)};
}

RowValue AsItIs(const ColumnState& state) {
  if (state.kind == Kind::kNull) return {};
  const bool text = state.kind == Kind::kText;
  return {text ? RowValue::Kind::kText : RowValue::Kind::kVerbatim, std::string(state.text)};
}

RowValue TimeValue(bool known, int64_t ms) {
  if (!known) return {};
  return {RowValue::Kind::kText, TimeText(ms)};
}

/// SQL's <> in JSON: nothing differs from what is not there.
const char* Differ(const ColumnState* before, const ColumnState* after) {
  const auto there = [](const ColumnState* state) {
    return state != nullptr && state->kind != Kind::kNull;
  };
  return there(before) && there(after) && *before != *after ? "true" : "false";
}

std::string_view OperationName(EventKind kind) {
  switch (kind) {
    case EventKind::kCreate: return "c";
    case EventKind::kUpdate: return "u";
    case EventKind::kDelete: return "d";
    case EventKind::kRead:
    case EventKind::kTombstone:
    case EventKind::kTruncate:
    case EventKind::kSkip:
    case EventKind::kReject: break;
  }
  return "";
}

/// One change, of which the rows are made field by field.
class Planner {
 public:
  Planner(const ChangelogSpec& spec, const std::vector<std::string>& wanted,
          const RowChange& change, const RecordPlace& place)
      : spec_(spec), wanted_(wanted), change_(change), place_(place) {}

  RowPlan Run(std::vector<ChangelogRow>& rows) {
    const RowPlan refused = Check();
    if (refused.result == RowPlan::Result::kReject) return refused;
    id_ = IdOfChange();
    for (size_t field = 0; field < spec_.fields.size(); ++field) {
      const ColumnState* const before = StateOf(change_.before, field);
      const ColumnState* after = StateOf(change_.after, field);
      if (after != nullptr && after->kind == Kind::kUnchanged) after = before;
      const bool update = change_.kind == EventKind::kUpdate;
      if (update && !spec_.unchanged && *before == *after) continue;
      rows.push_back(RowOf(field, before, after));
    }
    return {RowPlan::Result::kRows, {}, {}};
  }

 private:
  [[nodiscard]] static RowPlan Refused(RejectReason reason, std::string_view column) {
    return {RowPlan::Result::kReject, reason, column};
  }

  /// Everything that rows are made of must have been told.
  [[nodiscard]] RowPlan Check() const {
    const bool wants_before = change_.kind != EventKind::kCreate;
    const bool wants_after = change_.kind != EventKind::kDelete;
    if (wants_before && change_.before.empty()) return Refused(RejectReason::kMissingBefore, {});
    if (wants_after && change_.after.empty()) return Refused(RejectReason::kMissingAfter, {});
    for (size_t i = 0; i < wanted_.size(); ++i) {
      const ColumnState* const before = wants_before ? StateOf(change_.before, i) : nullptr;
      const ColumnState* const after = wants_after ? StateOf(change_.after, i) : nullptr;
      for (const ColumnState* const state : {before, after}) {
        if (state != nullptr && state->kind == Kind::kMissing)
          return Refused(RejectReason::kMissingColumn, wanted_[i]);
      }
      // What was not sent is what it was before; of an insert nothing was.
      const bool told = before != nullptr && before->kind != Kind::kUnchanged;
      const bool open = after == nullptr ? !told : after->kind == Kind::kUnchanged && !told;
      if (open) return Refused(RejectReason::kMissingBefore, wanted_[i]);
    }
    return {};
  }

  [[nodiscard]] const ColumnState& CurrentOf(size_t column) const {
    const ColumnState* const after =
        change_.kind == EventKind::kDelete ? nullptr : StateOf(change_.after, column);
    if (after != nullptr && after->kind != Kind::kUnchanged) return *after;
    return change_.before[column];
  }

  [[nodiscard]] RowValue CommittedAs(EventKind kind) const {
    return TimeValue(change_.kind == kind && change_.commit_ms != 0, change_.commit_ms);
  }

  /// What the ids of all its rows begin with.
  [[nodiscard]] std::string IdOfChange() const {
    if (spec_.identity == RowIdentity::kSource && !change_.source_position.empty() &&
        place_.has_key) {
      return place_.stream.topic + "-" + std::string(change_.source_position) + "-" +
             std::to_string(change_.commit_ms) + "-" + std::string(OperationName(change_.kind)) +
             "-" + Sha256Hex(change_.row).substr(0, kRowHashDigits) + "-";
    }
    return place_.stream.topic + "-" + std::to_string(place_.stream.partition) + "-" +
           std::to_string(place_.offset.value) + "-";
  }

  [[nodiscard]] RowValue ValueOf(const RowColumn& column, const ChangelogRow& row, size_t field,
                                 const ColumnState* before, const ColumnState* after) const {
    const auto text = [](std::string value) {
      return RowValue{RowValue::Kind::kText, std::move(value)};
    };
    switch (column.part) {
      case RowPart::kColumn: {
        const auto at = std::find(wanted_.begin(), wanted_.end(), column.column);
        return AsItIs(CurrentOf(static_cast<size_t>(at - wanted_.begin())));
      }
      case RowPart::kField: return text(spec_.fields[field]);
      case RowPart::kOld: return AsText(change_.kind == EventKind::kCreate ? nullptr : before);
      case RowPart::kNew: return AsText(change_.kind == EventKind::kDelete ? nullptr : after);
      case RowPart::kChanged: return {RowValue::Kind::kVerbatim, Differ(before, after)};
      case RowPart::kCreated: return CommittedAs(EventKind::kCreate);
      case RowPart::kUpdated: return CommittedAs(EventKind::kUpdate);
      case RowPart::kDeleted: return CommittedAs(EventKind::kDelete);
      case RowPart::kInserted: return TimeValue(place_.timestamp_ms >= 0, place_.timestamp_ms);
      case RowPart::kOperation: return text(std::string(OperationName(change_.kind)));
      case RowPart::kId: return text(row.id);
    }
    return {};
  }

  [[nodiscard]] ChangelogRow RowOf(size_t field, const ColumnState* before,
                                   const ColumnState* after) const {
    ChangelogRow row;
    row.id = id_ + spec_.fields[field];
    row.values.reserve(spec_.columns.size());
    for (const RowColumn& column : spec_.columns)
      row.values.push_back(ValueOf(column, row, field, before, after));
    return row;
  }

  const ChangelogSpec& spec_;
  const std::vector<std::string>& wanted_;
  const RowChange& change_;
  const RecordPlace& place_;
  std::string id_;
};

}  // namespace

std::vector<std::string> WantedColumns(const ChangelogSpec& spec) {
  std::vector<std::string> wanted = spec.fields;
  for (const RowColumn& column : spec.columns) {
    const bool named = column.part == RowPart::kColumn;
    if (named && std::find(wanted.begin(), wanted.end(), column.column) == wanted.end())
      wanted.push_back(column.column);
  }
  return wanted;
}

RowPlan PlanChangelogRows(const ChangelogSpec& spec, const std::vector<std::string>& wanted,
                          const RowChange& change, const RecordPlace& place,
                          std::vector<ChangelogRow>& rows) {
  rows.clear();
  switch (change.kind) {
    case EventKind::kCreate:
    case EventKind::kUpdate:
    case EventKind::kDelete: return Planner(spec, wanted, change, place).Run(rows);
    case EventKind::kReject: return {RowPlan::Result::kReject, change.reject, {}};
    case EventKind::kRead:
    case EventKind::kTombstone:
    case EventKind::kTruncate:
    case EventKind::kSkip: break;
  }
  return {};
}

}  // namespace sluice
