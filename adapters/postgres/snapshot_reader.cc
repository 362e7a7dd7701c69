#include "adapters/postgres/snapshot_reader.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "adapters/postgres/copy_text.h"
#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

constexpr int kLockWaitMs = 10'000;

/// SQLSTATEs of a lock that was not to be had: waited too long, a deadlock (an ALTER TABLE waits
/// for a table that this reader has read), no such table any more.
constexpr std::array<std::string_view, 3> kNotKept = {"55P03", "40P01", "42P01"};

}  // namespace

Status SnapshotReader::Open(const std::string& snapshot) {
  Status status = connection_.Open(settings_, Connection::Kind::kUnlimited);
  if (status) status = connection_.EnlargeBuffer();
  if (status) {
    status = connection_.Run(
        EnterStatement(snapshot) + "; SET LOCAL lock_timeout TO " + std::to_string(kLockWaitMs),
        "entering the snapshot", ErrorPlace::kSnapshot);
  }
  if (!status) failure_ = connection_.failure();
  return status;
}

Status SnapshotReader::Start(const SnapshotChunk& chunk, const Table& table) {
  doing_ = "reading the table " + chunk.schema + "." + chunk.name;
  row_.resize(table.columns.size());
  out_of_reach_ = false;
  if (Status kept = Keep(chunk); !kept) return kept;
  Status status = connection_.Run(PathStatement(table, snapshot_), doing_, ErrorPlace::kSnapshot);
  if (status) {
    status = connection_.StartCopy(CopyStatement(chunk, table, snapshot_), PGRES_COPY_OUT, doing_,
                                   ErrorPlace::kSnapshot);
  }
  if (!status) failure_ = connection_.failure();
  return status;
}

// By a query, not by LOCK TABLE: that would want the right to read all columns. Its lock lasts as
// long as the transaction, and is the one that the table's COPY takes.
Status SnapshotReader::Keep(const SnapshotChunk& chunk) {
  if (kept_.contains(chunk.leaf)) return {};
  Status status = connection_.Run(
      "SAVEPOINT kept; SELECT FROM ONLY " + QuoteName(chunk.schema, chunk.name) + " LIMIT 0",
      doing_, ErrorPlace::kSnapshot);
  if (!status) {
    failure_ = connection_.failure();
    const auto* state = std::find(kNotKept.begin(), kNotKept.end(), failure_.type);
    out_of_reach_ =
        state != kNotKept.end() && connection_.Run("ROLLBACK TO SAVEPOINT kept", doing_).ok();
    return status;
  }
  const auto same = connection_.Query(SameStatement(chunk), doing_, {}, ErrorPlace::kSnapshot);
  const bool is_same = same.ok() && !same->empty() && same->Flag(0, 0);
  status = same ? connection_.Run(is_same ? "RELEASE SAVEPOINT kept" : "ROLLBACK TO SAVEPOINT kept",
                                  doing_, ErrorPlace::kSnapshot)
                : Status(same.error());
  if (!status) {
    failure_ = connection_.failure();
    return status;
  }
  if (is_same) {
    kept_.insert(chunk.leaf);
    return {};
  }
  out_of_reach_ = true;
  failure_ = {{Disposition::kRetry, FailureReason::kSnapshotGone, WriteResult::kCreated},
              "",
              doing_ + ": it was rewritten, emptied or renamed after the snapshot was taken"};
  return Error{failure_.detail, ""};
}

SnapshotReader::Progress SnapshotReader::Next(Row& row) {
  const int size = buffer_.Await(connection_.handle());
  if (size > 0) {
    if (ReadCopyRow({buffer_.data(), static_cast<size_t>(size)}, row_)) {
      row = row_;
      return Progress::kRow;
    }
    failure_ = {{Disposition::kHalt, FailureReason::kUnreadableReply, WriteResult::kCreated},
                "",
                doing_ + ": a row has not the columns that were asked for"};
    return Progress::kFailed;
  }
  // The end of the rows is no success yet: the command's own answer is.
  const Rows answer(PQgetResult(connection_.handle()));
  if (size == -1 && answer.Succeeded()) {
    while (PGresult* rest = PQgetResult(connection_.handle())) PQclear(rest);
    return Progress::kEnd;
  }
  const Error error = connection_.Fail(ErrorPlace::kSnapshot, doing_, answer.result());
  failure_ = connection_.failure();
  return Progress::kFailed;
}

}  // namespace sluice::postgres
