#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/held_rows.h"
#include "core/model/incremental_progress.h"
#include "core/model/outcome.h"

namespace sluice {

/// Which transactions a statement of the database could see. Numbers are without wrap-around.
struct VisibleTransactions {
  uint64_t end = 0;               ///< None from here on was visible.
  std::vector<uint64_t> running;  ///< Below `end`, and not visible either; ascending.
};

/// Something to be asked of the database beside the stream.
struct ChunkRequest {
  enum class Kind : uint8_t {
    kFind,  ///< Which captured tables `target` means.
    kRead,  ///< The next rows of a table, between two watermarks.
  };
  Kind kind = Kind::kRead;
  std::string id;  ///< kRead: what the watermarks are called.

  SnapshotTarget target;  ///< kFind.

  IncrementalProgress::Entry table;  ///< kRead.
  std::vector<std::string> after;    ///< kRead: behind this key; empty: from the beginning.
  std::vector<std::string> end_key;  ///< kRead: not beyond this key; empty: to be found first.
};

/// What came of a request.
struct ChunkAnswer {
  Failure failure;      ///< Verdict kDone: the rest is filled.
  std::string problem;  ///< What cannot be read and why, for the log; empty: nothing.

  std::vector<IncrementalProgress::Entry> found;  ///< kFind.

  const Table* table = nullptr;  ///< kRead; valid as long as the reader.
  std::vector<uint32_t> key;     ///< kRead: where the key's columns are in the table.
  HeldRows rows;                 ///< kRead: in the key's order.
  bool last = false;             ///< kRead: no row is left behind these.
  std::vector<std::string> end_key;
  VisibleTransactions visible;  ///< kRead: when the rows were read.
};

/// Reads pieces of tables while changes are streamed. Around each piece it writes two watermarks
/// to the database's log, of transactions of their own: messages that hold the request's id and
/// " low" or " high".
///
/// Threads:   one call at a time.
/// Ownership: an answer owns its rows.
/// Time:      no call waits. An answer is there before the high watermark can come in the stream.
/// Errors:    as answers: kRetry and kHold may pass, anything else will not. Of a table of the
/// first
///            snapshot any may, by what an operator does.
class ChunkReader {
 public:
  virtual ~ChunkReader() = default;

  /// One at a time: an answer follows.
  virtual void Ask(const ChunkRequest& request) = 0;
  /// The answer to the last request, once.
  virtual std::optional<ChunkAnswer> Poll() = 0;
  /// Whether a signal's `pattern` means the table of that name (`schema.table`). False also where
  /// it is no pattern. Pure.
  [[nodiscard]] virtual bool Means(const std::string& pattern, const std::string& name) const = 0;
};

}  // namespace sluice
