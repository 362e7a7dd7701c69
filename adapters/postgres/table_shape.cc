#include "adapters/postgres/table_shape.h"

#include <algorithm>

#include "adapters/postgres/default_value.h"
#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

using Names = std::vector<std::string>;

const CatalogueColumn* FindColumn(const CatalogueTable& table, std::string_view name) {
  const auto it = std::find_if(table.columns.begin(), table.columns.end(),
                               [&](const CatalogueColumn& column) { return column.name == name; });
  return it == table.columns.end() ? nullptr : &*it;
}

Names NamesOf(const CatalogueTable& table, const std::vector<int32_t>& numbers) {
  Names names;
  for (const int32_t number : numbers) {
    const auto it =
        std::find_if(table.columns.begin(), table.columns.end(),
                     [&](const CatalogueColumn& column) { return column.number == number; });
    if (it != table.columns.end()) names.push_back(it->name);
  }
  return names;
}

/// The key by the catalogue as it is now.
Names CatalogueKey(const CatalogueTable& now, ReplicaIdentity identity) {
  switch (identity) {
    case ReplicaIdentity::kIndex: return NamesOf(now, now.identity_index);
    case ReplicaIdentity::kNothing:  // inserts have a key all the same
    case ReplicaIdentity::kDefault:
    case ReplicaIdentity::kFull:
      return NamesOf(now, now.primary_key.empty() ? now.unique_index : now.primary_key);
  }
  return {};
}

/// The key at the time of the change. Under DEFAULT and INDEX the message itself marks its columns,
/// so a key that was dropped or added since changes nothing; the catalogue gives their order.
Names RelationKey(const PgoutputMessage& relation, const CatalogueTable* now,
                  ReplicaIdentity identity) {
  Names wanted = now == nullptr ? Names() : CatalogueKey(*now, identity);
  if (identity == ReplicaIdentity::kFull || identity == ReplicaIdentity::kNothing) return wanted;
  Names marked;
  for (const RelationColumn& column : relation.columns) {
    if (column.identity) marked.emplace_back(column.name);
  }
  // A deferrable primary key is no replica identity, nor is a unique index, and still the key.
  if (marked.empty()) {
    const bool unmarked =
        now != nullptr && (now->primary_key_deferrable || now->primary_key.empty());
    return unmarked && identity == ReplicaIdentity::kDefault ? wanted : Names();
  }
  if (std::is_permutation(marked.begin(), marked.end(), wanted.begin(), wanted.end())) {
    return wanted;
  }
  return marked;
}

/// The key that is to be used: the one that was asked for, where all its columns are there.
template <typename Has>
Names KeyOf(const TableFilter& filter, std::string_view schema, std::string_view name, Names own,
            const Has& has) {
  auto asked = filter.KeyOf(schema, name);
  if (asked && std::all_of(asked->begin(), asked->end(), has)) return std::move(*asked);
  if (!std::all_of(own.begin(), own.end(), has)) return {};
  return own;
}

void SetDefault(const CatalogueColumn& now, Column& column) {
  if (!now.default_expression || column.generated) return;
  DefaultValue value = ReadDefault(*now.default_expression);
  switch (value.kind) {
    case DefaultValue::Kind::kNone: return;
    case DefaultValue::Kind::kPlain: column.default_text = std::move(value.text); return;
    case DefaultValue::Kind::kComputed: column.default_computed = true; return;
  }
}

Column MakeColumn(std::string_view name, uint32_t type, int32_t modifier,
                  const CatalogueColumn* now, const ShapeInputs& inputs) {
  Column column;
  column.name = name;
  column.optional = now == nullptr || !now->not_null;
  column.generated = now != nullptr && now->generated;
  DescribeType(type, modifier, inputs.types, column);
  column.type_name = DeclaredName(type, modifier, inputs.types);
  if (now != nullptr) SetDefault(*now, column);
  return column;
}

void SetKey(Table& table, const Names& key) {
  for (const std::string& name : key) {
    const auto it = std::find_if(table.columns.begin(), table.columns.end(),
                                 [&](const Column& column) { return column.name == name; });
    if (it == table.columns.end()) continue;
    table.key.push_back(static_cast<uint32_t>(it - table.columns.begin()));
  }
}

bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

ReplicaIdentity IdentityOf(char letter) {
  switch (letter) {
    case 'n': return ReplicaIdentity::kNothing;
    case 'f': return ReplicaIdentity::kFull;
    case 'i': return ReplicaIdentity::kIndex;
    default: return ReplicaIdentity::kDefault;
  }
}

