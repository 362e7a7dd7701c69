#include "core/operations/outbox/outbox_router.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace sluice {
namespace {

constexpr size_t kStreamBytesMax = 249;  // of Kafka's topics
constexpr std::string_view kStreamLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool IsInteger(const Column& column) {
  return !column.array && (column.type == ColumnType::kInt16 || column.type == ColumnType::kInt32 ||
                           column.type == ColumnType::kInt64);
}

bool IsTimestamp(const Column& column) {
  return !column.array &&
         (column.type == ColumnType::kTimestamp || column.type == ColumnType::kTimestampTz);
}

/// Looks columns up by their names, and keeps the first that is of no use.
class ColumnFinder {
 public:
  explicit ColumnFinder(const Table& table) : table_(table) {}

  [[nodiscard]] std::optional<uint32_t> Find(const std::string& name) const {
    const auto column = std::find_if(table_.columns.begin(), table_.columns.end(),
                                     [&](const Column& one) { return one.name == name; });
    if (column == table_.columns.end()) return std::nullopt;
    return static_cast<uint32_t>(column - table_.columns.begin());
  }

  uint32_t Need(const std::string& name, const char* setting) {
    const auto place = Find(name);
    if (place) return *place;
    Fail("has no column " + name + " (" + setting + ")",
         "name the column by that setting, tell it where column.exclude.list or "
         "column.include.list hide it, or leave the table out of outbox.table.include.list");
    return 0;
  }

  std::optional<uint32_t> NeedOf(const std::string& name, const char* setting,
                                 bool (*fits)(const Column&), const char* kind) {
    if (name.empty()) return std::nullopt;
    const uint32_t place = Need(name, setting);
    if (error_ || fits(table_.columns[place])) return place;
    Fail("has the column " + name + " of type " + table_.columns[place].type_name + " (" + setting +
             ")",
         std::string("it must be ") + kind);
    return place;
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  void Fail(const std::string& what, std::string cure) {
    if (error_) return;
    error_ = Error{"the outbox " + table_.schema + "." + table_.name + " " + what, std::move(cure)};
  }

  const Table& table_;
  std::optional<Error> error_;
};

}  // namespace

Result<OutboxPlan> PlanOutbox(const Table& table, const OutboxSettings& settings) {
  constexpr const char* kExtras = "outbox.table.fields.additional.placement";
  constexpr const char* kWhole = "smallint, integer or bigint";
  ColumnFinder finder(table);
  OutboxPlan plan;
  plan.shape = settings.shape;
  plan.route = finder.Need(settings.route_column, "outbox.route.by.field");
  plan.id = finder.Need(settings.id_column, "outbox.table.field.event.id");
  plan.shape.key = finder.Need(settings.key_column, "outbox.table.field.event.key");
  plan.shape.payload = finder.Need(settings.payload_column, "outbox.table.field.event.payload");
  plan.timestamp = finder.NeedOf(settings.timestamp_column, "outbox.table.field.event.timestamp",
                                 IsTimestamp, "timestamp, with or without time zone");
  plan.shape.schema_version = finder.NeedOf(
      settings.schema_version_column, "outbox.table.field.event.schema.version", IsInteger, kWhole);
  for (const OutboxSettings::Extra& extra : settings.extras) {
    if (settings.skips_missing_extras && !finder.Find(extra.column)) continue;
    switch (extra.placement) {
      case OutboxSettings::Placement::kHeader:
        plan.headers.push_back({finder.Need(extra.column, kExtras), extra.name});
        break;
      case OutboxSettings::Placement::kEnvelope:
        plan.shape.fields.push_back({finder.Need(extra.column, kExtras), extra.name});
        break;
      case OutboxSettings::Placement::kPartition:
        plan.partition = finder.NeedOf(extra.column, kExtras, IsInteger, kWhole);
        break;
    }
  }
  if (finder.error()) return *finder.error();
  return plan;
}

OutboxAction DecideOutbox(const RecordPlan& plan, ChangeKind change, bool retold) {
  if (plan.kind == RecordPlan::Kind::kTruncate) return OutboxAction::kDelete;
  if (plan.kind == RecordPlan::Kind::kTombstone) return OutboxAction::kPart;
  switch (plan.operation) {
    case RowOperation::kCreate:
    case RowOperation::kRead:
      return change == ChangeKind::kUpdate && !retold ? OutboxAction::kUpdate
                                                      : OutboxAction::kRoute;
    case RowOperation::kUpdate: return OutboxAction::kUpdate;
    case RowOperation::kDelete: break;
  }
  return change == ChangeKind::kUpdate ? OutboxAction::kPart : OutboxAction::kDelete;
}

bool IsEmptyPayload(const ColumnValue& payload) {
  if (payload.kind == ColumnValue::Kind::kNull) return true;
  return payload.kind == ColumnValue::Kind::kText &&
         std::all_of(payload.text.begin(), payload.text.end(),
                     [](char byte) { return byte >= 0 && byte <= ' '; });
}

std::string StreamNameFault(std::string_view name) {
  if (name.empty()) return "which is no name";
  if (name == "." || name == "..") return "which no topic may be called";
  if (name.size() > kStreamBytesMax) {
    return "which has " + std::to_string(name.size()) + " bytes, and a topic's name no more than " +
           std::to_string(kStreamBytesMax);
  }
  if (name.find_first_not_of(kStreamLetters) == std::string_view::npos) return "";
  return "whose name may hold letters, digits, dots, underscores and hyphens only";
}

std::optional<uint32_t> PartitionOf(std::string_view text) {
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, fault] = std::from_chars(text.data(), end, number);
  const bool whole = fault == std::errc() && at == end;
  if (!whole || number > static_cast<uint32_t>(std::numeric_limits<int32_t>::max())) {
    return std::nullopt;
  }
  return number;
}

}  // namespace sluice
