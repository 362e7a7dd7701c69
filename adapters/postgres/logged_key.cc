#include "adapters/postgres/logged_key.h"

#include <algorithm>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

void AddTo(std::string& list, std::string_view piece, std::string_view between) {
  if (!list.empty()) list += between;
  list += piece;
}

}  // namespace

std::vector<std::string> UnloggedKey(const PgoutputMessage& relation, const Table& table) {
  if (relation.identity == 'f') return {};
  const auto& sent = relation.columns;
  if (std::none_of(sent.begin(), sent.end(), [](const auto& column) { return column.identity; })) {
    return {};
  }
  std::vector<std::string> lacking;
  for (const uint32_t place : table.key) {
    const std::string& name = table.columns[place].name;
    const bool logged = std::any_of(sent.begin(), sent.end(), [&](const auto& column) {
      return column.identity && column.name == name;
    });
    if (!logged) lacking.push_back(name);
  }
  return lacking;
}

std::string KeyDoubt(const PgoutputMessage& relation, const Table& table) {
  std::string lacking;
  for (const std::string& name : UnloggedKey(relation, table)) AddTo(lacking, name, ", ");
  if (lacking.empty()) return "";
  return "the replica identity of " + QuoteName(relation.schema, relation.name) + " lacks " +
         lacking;
}

bool TellsFormerKey(const Table& table, bool in_doubt, const PgoutputMessage& message,
                    const std::optional<Row>& before) {
  if (message.kind == PgoutputMessage::Kind::kInsert) return true;
  if (!before) return !in_doubt;
  if (message.old == PgoutputMessage::Old::kWhole && !in_doubt) return true;
  // Columns of a replica identity are NOT NULL: a null is no value, but one that is not in the log.
  return std::none_of(table.key.begin(), table.key.end(), [&](uint32_t place) {
    const ColumnValue::Kind kind = (*before)[place].kind;
    return kind == ColumnValue::Kind::kNull || kind == ColumnValue::Kind::kAbsent;
  });
}

Failure FormerKeyUntold(const Table& table, const KeyDoubts& doubts) {
  std::string key;
  for (const uint32_t place : table.key) AddTo(key, table.columns[place].name, ", ");
  std::string why;
  for (const auto& [id, doubt] : doubts) AddTo(why, doubt, "; ");
  if (why.empty()) why = "the replica identity of it, or of a partition of it, lacks some";
  return {{Disposition::kHalt, FailureReason::kDatabaseUnsuitable, WriteResult::kCreated},
          "",
          "a row of " + table.schema + "." + table.name +
              " was changed or deleted, and the log does not hold its former key (" + key +
              "), under which its document is: " + why +
              ". ALTER TABLE … REPLICA IDENTITY FULL of these; then begin anew: set slot.name to "
              "another name (a new slot starts with a snapshot), and then `sluice verify --repair` "
              "removes the documents of rows that were deleted meanwhile. To leave the table out "
              "for good: table.exclude.list"};
}

}  // namespace sluice::postgres
