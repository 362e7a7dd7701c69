#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/postgres/connection.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// A replication slot as the server describes it.
struct SlotState {
  std::string name;
  std::string plugin;  ///< Empty: a physical slot.
  std::string database;
  bool temporary = false;
  bool active = false;
  int64_t active_pid = 0;
  Lsn restart;
  Lsn confirmed;           ///< Everything before was acknowledged and is never sent again.
  std::string wal_status;  ///< reserved, extended, unreserved, lost.
  std::optional<int64_t>
      safe_wal_size;  ///< Bytes that may be written before the slot is in danger.
  bool failover = false;
  std::string invalidation;  ///< Why the slot cannot be used any more; empty: it can.
};

/// What a new slot is like. Two-phase decoding is always off: only committed transactions are told.
struct NewSlot {
  std::string name;
  bool temporary = false;
  bool export_snapshot = false;
  bool failover = false;  ///< PostgreSQL 17 or later.
};

struct CreatedSlot {
  Lsn consistent_point;  ///< Everything that commits later is streamed; the snapshot has the rest.
  std::string snapshot;  ///< Exported; ends with the next command on that connection.
};

/// Which cluster this is and how far its log goes.
struct ServerIdentity {
  std::string system_id;
  uint32_t timeline = 0;
  Lsn log_end;
};

/// On a plain connection. None: there is no such slot.
Result<std::optional<SlotState>> DescribeSlot(Connection& connection, const std::string& name);
/// On a replication connection. Waits until all transactions that run now have ended.
Result<CreatedSlot> CreateSlot(Connection& replication, const NewSlot& slot);
/// A temporary slot of this replication connection.
[[nodiscard]] Status DropTemporarySlot(Connection& replication, const std::string& name);
/// On a replication connection.
Result<ServerIdentity> Identify(Connection& replication);

/// Where an earlier timeline of this server's past ended. On a replication connection. None: it is
/// not in its past.
Result<std::optional<Lsn>> TimelineEnd(Connection& replication, uint32_t now, uint32_t earlier);
/// The same, out of the text of a timeline's history file. Pure.
[[nodiscard]] std::optional<Lsn> TimelineEndIn(std::string_view history, uint32_t earlier);

/// Why this slot cannot be read for this database; none: it can.
[[nodiscard]] std::optional<Failure> SlotFailure(const std::optional<SlotState>& slot,
                                                 const std::string& name,
                                                 const std::string& database);

/// The command that creates a slot; pure, so that it can be tested.
[[nodiscard]] std::string CreateSlotCommand(const NewSlot& slot, int server_version);

}  // namespace sluice::postgres
