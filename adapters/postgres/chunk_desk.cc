#include "adapters/postgres/chunk_desk.h"

#include <array>
#include <chrono>

#include "adapters/postgres/chunk_sql.h"
#include "adapters/postgres/copy_buffer.h"
#include "adapters/postgres/copy_text.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

constexpr std::chrono::seconds kWatermarkRetry{1};

std::string FullName(const IncrementalProgress::Entry& table) {
  return table.schema + "." + table.name;
}

}  // namespace

ChunkDesk::~ChunkDesk() {
  thread_.request_stop();
  const std::lock_guard lock(mutex_);
  if (cancel_ != nullptr) {
    std::array<char, 256> words{};
    PQcancel(cancel_, words.data(), static_cast<int>(words.size()));
    PQfreeCancel(cancel_);
    cancel_ = nullptr;
  }
}

void ChunkDesk::Ask(const ChunkRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    request_ = request;
  }
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { Work(stop); });
  }
  changed_.notify_one();
}

std::optional<ChunkAnswer> ChunkDesk::Poll() {
  std::optional<Draft> draft;
  {
    const std::lock_guard lock(mutex_);
    draft = std::exchange(done_, std::nullopt);
  }
  if (!draft) return std::nullopt;
  if (draft->shape) draft->answer.table = &parts_.book.Keep(std::move(*draft->shape));
  return std::move(draft->answer);
}

bool ChunkDesk::Means(const std::string& pattern, const std::string& name) const {
  try {
    const auto list = NameList::Parse(pattern, "data-collections");
    return list && list->Matches(name);
  } catch (const pattern::MatchFailure&) {
    return false;
  }
}

void ChunkDesk::Work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<ChunkRequest> request;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return request_.has_value(); });
      request = std::exchange(request_, std::nullopt);
    }
    if (request) Serve(*request, stop);
  }
}

void ChunkDesk::Deliver(Draft draft) {
  {
    const std::lock_guard lock(mutex_);
    done_ = std::move(draft);
  }
  parts_.wake();
}

void ChunkDesk::Serve(const ChunkRequest& request, const std::stop_token& stop) {
  Draft draft;
  if (!Connect()) {
    draft.answer.failure = connection_.failure();
    return Deliver(std::move(draft));
  }
  if (request.kind == ChunkRequest::Kind::kFind) return Deliver(Find(request.target));
  draft = Read(request);
  const bool done = draft.answer.failure.verdict.disposition == Disposition::kDone;
  Deliver(std::move(draft));
  // From here on the relay waits for the high watermark.
  while (done && !stop.stop_requested()) {
    if (Connect() && WriteWatermark(request.id, "high")) return;
    connection_.Close();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kWatermarkRetry, [] { return false; });
  }
}

Status ChunkDesk::Connect() {
  if (connection_.is_open()) return {};
  {
    const std::lock_guard lock(mutex_);
    PQfreeCancel(std::exchange(cancel_, nullptr));
  }
  Status status = connection_.Open(parts_.settings, Connection::Kind::kUnlimited);
  // A watermark must not wait for a standby: until it is visible nothing can be read behind it.
  if (status) status = connection_.Run("SET synchronous_commit TO local", "opening a connection");
  const std::lock_guard lock(mutex_);
  if (status) cancel_ = PQgetCancel(connection_.handle());
  return status;
}

Status ChunkDesk::Refuse(Draft& draft, std::string why) {
  draft.answer.failure = {
      {Disposition::kReject, FailureReason::kDatabaseRefused, WriteResult::kCreated},
      "",
      doing_ + ": " + std::move(why) +
          (place_ == ErrorPlace::kFirstChunk ? "; restart the source" : "; ask for it again")};
  return Error{draft.answer.failure.detail, ""};
}

ChunkDesk::Draft ChunkDesk::Find(const SnapshotTarget& target) {
  Draft draft;
  try {
    FindIn(target, draft);
  } catch (const pattern::MatchFailure& failure) {  // a signal's mistake ends no source
    draft.answer.found.clear();
    draft.answer.problem = failure.what();
  }
  return draft;
}

