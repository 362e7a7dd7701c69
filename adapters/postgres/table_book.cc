#include "adapters/postgres/table_book.h"

#include <algorithm>
#include <tuple>

namespace sluice::postgres {
namespace {

bool SameColumn(const Column& a, const Column& b) {
  const auto all = [](const Column& c) {
    return std::tie(c.name, c.type, c.array, c.length, c.precision, c.scale, c.allowed, c.type_name,
                    c.untyped, c.optional, c.generated, c.default_text, c.default_computed);
  };
  return all(a) == all(b);
}

bool SameShape(const Table& a, const Table& b) {
  return std::tie(a.id, a.database, a.schema, a.name, a.key, a.identity) ==
             std::tie(b.id, b.database, b.schema, b.name, b.key, b.identity) &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    SameColumn);
}

}  // namespace

const Table& TableBook::Keep(Table table) {
  std::vector<uint32_t>& numbers = by_id_[table.id];
  for (const uint32_t number : numbers) {
    if (SameShape(*tables_[number], table)) return *(latest_[table.id] = tables_[number].get());
  }
  table.number = static_cast<uint32_t>(tables_.size());
  numbers.push_back(table.number);
  tables_.push_back(std::make_unique<const Table>(std::move(table)));
  return *(latest_[tables_.back()->id] = tables_.back().get());
}

}  // namespace sluice::postgres
