#include "adapters/postgres/snapshot_reader.h"

#include "adapters/postgres/copy_text.h"
#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {

Status SnapshotReader::Open(const std::string& snapshot) {
  Status status = connection_.Open(settings_, Connection::Kind::kUnlimited);
  if (status) status = connection_.EnlargeBuffer();
  std::string sql = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
  if (!snapshot.empty()) sql += "; SET TRANSACTION SNAPSHOT " + QuoteText(snapshot);
  if (status) status = connection_.Run(sql, "entering the snapshot", ErrorPlace::kSnapshot);
  if (!status) failure_ = connection_.failure();
  return status;
}

Status SnapshotReader::Start(const SnapshotChunk& chunk, const Table& table) {
  doing_ = "reading the table " + chunk.schema + "." + chunk.name;
  row_.resize(table.columns.size());
  const Status status = connection_.StartCopy(CopyStatement(chunk, table, snapshot_),
                                              PGRES_COPY_OUT, doing_, ErrorPlace::kSnapshot);
  if (!status) failure_ = connection_.failure();
  return status;
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
