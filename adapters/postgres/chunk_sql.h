#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/key_order.h"
#include "adapters/postgres/table_shape.h"
#include "core/ports/chunk_reader.h"

namespace sluice::postgres {

/// Whether a server streams the messages that are the watermarks: PostgreSQL 14 or later.
[[nodiscard]] bool ReadsWhileStreaming(int server_version);

/// The columns by whose order a table can be read in pieces: unique, never null, and part of every
/// old row that the stream tells. Empty: there are none.
[[nodiscard]] std::vector<std::string> PagingKey(const CatalogueTable& table);
/// The index of that key; 0: there is none.
[[nodiscard]] uint32_t PagingIndex(const CatalogueTable& table);

/// What a piece of a table is read from.
struct ChunkSource {
  const CatalogueTable& table;
  const KeyOrder& key;
  const std::string& condition;  ///< SQL; empty: all rows.
};

/// The statements below hold the condition, and so come behind kUsersSearchPath where there is one:
/// all else in them means the same under every search path.
///
/// Reads nothing, and fails where the condition is none by itself: in the parentheses that the
/// other statements put around it, "id = 2) or (1 = 1" would be two. Pure, as are those below.
[[nodiscard]] std::string ConditionStatement(const ChunkSource& source);

/// Reads the greatest key.
[[nodiscard]] std::string EndKeyStatement(const ChunkSource& source);

/// Reads at most `rows` rows behind `after` (empty: from the first), up to `end_key`, in the key's
/// order.
[[nodiscard]] std::string ChunkStatement(const ChunkSource& source, const Table& shape,
                                         const std::vector<std::string>& after,
                                         const std::vector<std::string>& end_key, size_t rows);

/// What pg_current_snapshot() says: "10:20:10,14". None: it is not that.
[[nodiscard]] std::optional<VisibleTransactions> ParseVisible(std::string_view text);

}  // namespace sluice::postgres