void ChunkDesk::FindIn(const SnapshotTarget& target, Draft& draft) {
  const auto pattern = NameList::Parse(target.pattern, "data-collections");
  if (!pattern) {
    draft.answer.problem = pattern.error().ToString();
    return;
  }
  if (!ReadsWhileStreaming(connection_.server_version())) {
    draft.answer.problem = "reading rows while streaming needs PostgreSQL 14 or later";
    return;
  }
  Catalogue catalogue(connection_);
  const auto tables = catalogue.ReadTables();
  if (!tables) {
    draft.answer.failure = connection_.failure();
    return;
  }
  for (const CatalogueTable* table :
       CapturedTables(*tables, parts_.filter, parts_.chunks.via_partition_root, *pattern)) {
    IncrementalProgress::Entry entry{table->schema, table->name, PagingKey(*table),
                                     target.condition};
    if (!entry.key.empty()) {
      draft.answer.found.push_back(std::move(entry));
    } else {
      draft.answer.problem += (draft.answer.problem.empty() ? "" : "; ") + FullName(entry) +
                              " has no primary key (or replica identity index) to be read in order "
                              "of, and is left out";
    }
  }
  if (draft.answer.found.empty() && draft.answer.problem.empty()) {
    draft.answer.problem = "no captured table is called " + target.pattern;
  }
}

ChunkDesk::Draft ChunkDesk::Read(const ChunkRequest& request) {
  doing_ = "reading rows of " + FullName(request.table);
  place_ = request.table.first_snapshot ? ErrorPlace::kFirstChunk : ErrorPlace::kChunk;
  Draft draft;
  Status status = WriteWatermark(request.id, "low");
  if (status) status = ReadInTransaction(request, draft);
  if (status) status = connection_.Run("COMMIT", doing_, place_);
  if (!status) {
    if (draft.answer.failure.verdict.disposition == Disposition::kDone) {
      draft.answer.failure = connection_.failure();
    }
    connection_.Close();  // whatever it is in the middle of
  }
  return draft;
}

Status ChunkDesk::Shape(const CatalogueTable& now, Catalogue& catalogue, Draft& draft) {
  try {
    draft.shape = TableOf(now, {parts_.settings.database, parts_.filter, catalogue.types(), false});
  } catch (const pattern::MatchFailure& failure) {
    return Refuse(draft, failure.what());
  }
  return catalogue.RefineDefaults(*draft.shape, now.columns);
}

Status ChunkDesk::ReadInTransaction(const ChunkRequest& request, Draft& draft) {
  const std::string name = QuoteName(request.table.schema, request.table.name);
  // The lock comes before the snapshot: the rows have the columns that are read below.
  Status status = connection_.Run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; LOCK TABLE " +
                                      name + " IN ACCESS SHARE MODE",
                                  doing_, place_);
  if (!status) return status;
  const auto seen = connection_.Query(
      "SELECT pg_catalog.pg_current_snapshot(), " + QuoteText(name) + "::pg_catalog.regclass::oid",
      doing_, {}, place_);
  if (!seen) return seen.error();
  const auto visible = ParseVisible(seen->Text(0, 0));
  if (!visible) return Refuse(draft, "pg_current_snapshot() answered " + seen->String(0, 0));
  draft.answer.visible = *visible;

  Catalogue catalogue(connection_);
  const std::array<uint32_t, 1> id = {static_cast<uint32_t>(seen->Number(0, 1))};
  auto tables = catalogue.ReadTables(id);
  if (!tables) return tables.error();
  if (tables->empty()) return Refuse(draft, "it is no table");
  if (status = catalogue.ReadDefaults(tables->front()); !status) return status;
  const CatalogueTable& now = tables->front();
  if (PagingKey(now) != request.table.key) {
    return Refuse(draft, "its primary key has changed");
  }
  if (status = catalogue.LearnTypes(TypesOf(*tables)); !status) return status;
  if (status = Shape(now, catalogue, draft); !status) return status;
  for (const std::string& column : request.table.key) {
    for (uint32_t i = 0; i < draft.shape->columns.size(); ++i) {
      if (draft.shape->columns[i].name == column) draft.answer.key.push_back(i);
    }
  }
  if (draft.answer.key.size() != request.table.key.size()) {
    return Refuse(draft, "a column of its primary key is not captured");
  }

  return ReadPiece(request, now, draft);
}

