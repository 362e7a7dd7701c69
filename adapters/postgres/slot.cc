#include "adapters/postgres/slot.h"

#include <algorithm>

#include "adapters/postgres/sql_text.h"
#include "core/model/lsn_text.h"

namespace sluice::postgres {
namespace {

constexpr int kOptionSyntaxVersion = 150'000;  // options in brackets
constexpr int kFailoverVersion = 170'000;      // and invalidation_reason

Failure Halt(FailureReason reason, std::string detail) {
  return {{Disposition::kHalt, reason, WriteResult::kCreated}, "", std::move(detail)};
}

std::string DropCommand(const std::string& name) {
  return "SELECT pg_drop_replication_slot(" + QuoteText(name) + ")";
}

}  // namespace

std::string CreateSlotCommand(const NewSlot& slot, int server_version) {
  std::string command = "CREATE_REPLICATION_SLOT " + QuoteName(slot.name);
  if (slot.temporary) command += " TEMPORARY";
  command += " LOGICAL pgoutput ";
  if (server_version < kOptionSyntaxVersion) {
    return command + (slot.export_snapshot ? "EXPORT_SNAPSHOT" : "NOEXPORT_SNAPSHOT");
  }
  command += slot.export_snapshot ? "(SNAPSHOT 'export'" : "(SNAPSHOT 'nothing'";
  // A temporary slot ends with its session: there is nothing to keep on a standby.
  if (slot.failover && !slot.temporary && server_version >= kFailoverVersion)
    command += ", FAILOVER";
  return command + ")";
}

Result<std::optional<SlotState>> DescribeSlot(Connection& connection, const std::string& name) {
  const bool recent = connection.server_version() >= kFailoverVersion;
  const std::string sql =
      "SELECT plugin, database, temporary, active, active_pid, restart_lsn, confirmed_flush_lsn, "
      "wal_status, safe_wal_size, " +
      std::string(recent ? "failover, invalidation_reason" : "false, NULL") +
      " FROM pg_catalog.pg_replication_slots WHERE slot_name = $1";
  auto rows = connection.Query(sql, "looking for the slot " + name, {&name, 1});
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<SlotState>();
  SlotState slot;
  slot.name = name;
  slot.plugin = rows->String(0, 0);
  slot.database = rows->String(0, 1);
  slot.temporary = rows->Flag(0, 2);
  slot.active = rows->Flag(0, 3);
  slot.active_pid = rows->Number(0, 4);
  slot.restart = ParseLsn(rows->Text(0, 5)).value_or(Lsn());
  slot.confirmed = ParseLsn(rows->Text(0, 6)).value_or(Lsn());
  slot.wal_status = rows->String(0, 7);
  if (!rows->IsNull(0, 8)) slot.safe_wal_size = rows->Number(0, 8);
  slot.failover = rows->Flag(0, 9);
  slot.invalidation = rows->String(0, 10);
  return std::optional<SlotState>(std::move(slot));
}

Result<CreatedSlot> CreateSlot(Connection& replication, const NewSlot& slot) {
  auto rows = replication.Query(CreateSlotCommand(slot, replication.server_version()),
                                "creating the slot " + slot.name, {}, ErrorPlace::kSlot);
  if (!rows) return rows.error();
  const auto point = rows->empty() ? std::nullopt : ParseLsn(rows->Text(0, 1));
  if (!point) return Error{"creating the slot " + slot.name + ": no position was told", ""};
  return CreatedSlot{*point, rows->String(0, 2)};
}

Status DropTemporarySlot(Connection& replication, const std::string& name) {
  return replication.Run("DROP_REPLICATION_SLOT " + QuoteName(name), "dropping the slot " + name,
                         ErrorPlace::kSlot);
}

Result<ServerIdentity> Identify(Connection& replication) {
  auto rows = replication.Query("IDENTIFY_SYSTEM", "identifying the server");
  if (!rows) return rows.error();
  if (rows->empty()) return Error{"identifying the server: no answer", ""};
  return ServerIdentity{rows->String(0, 0), static_cast<uint32_t>(rows->Number(0, 1)),
                        ParseLsn(rows->Text(0, 2)).value_or(Lsn())};
}

Result<std::optional<Lsn>> TimelineEnd(Connection& replication, uint32_t now, uint32_t earlier) {
  if (earlier >= now) return std::optional<Lsn>();
  auto rows =
      replication.Query("TIMELINE_HISTORY " + std::to_string(now), "asking for the server's past");
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Lsn>();
  return TimelineEndIn(rows->Text(0, 1), earlier);
}

// Lines of "timeline TAB position TAB reason"; comments begin with #.
std::optional<Lsn> TimelineEndIn(std::string_view history, uint32_t earlier) {
  const std::string wanted = std::to_string(earlier) + "\t";
  while (!history.empty()) {
    const std::string_view line = history.substr(0, history.find('\n'));
    history.remove_prefix(std::min(history.size(), line.size() + 1));
    if (!line.starts_with(wanted)) continue;
    const std::string_view rest = line.substr(wanted.size());
    return ParseLsn(rest.substr(0, rest.find('\t')));
  }
  return std::nullopt;
}

std::optional<Failure> SlotFailure(const std::optional<SlotState>& slot, const std::string& name,
                                   const std::string& database) {
  if (!slot) {
    return Halt(FailureReason::kSlotMissing,
                "the replication slot " + name +
                    " is not there: changes since it was dropped are lost; take a new snapshot "
                    "(snapshot.mode=when_needed), which creates it; then `sluice verify --repair` "
                    "removes the documents of rows that were deleted meanwhile");
  }
  if (slot->plugin != "pgoutput" || slot->database != database) {
    return Halt(
        FailureReason::kDatabaseUnsuitable,
        "the replication slot " + name + " is of " +
            (slot->plugin.empty() ? "physical replication"
                                  : "plugin " + slot->plugin + ", database " + slot->database) +
            "; set another slot.name, or " + DropCommand(name) + " if nobody needs it");
  }
  if (slot->wal_status == "lost" || !slot->invalidation.empty()) {
    return Halt(FailureReason::kSlotLost,
                "the replication slot " + name + " is lost" +
                    (slot->invalidation.empty() ? "" : " (" + slot->invalidation + ")") +
                    ": log that it needs was removed; " + DropCommand(name) +
                    ", raise max_slot_wal_keep_size, and take a new snapshot");
  }
  if (slot->active) {
    return Failure{{Disposition::kHold, FailureReason::kSlotBusy, WriteResult::kCreated},
                   "",
                   "the replication slot " + name +
                       " is being read by another process; stop it, "
                       "or SELECT pg_terminate_backend(" +
                       std::to_string(slot->active_pid) + ")"};
  }
  return std::nullopt;
}

}  // namespace sluice::postgres
