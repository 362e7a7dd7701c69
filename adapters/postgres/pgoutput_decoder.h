#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/position.h"
#include "core/model/source_change.h"

namespace sluice::postgres {

/// A column as a relation message tells it.
struct RelationColumn {
  std::string_view name;
  uint32_t type = 0;      ///< Number of the declared type; a domain's own.
  int32_t modifier = -1;  ///< `atttypmod`.
  bool identity = false;  ///< Part of the replica identity.
};

/// One message of pgoutput, protocol version 1. Which fields count is said by `kind`.
struct PgoutputMessage {
  enum class Kind : uint8_t {
    kBegin,     ///< lsn (of the commit), time_us, transaction_id
    kCommit,    ///< lsn, end, time_us
    kOrigin,    ///< lsn, name
    kRelation,  ///< relation, schema, name, identity, columns
    kType,      ///< relation (number of the type), schema, name (of the base type)
    kInsert,    ///< relation, new_row
    kUpdate,    ///< relation, old, old_row, new_row
    kDelete,    ///< relation, old, old_row
    kTruncate,  ///< relations
    kMessage,   ///< lsn, transactional, name (the prefix), content
  };
  /// What was sent of the old row.
  enum class Old : uint8_t {
    kNothing,
    kKey,    ///< The columns of the replica identity; the others are null and mean nothing.
    kWhole,  ///< All columns.
  };

  Kind kind = Kind::kBegin;
  Old old = Old::kNothing;
  bool transactional = false;
  char identity = 'd';  ///< As `relreplident`.
  uint32_t transaction_id = 0;
  uint32_t relation = 0;
  Lsn lsn;
  Lsn end;
  int64_t time_us = 0;  ///< Microseconds since 1970.
  std::string_view schema;
  std::string_view name;
  std::string_view content;
  std::span<const RelationColumn> columns;
  std::span<ColumnValue> old_row;  ///< The decoder's own: may be changed in place.
  std::span<ColumnValue> new_row;
  std::span<const uint32_t> relations;
};

/// Reads what PostgreSQL's output plugin pgoutput writes. Grammar: README.md.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: texts are views into the bytes that were given; lists belong to the decoder and are
///            valid until the next call.
/// Time:      never blocks; no allocation in the steady state.
/// Errors:    false, with `error()`; never reads outside of what was given.
class PgoutputDecoder {
 public:
  [[nodiscard]] bool Decode(std::string_view bytes, PgoutputMessage& message);
  /// Why the last message could not be read.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  [[nodiscard]] bool Fail(std::string_view what, std::string_view bytes);

  std::vector<ColumnValue> old_row_;
  std::vector<ColumnValue> new_row_;
  std::vector<RelationColumn> columns_;
  std::vector<uint32_t> relations_;
  std::string error_;
};

}  // namespace sluice::postgres
