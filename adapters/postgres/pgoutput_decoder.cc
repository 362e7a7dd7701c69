#include "adapters/postgres/pgoutput_decoder.h"

#include "adapters/postgres/byte_reader.h"
#include "adapters/postgres/protocol_time.h"

namespace sluice::postgres {
namespace {

using Kind = PgoutputMessage::Kind;
using Old = PgoutputMessage::Old;

constexpr uint8_t kIdentityColumn = 1;
constexpr uint8_t kTransactional = 1;

bool ReadLsn(ByteReader& in, Lsn& lsn) {
  return in.U64(lsn.value);
}

bool ReadTime(ByteReader& in, int64_t& time_us) {
  int64_t since_2000 = 0;
  if (!in.I64(since_2000)) return false;
  time_us = UnixMicros(since_2000);
  return true;
}

bool ReadSchema(ByteReader& in, std::string_view& schema) {
  if (!in.Text(schema)) return false;
  if (schema.empty()) schema = "pg_catalog";  // the server saves those bytes
  return true;
}

bool ReadValue(ByteReader& in, ColumnValue& value) {
  uint8_t kind = 0;
  if (!in.U8(kind)) return false;
  switch (kind) {
    case 't': {
      uint32_t length = 0;
      if (!in.U32(length)) return false;
      value.kind = ColumnValue::Kind::kText;
      return in.Bytes(length, value.text);
    }
    case 'n': value = {ColumnValue::Kind::kNull, {}}; return true;
    case 'u': value = {ColumnValue::Kind::kUnchanged, {}}; return true;
    default: return false;  // 'b' too: binary values are never asked for
  }
}

bool ReadRow(ByteReader& in, std::vector<ColumnValue>& row) {
  uint16_t count = 0;
  // Each value takes a byte at least: a count that cannot be is refused before room is made.
  if (!in.U16(count) || count > in.left()) return false;
  row.resize(count);
  for (ColumnValue& value : row) {
    if (!ReadValue(in, value)) return false;
  }
  return true;
}

bool ReadOldRow(ByteReader& in, uint8_t mark, std::vector<ColumnValue>& row, Old& old) {
  if (mark != 'K' && mark != 'O') return false;
  old = mark == 'K' ? Old::kKey : Old::kWhole;
  return ReadRow(in, row);
}

bool ReadInsert(ByteReader& in, PgoutputMessage& message, std::vector<ColumnValue>& row) {
  uint8_t mark = 0;
  if (!in.U32(message.relation) || !in.U8(mark) || mark != 'N') return false;
  return ReadRow(in, row);
}

bool ReadUpdate(ByteReader& in, PgoutputMessage& message, std::vector<ColumnValue>& old_row,
                std::vector<ColumnValue>& new_row) {
  uint8_t mark = 0;
  if (!in.U32(message.relation) || !in.U8(mark)) return false;
  if (mark != 'N') {
    if (!ReadOldRow(in, mark, old_row, message.old)) return false;
    if (!in.U8(mark) || mark != 'N') return false;
  }
  return ReadRow(in, new_row);
}

bool ReadDelete(ByteReader& in, PgoutputMessage& message, std::vector<ColumnValue>& row) {
  uint8_t mark = 0;
  if (!in.U32(message.relation) || !in.U8(mark)) return false;
  return ReadOldRow(in, mark, row, message.old);
}

bool ReadRelation(ByteReader& in, PgoutputMessage& message, std::vector<RelationColumn>& columns) {
  uint8_t identity = 0;
  uint16_t count = 0;
  if (!in.U32(message.relation) || !ReadSchema(in, message.schema) || !in.Text(message.name) ||
      !in.U8(identity) || !in.U16(count) || count > in.left()) {
    return false;
  }
  message.identity = static_cast<char>(identity);
  columns.resize(count);
  for (RelationColumn& column : columns) {
    uint8_t flags = 0;
    if (!in.U8(flags) || !in.Text(column.name) || !in.U32(column.type) ||
        !in.I32(column.modifier)) {
      return false;
    }
    column.identity = (flags & kIdentityColumn) != 0;
  }
  return true;
}

bool ReadTruncate(ByteReader& in, std::vector<uint32_t>& relations) {
  uint32_t count = 0;
  uint8_t flags = 0;  // CASCADE and RESTART IDENTITY: the tables are named either way
  if (!in.U32(count) || !in.U8(flags) || count > in.left() / sizeof(uint32_t)) return false;
  relations.resize(count);
  for (uint32_t& relation : relations) {
    if (!in.U32(relation)) return false;
  }
  return true;
}

bool ReadMessage(ByteReader& in, PgoutputMessage& message) {
  uint8_t flags = 0;
  uint32_t length = 0;
  if (!in.U8(flags) || !ReadLsn(in, message.lsn) || !in.Text(message.name) || !in.U32(length)) {
    return false;
  }
  message.transactional = (flags & kTransactional) != 0;
  return in.Bytes(length, message.content);
}

bool ReadBegin(ByteReader& in, PgoutputMessage& message) {
  return ReadLsn(in, message.lsn) && ReadTime(in, message.time_us) &&
         in.U32(message.transaction_id);
}

bool ReadCommit(ByteReader& in, PgoutputMessage& message) {
  uint8_t flags = 0;
  return in.U8(flags) && ReadLsn(in, message.lsn) && ReadLsn(in, message.end) &&
         ReadTime(in, message.time_us);
}

/// False: not one of protocol version 1.
bool KindOf(uint8_t letter, Kind& kind) {
  switch (letter) {
    case 'B': kind = Kind::kBegin; return true;
    case 'C': kind = Kind::kCommit; return true;
    case 'O': kind = Kind::kOrigin; return true;
    case 'R': kind = Kind::kRelation; return true;
    case 'Y': kind = Kind::kType; return true;
    case 'I': kind = Kind::kInsert; return true;
    case 'U': kind = Kind::kUpdate; return true;
    case 'D': kind = Kind::kDelete; return true;
    case 'T': kind = Kind::kTruncate; return true;
    case 'M': kind = Kind::kMessage; return true;
    default: return false;
  }
}

}  // namespace

bool PgoutputDecoder::Fail(std::string_view what, std::string_view bytes) {
  error_ = "pgoutput: ";
  error_ += what;
  error_ += " in a message of " + std::to_string(bytes.size()) + " bytes";
  if (!bytes.empty()) {
    error_ += ", kind " + std::to_string(static_cast<uint8_t>(bytes.front()));
  }
  return false;
}

bool PgoutputDecoder::Decode(std::string_view bytes, PgoutputMessage& message) {
  ByteReader in(bytes);
  uint8_t letter = 0;
  if (!in.U8(letter) || !KindOf(letter, message.kind)) return Fail("unknown kind", bytes);
  message.old = Old::kNothing;
  bool good = false;
  switch (message.kind) {
    case Kind::kInsert: good = ReadInsert(in, message, new_row_); break;
    case Kind::kUpdate: good = ReadUpdate(in, message, old_row_, new_row_); break;
    case Kind::kDelete: good = ReadDelete(in, message, old_row_); break;
    case Kind::kBegin: good = ReadBegin(in, message); break;
    case Kind::kCommit: good = ReadCommit(in, message); break;
    case Kind::kOrigin: good = ReadLsn(in, message.lsn) && in.Text(message.name); break;
    case Kind::kRelation: good = ReadRelation(in, message, columns_); break;
    case Kind::kType:
      good = in.U32(message.relation) && ReadSchema(in, message.schema) && in.Text(message.name);
      break;
    case Kind::kTruncate: good = ReadTruncate(in, relations_); break;
    case Kind::kMessage: good = ReadMessage(in, message); break;
  }
  if (!good) return Fail("a part is cut or unknown", bytes);
  if (in.left() != 0) return Fail("bytes are left over", bytes);
  message.old_row = old_row_;
  message.new_row = new_row_;
  message.columns = columns_;
  message.relations = relations_;
  return true;
}

}  // namespace sluice::postgres