Status ChunkDesk::ReadPiece(const ChunkRequest& request, const CatalogueTable& now, Draft& draft) {
  const size_t parts = request.table.key.size();
  if ((!request.end_key.empty() && request.end_key.size() != parts) ||
      (!request.after.empty() && request.after.size() != parts)) {
    return Refuse(draft, "its primary key has changed");
  }
  const auto compared = ReadKeyParts(connection_, now.id, PagingIndex(now));
  if (!compared) return compared.error();
  const KeyOrder key = OrderOf(*compared, request.table.key);
  const ChunkSource source{now, key, request.table.condition};
  draft.answer.end_key = request.end_key;
  draft.answer.rows = HeldRows(draft.shape->columns.size());
  draft.answer.last = true;
  if (!source.condition.empty()) {
    if (Status path = connection_.Run(kUsersSearchPath, doing_, place_); !path) return path;
  }
  if (request.end_key.empty()) {
    if (!source.condition.empty()) {
      const auto read = connection_.Query(ConditionStatement(source), doing_, {}, place_);
      if (!read) return read.error();
    }
    Status status = ReadEndKey(EndKeyStatement(source), parts, draft.answer);
    if (!status || draft.answer.end_key.empty()) return status;  // or there are no rows
  }
  return ReadRows(
      ChunkStatement(source, *draft.shape, request.after, draft.answer.end_key, parts_.chunks.rows),
      draft.answer);
}

Status ChunkDesk::ReadEndKey(const std::string& statement, size_t parts, ChunkAnswer& answer) {
  const auto end = connection_.Query(statement, doing_, {}, place_);
  if (!end) return end.error();
  for (size_t i = 0; !end->empty() && i < parts; ++i) {
    answer.end_key.push_back(end->String(0, static_cast<int>(i)));
  }
  return {};
}

Status ChunkDesk::ReadRows(const std::string& statement, ChunkAnswer& answer) {
  Status status = connection_.StartCopy(statement, PGRES_COPY_OUT, doing_, place_);
  if (!status) return status;
  CopyBuffer buffer;
  std::vector<ColumnValue> row(answer.rows.columns());
  int size = 0;
  while ((size = buffer.Await(connection_.handle())) > 0) {
    if (!ReadCopyRow({buffer.data(), static_cast<size_t>(size)}, row)) {
      return connection_.Fail(place_, doing_ + " (a row has not the columns asked for)");
    }
    answer.rows.Add(row);
    if (answer.rows.held_bytes() < parts_.chunks.bytes) continue;
    answer.last = false;
    connection_.Close();  // the quickest way not to receive the rest
    return Connect();
  }
  const Rows end(PQgetResult(connection_.handle()));
  if (size != -1 || !end.Succeeded()) {
    return connection_.Fail(place_, doing_, end.result());
  }
  while (PGresult* rest = PQgetResult(connection_.handle())) PQclear(rest);
  answer.last = answer.rows.size() < parts_.chunks.rows;
  return {};
}

Status ChunkDesk::WriteWatermark(const std::string& id, const char* which) {
  // Transactional: the commit brings it to disk, and so to the stream, at once.
  return connection_.Run("SELECT pg_catalog.pg_logical_emit_message(true, " +
                             QuoteText(parts_.chunks.watermark_prefix) + ", " +
                             QuoteText(id + " " + which) + ")",
                         "writing a watermark", ErrorPlace::kQuery);
}

}  // namespace sluice::postgres
