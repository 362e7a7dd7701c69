#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// What the database holds for a source, and what it tells it of, as last looked at.
struct SourceWatch {
  /// Whether the log that the slot needs is still there.
  enum class WalStatus : uint8_t {
    kUnknown,
    kReserved,
    kExtended,    ///< More than usual is kept for it.
    kUnreserved,  ///< To be removed soon.
    kLost,
  };

  int64_t looked_us = 0;  ///< By the process's clock; 0: never.
  WalStatus wal_status = WalStatus::kUnknown;
  std::optional<int64_t>
      safe_wal_bytes;              ///< That may be written before it is lost; none: no limit.
  int64_t retained_wal_bytes = 0;  ///< Log that is kept for it.
  uint64_t tables_captured = 0;
  uint64_t tables_published = 0;  ///< Of those: the publication has them.
  uint64_t idle_slots = 0;        ///< Others, which nobody reads.
  uint64_t actions_done = 0;      ///< Of the heartbeat's statement.
  uint64_t actions_failed = 0;
  std::string danger;  ///< What is about to be lost, why, and the cure; empty: nothing.
};
inline constexpr int kWalStatuses = 5;

[[nodiscard]] const char* WalStatusName(SourceWatch::WalStatus status);  ///< "reserved", …

}  // namespace sluice
