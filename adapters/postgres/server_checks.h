#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/outcome.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// What of the server decides whether its changes can be read.
struct ServerFacts {
  int version = 0;  ///< 150004 for 15.4.
  std::string wal_level;
  std::string encoding;
  std::string user;
  bool superuser = false;
  bool may_replicate = false;
  bool in_recovery = false;  ///< A standby.
  int64_t slots_max = 0;
  int64_t slots_used = 0;
  int64_t senders_max = 0;
  int64_t senders_used = 0;
  int64_t wal_sender_timeout_ms = 0;
  int64_t slot_keep_size_mb = -1;       ///< max_slot_wal_keep_size; -1: without limit.
  std::vector<std::string> unreadable;  ///< Quoted names of tables that the user may not read.
  /// The same of partitions that are told as their topmost table, and that a first snapshot reads.
  std::vector<std::string> unreadable_leaves;
  std::vector<std::string> filtered;  ///< Quoted names of tables of which policies hide rows.
};

/// Something an operator should know before changes are read.
struct Finding {
  enum class Weight : uint8_t {
    kBlocks,  ///< Reading changes is impossible or would lose some.
    kWarns,   ///< It works, and something will surprise.
    kNotes,
  };
  Weight weight = Weight::kNotes;
  FailureReason reason = FailureReason::kNone;
  std::string what;
  std::string cure;  ///< SQL, a command or a setting.
  /// It has happened, and what is recorded makes that it is told once; else it lasts, and who has
  /// told it need not again.
  bool event = false;
};

/// On a plain connection.
Result<ServerFacts> ReadServerFacts(Connection& connection,
                                    std::span<const CatalogueTable* const> tables);

/// Pure. `creates_slot`: a slot is still to be created.
[[nodiscard]] std::vector<Finding> JudgeServer(const ServerFacts& facts, bool creates_slot);

/// Pure: tables that the user may not read, as one finding with all that is to be granted.
/// `reads_leaves`: a first snapshot is due, which reads partitions one by one; the stream, and what
/// is read beside it, needs the right to read their topmost table alone.
[[nodiscard]] std::optional<Finding> JudgeReading(const ServerFacts& facts, bool reads_leaves);

/// Pure: replica identities and keys that make updates fail, rows untellable or values absent.
/// `asked_key` says for a table whether message.key.columns names its key.
[[nodiscard]] std::vector<Finding> JudgeTable(const CatalogueTable& table, bool asked_key);

/// Pure: a key of which the replica identity of `table` lacks a column, as by message.key.columns,
/// or that of one of its leaves among `all`, which hold its rows where it is partitioned. The log
/// does not tell it then for deleted rows and for former keys.
[[nodiscard]] std::vector<Finding> JudgeLoggedKey(const CatalogueTable& table,
                                                  std::span<const CatalogueTable> all,
                                                  const TableFilter& filter,
                                                  Finding::Weight weight);

/// The most important of what blocks, as a failure; kDone: nothing does.
[[nodiscard]] Failure FailureOf(std::span<const Finding> findings);

}  // namespace sluice::postgres
