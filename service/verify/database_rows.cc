#include "service/verify/database_rows.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace sluice::verify {
namespace {

constexpr size_t kRowsOfRange = 1'000;
constexpr size_t kKeysAtOnce = 500;
/// Where each question reads the whole table, it is to be about many.
constexpr size_t kNamesByScan = 200'000;

}  // namespace

Status DatabaseRows::Open(const std::string& schema, const std::string& name) {
  auto shape = ranges_.Describe(schema, name);
  if (!shape) return shape.error();
  if (auto again = rows_.Describe(schema, name); !again) return again.error();
  Use(std::move(*shape));
  ranges_.Restart();
  return {};
}

void DatabaseRows::Use(Table shape) {
  table_ = &book_.Keep(std::move(shape));
  ranges_.Use(*table_);
  rows_.Use(*table_);
  json_fields_ = JsonFieldsOf(*table_, hstore_);
  key_columns_ = rows_.range_columns();
  key_places_.clear();
  const auto& columns = table_->columns;
  for (const std::string& name : key_columns_) {
    const auto at = std::find_if(columns.begin(), columns.end(),
                                 [&](const Column& column) { return column.name == name; });
    // One that is not captured ends the reading of ranges, with which all begins.
    if (at != columns.end()) key_places_.push_back(static_cast<size_t>(at - columns.begin()));
  }
  name_columns_.clear();
  plain_ids_ = true;
  for (const uint32_t place : table_->key) {
    name_columns_.push_back(columns[place].name);
    plain_ids_ = plain_ids_ && IsPlainInIds(columns[place]);
  }
}

Status DatabaseRows::Renew() {
  auto shape = rows_.Describe(table_->schema, table_->name);
  if (!shape) return shape.error();
  Use(std::move(*shape));
  return {};
}

postgres::KeyedRows::Take DatabaseRows::Show(const Take& take, Status& status) {
  return [this, &take, &status](Row row, std::string_view writer) {
    if (!status) return;
    const auto rendered = renderer_.Render(*table_, row);
    if (!rendered) {
      status = rendered.error();
      return;
    }
    key_.clear();
    for (const size_t place : key_places_) key_.emplace_back(row[place].text);
    take({rendered->name, key_, rendered->document, writer});
  };
}

Result<size_t> DatabaseRows::NextRange(const Take& take) {
  Status status;
  auto count = ranges_.NextRange(kRowsOfRange, Show(take, status));
  if (!status) return status.error();
  return count;
}

Status DatabaseRows::FindBy(const std::vector<std::string>& columns, std::span<const Key> texts,
                            const Take& take, std::span<const std::string> nulls) {
  Status status;
  const auto show = Show(take, status);
  for (size_t begin = 0; begin < texts.size() && status; begin += kKeysAtOnce) {
    const auto part = texts.subspan(begin, std::min(kKeysAtOnce, texts.size() - begin));
    if (Status found = rows_.Find(columns, part, show, nulls); !found) return found;
  }
  return status;
}

Status DatabaseRows::FindByKey(std::span<const Key> keys, const Take& take) {
  return FindBy(key_columns_, keys, take);
}

size_t DatabaseRows::names_at_once() const {
  return plain_ids_ ? kRowsOfRange : kNamesByScan;
}

Status DatabaseRows::FindByName(std::span<const DocumentName> names, const Take& take) {
  if (!plain_ids_) return FindByScan(names, take);
  std::map<std::vector<std::string>, std::vector<Key>> by_nulls;
  for (const DocumentName& name : names) {
    const auto texts = TextsOf(*table_, name);
    if (!texts) continue;  // no row has it
    Key key;
    std::vector<std::string> nulls;
    for (size_t i = 0; i < texts->size(); ++i) {
      if ((*texts)[i]) {
        key.push_back(*(*texts)[i]);
      } else {
        nulls.push_back(name_columns_[i]);
      }
    }
    by_nulls[std::move(nulls)].push_back(std::move(key));
  }
  for (const auto& [nulls, keys] : by_nulls) {
    std::vector<std::string> columns;
    for (const std::string& column : name_columns_) {
      if (std::find(nulls.begin(), nulls.end(), column) == nulls.end()) columns.push_back(column);
    }
    if (Status status = FindBy(columns, keys, take, nulls); !status) return status;
  }
  return {};
}

Status DatabaseRows::FindByScan(std::span<const DocumentName> names, const Take& take) {
  if (names.empty()) return {};
  std::unordered_set<std::string_view> wanted;
  for (const DocumentName& name : names) wanted.insert(name.id);
  const Take choose = [&](const ShownRow& row) {
    if (wanted.contains(row.name.id)) take(row);
  };
  Status status;
  const auto show = Show(choose, status);
  rows_.Restart();
  for (;;) {
    const auto count = rows_.NextRange(kRowsOfRange, show);
    if (!count) return count.error();
    if (!status || *count == 0) return status;
  }
}

}  // namespace sluice::verify
