#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/table_book.h"
#include "adapters/postgres/table_filter.h"
#include "core/ports/chunk_reader.h"

namespace sluice::postgres {

/// How pieces of tables are read beside the stream.
struct ChunkSettings {
  size_t rows = 1'024;              ///< Most of one piece.
  size_t bytes = size_t{16} << 20;  ///< A piece ends with the row that makes it larger.
  std::string watermark_prefix;     ///< Of the messages that are the watermarks.
  bool via_partition_root = false;  ///< Partitions are told as their topmost table.
};

/// Reads pieces of tables with a connection and a thread of its own, opened when first asked.
/// Needs PostgreSQL 14: earlier servers do not stream the messages that are the watermarks.
///
/// Threads:   Ask() and Poll() from one thread; `wake` is called from the desk's own.
/// Ownership: borrows everything it is made from.
/// Time:      the destructor waits for the statement that runs, which is cancelled.
/// Errors:    as answers. A high watermark that cannot be written is tried until it can.
class ChunkDesk : public ChunkReader {
 public:
  struct Parts {
    const Settings& settings;
    const ChunkSettings& chunks;
    const TableFilter& filter;
    TableBook& book;  ///< Used by Poll() alone.
    std::function<void()> wake;
  };

  explicit ChunkDesk(Parts parts) : parts_(std::move(parts)) {}
  ~ChunkDesk() override;

  void Ask(const ChunkRequest& request) override;
  std::optional<ChunkAnswer> Poll() override;
  [[nodiscard]] bool Means(const std::string& pattern, const std::string& name) const override;

 private:
  /// An answer whose table is not in the book yet.
  struct Draft {
    ChunkAnswer answer;
    std::optional<Table> shape;
  };

  void Work(const std::stop_token& stop);
  void Serve(const ChunkRequest& request, const std::stop_token& stop);
  void Deliver(Draft draft);
  [[nodiscard]] Status Connect();
  Draft Find(const SnapshotTarget& target);
  void FindIn(const SnapshotTarget& target, Draft& draft);
  Draft Read(const ChunkRequest& request);
  [[nodiscard]] Status Shape(const CatalogueTable& now, Catalogue& catalogue, Draft& draft);
  [[nodiscard]] Status ReadInTransaction(const ChunkRequest& request, Draft& draft);
  [[nodiscard]] Status ReadPiece(const ChunkRequest& request, const CatalogueTable& now,
                                 Draft& draft);
  [[nodiscard]] Status ReadEndKey(const std::string& statement, size_t parts, ChunkAnswer& answer);
  [[nodiscard]] Status ReadRows(const std::string& statement, ChunkAnswer& answer);
  [[nodiscard]] Status WriteWatermark(const std::string& id, const char* which);
  Status Refuse(Draft& draft, std::string why);

  const Parts parts_;
  // Of the desk's own thread.
  std::string doing_;
  ErrorPlace place_ = ErrorPlace::kChunk;
  Connection connection_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<ChunkRequest> request_;  // guarded by mutex_
  std::optional<Draft> done_;            // guarded by mutex_
  PGcancel* cancel_ = nullptr;           // guarded by mutex_
  std::jthread thread_;                  // last: ends before what it uses
};

}  // namespace sluice::postgres
