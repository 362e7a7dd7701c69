#include "adapters/postgres/relation_cache.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::postgres {
namespace {

void Doubt(RelationCache::Entry& entry, uint32_t id, std::string doubt) {
  if (doubt.empty()) {
    entry.doubts.erase(id);
  } else {
    entry.doubts[id] = std::move(doubt);
  }
}

}  // namespace

Status RelationCache::Open() {
  return connection_.Open(settings_, Connection::Kind::kPlain);
}

void RelationCache::NameType(const PgoutputMessage& type) {
  type_names_.push_back({type.relation, std::string(type.schema), std::string(type.name)});
}

Status RelationCache::Learn(const PgoutputMessage& relation, uint32_t transaction) {
  last_ = nullptr;
  NoteLeaf(relation);
  Entry& entry = entries_[relation.relation];
  // After a reconnection nothing is told yet, and the book still has what was told before it.
  const Table* before = entry.table != nullptr ? entry.table : book_.Latest(relation.relation);
  KeyDoubts of_leaves = std::move(entry.doubts);
  entry = {};
  if (!filter_.TakesTable(relation.schema, relation.name)) return {};
  Status status = Describe(relation, transaction, entry);
  if (!status && !connection_.is_open()) {
    // An idle connection may have been closed in the meantime; once is no news.
    status = Open();
    if (status) status = Describe(relation, transaction, entry);
  }
  if (status && entry.table != nullptr) {
    entry.exact = IsExact(*entry.table);
    entry.doubts = std::move(of_leaves);
    Doubt(entry, relation.relation, entry.exact ? KeyDoubt(relation, *entry.table) : "");
    status = JudgeTypes(*entry.table);
  }
  if (!status || before == nullptr || entry.table == nullptr || !stream_.on_key_changed)
    return status;
  const std::string change = KeyChange(*before, *entry.table);
  if (!change.empty()) stream_.on_key_changed(change);
  return status;
}

void RelationCache::NoteLeaf(const PgoutputMessage& relation) {
  leaf_.reset();
  const uint32_t above = std::exchange(told_, relation.relation);
  if (above == 0 || above == relation.relation) return;
  const Entry& root = entries_[above];
  if (root.table == nullptr) return;
  leaf_ = {relation.relation, above, root.exact ? KeyDoubt(relation, *root.table) : ""};
}

void RelationCache::SettleLeaf(uint32_t relation) {
  told_ = 0;
  if (leaf_ && leaf_->root == relation) Doubt(entries_[relation], leaf_->id, leaf_->doubt);
  leaf_.reset();
}

Status RelationCache::JudgeTypes(const Table& table) {
  const UntypedColumns untyped = UntypedOf(table);
  if (!untyped.key.empty()) return Halt(untyped.key);
  if (!untyped.others.empty() && stream_.on_untyped) stream_.on_untyped(untyped.others);
  return {};
}

Status RelationCache::JudgeKey(const Table& table, const CatalogueTable& now) {
  std::vector<std::string> unsent = GeneratedInKey(now, filter_);
  std::erase_if(unsent, [&](const std::string& name) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [&](const Column& column) { return column.name == name; });
  });
  if (unsent.empty() || !IsExact(table)) return {};
  return Halt(GeneratedKey(now, unsent).ToString());
}

Status RelationCache::Halt(std::string text) {
  Error error{text, ""};
  untold_ = {{Disposition::kHalt, FailureReason::kSourceMismatch, WriteResult::kCreated},
             "",
             std::move(text)};
  return error;
}

Status RelationCache::Describe(const PgoutputMessage& relation, uint32_t transaction,
                               Entry& entry) {
  if (Status status = catalogue_.AwaitVisible(transaction); !status) return status;
  const uint32_t id = relation.relation;
  auto tables = catalogue_.ReadTables({&id, 1});
  if (!tables) return tables.error();
  CatalogueTable* now = tables.value().empty() ? nullptr : &tables.value().front();
  if (now != nullptr) {
    if (Status status = catalogue_.ReadDefaults(*now); !status) return status;
  }
  std::vector<uint32_t> types;
  for (const RelationColumn& column : relation.columns) types.push_back(column.type);
  if (Status status = catalogue_.LearnTypes(types); !status) return status;
  for (const TypeName& type : type_names_) catalogue_.NameType(type.id, type.schema, type.name);
  type_names_.clear();
  entry.shape = ShapeOf(relation, now, {settings_.database, filter_, catalogue_.types()});
  if (now != nullptr) {
    if (Status status = catalogue_.RefineDefaults(entry.shape.table, now->columns); !status) {
      // A literal that the type does not take any more stays as it was written.
      if (!connection_.is_open()) return status;
    }
  }
  entry.table = &book_.Keep(entry.shape.table);
  if (now == nullptr) return {};
  const std::set<std::string>& moved = book_.LookAtColumns(*now, filter_);
  for (uint32_t i = 0; i < entry.table->columns.size(); ++i) {
    if (moved.contains(entry.table->columns[i].name)) entry.moved.push_back(i);
  }
  return JudgeKey(*entry.table, *now);
}

}  // namespace sluice::postgres