TableShape ShapeOf(const PgoutputMessage& relation, const CatalogueTable* now,
                   const ShapeInputs& inputs) {
  TableShape shape;
  Table& table = shape.table;
  table.id = relation.relation;
  table.database = inputs.database;
  table.schema = relation.schema;
  table.name = relation.name;
  table.identity = IdentityOf(relation.identity);
  const auto has = [&](const std::string& name) {
    return std::any_of(relation.columns.begin(), relation.columns.end(),
                       [&](const RelationColumn& column) { return column.name == name; });
  };
  const Names key = KeyOf(inputs.filter, table.schema, table.name,
                          RelationKey(relation, now, table.identity), has);
  for (const RelationColumn& sent : relation.columns) {
    shape.identity.push_back(sent.identity);
    // A key column is never left out: without it the rows could not be told apart.
    if (!Contains(key, sent.name) &&
        !inputs.filter.TakesColumn(table.schema, table.name, sent.name)) {
      shape.positions.push_back(-1);
      shape.straight = false;
      continue;
    }
    const CatalogueColumn* column = now == nullptr ? nullptr : FindColumn(*now, sent.name);
    if (column != nullptr && column->type != sent.type) column = nullptr;
    shape.positions.push_back(static_cast<int32_t>(table.columns.size()));
    table.columns.push_back(MakeColumn(sent.name, sent.type, sent.modifier, column, inputs));
  }
  SetKey(table, key);
  return shape;
}

Names KeyNames(const CatalogueTable& now, const TableFilter& filter) {
  const auto has = [&](const std::string& name) { return FindColumn(now, name) != nullptr; };
  return KeyOf(filter, now.schema, now.name, CatalogueKey(now, IdentityOf(now.identity)), has);
}

Names GeneratedInKey(const CatalogueTable& now, const TableFilter& filter) {
  Names generated;
  for (const std::string& name : KeyNames(now, filter)) {
    const CatalogueColumn* column = FindColumn(now, name);
    if (column != nullptr && column->generated) generated.push_back(name);
  }
  return generated;
}

Error GeneratedKey(const CatalogueTable& now, std::span<const std::string> generated) {
  const std::string name = now.schema + "." + now.name;
  return {
      "the key of " + name + " has a generated column, " + Joined(generated) +
          ", which the database does not send: rows that differ in nothing else of the key "
          "would be one document",
      "REPLICA IDENTITY FULL and message.key.columns with columns that are not generated; or "
      "a key of plain columns; then, where rows were changed meanwhile, which come without that "
      "column, slot.name to another name (a new slot starts with a snapshot); or leave the table "
      "out: take it out of table.include.list, or add it to table.exclude.list"};
}

Error KeyChange(std::string_view table, std::span<const std::string> before,
                std::span<const std::string> now) {
  return {"the key of " + std::string(table) + " changed from (" + Joined(before) + ") to (" +
              Joined(now) +
              "): its documents under the former key stay and are not written any more",
          "run `sluice verify --repair` once, or begin anew with another slot.name (a new slot "
          "starts with a snapshot) and an index of another name"};
}

std::string KeyChange(const Table& before, const Table& now) {
  const auto key_of = [](const Table& table) {
    Names names;
    for (const uint32_t column : table.key) names.push_back(table.columns[column].name);
    return names;
  };
  const Names former = key_of(before);
  const Names latter = key_of(now);
  if (former == latter) return "";
  return KeyChange(now.schema + "." + now.name, former, latter).ToString();
}

UntypedColumns UntypedOf(const Table& table) {
  UntypedColumns untyped;
  const auto add = [](std::string& names, const Column& column) {
    names += (names.empty() ? "" : ", ") + column.name + " (" + column.type_name + ")";
  };
  std::string in_key;
  std::string others;
  for (uint32_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].untyped) continue;
    const bool of_key = std::find(table.key.begin(), table.key.end(), i) != table.key.end();
    add(of_key ? in_key : others, table.columns[i]);
  }
  const std::string name = table.schema + "." + table.name;
  if (!in_key.empty()) {
    untyped.key = "the type of a key column of " + name +
                  " was dropped before changes of it were read, so that its documents' ids are "
                  "not known: " +
                  in_key +
                  ". To begin anew: set slot.name to another name (a new slot starts with a "
                  "snapshot), and then `sluice verify --repair` removes the documents of rows that "
                  "were deleted meanwhile. To leave the table out for good: take it out of "
                  "table.include.list, or add it to table.exclude.list";
  }
  if (!others.empty()) {
    untyped.others = "types of " + name +
                     " were dropped before changes of it were read: values that were written "
                     "before are told by their text, in another form than earlier ones: " +
                     others +
                     "; `sluice verify --repair` heals the documents of rows that are there";
  }
  return untyped;
}

Table TableOf(const CatalogueTable& now, const ShapeInputs& inputs) {
  Table table;
  table.id = now.id;
  table.database = inputs.database;
  table.schema = now.schema;
  table.name = now.name;
  table.identity = IdentityOf(now.identity);
  const Names key = KeyNames(now, inputs.filter);
  for (const CatalogueColumn& column : now.columns) {
    const bool in_key = Contains(key, column.name);
    if (!in_key && column.generated && !inputs.generated) continue;
    if (!in_key && !inputs.filter.TakesColumn(table.schema, table.name, column.name)) continue;
    table.columns.push_back(MakeColumn(column.name, column.type, column.modifier, &column, inputs));
  }
  SetKey(table, key);
  return table;
}

Table NamedTable(const CatalogueTable& table) {
  Table named;
  named.schema = table.schema;
  named.name = table.name;
  return named;
}

}  // namespace sluice::postgres
