#include "adapters/postgres/table_filter.h"

#include <algorithm>

namespace sluice::postgres {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Splits at `separator`; behind a backslash it is itself.
std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::string part;
  const auto take = [&] {
    if (const std::string_view trimmed = Trim(part); !trimmed.empty()) parts.emplace_back(trimmed);
    part.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      if (text[i + 1] != separator) part += '\\';
      part += text[++i];
    } else if (text[i] == separator) {
      take();
    } else {
      part += text[i];
    }
  }
  take();
  return parts;
}

bool IsSystemSchema(std::string_view schema) {
  return schema == "pg_catalog" || schema == "information_schema" || schema == "pg_toast" ||
         schema.starts_with("pg_temp_") || schema.starts_with("pg_toast_temp_");
}

std::string Joined(std::string_view schema, std::string_view table) {
  std::string name(schema);
  name += '.';
  name += table;
  return name;
}

}  // namespace

Result<NameList> NameList::Parse(std::string_view text, std::string_view setting) {
  NameList list;
  for (const std::string& expression : Split(text, ',')) {
    auto made = pattern::Pattern::Make(expression, pattern::Pattern::Case::kIgnores);
    if (!made) {
      return Error{std::string(setting) + ": " + made.error().ToString(),
                   "a dot between schema and table is written \\. and a comma inside an expression "
                   "\\,"};
    }
    list.patterns_.push_back(std::move(*made));
  }
  return list;
}

bool NameList::Matches(std::string_view name) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [name](const pattern::Pattern& known) { return known.Matches(name); });
}

bool TableFilter::Lists::Take(std::string_view name) const {
  if (!include.empty()) return include.Matches(name);
  return !exclude.Matches(name);
}

Result<TableFilter::Lists> TableFilter::MakeLists(std::string_view include,
                                                  std::string_view exclude,
                                                  const std::string& setting) {
  const std::string include_name = setting + ".include.list";
  const std::string exclude_name = setting + ".exclude.list";
  auto included = NameList::Parse(include, include_name);
  if (!included) return included.error();
  auto excluded = NameList::Parse(exclude, exclude_name);
  if (!excluded) return excluded.error();
  if (!included->empty() && !excluded->empty()) {
    return Error{include_name + " and " + exclude_name + " are both set", "keep one of them"};
  }
  return Lists{std::move(*included), std::move(*excluded)};
}

Result<std::vector<TableFilter::MessageKey>> TableFilter::MakeKeys(std::string_view text) {
  constexpr std::string_view kSetting = "message.key.columns";
  std::vector<MessageKey> keys;
  for (const std::string& part : Split(text, ';')) {
    // The last colon: an expression may hold one, as in (?:a|b).
    const size_t colon = part.rfind(':');
    std::vector<std::string> columns;
    if (colon != std::string::npos) columns = Split(std::string_view(part).substr(colon + 1), ',');
    if (columns.empty()) {
      return Error{std::string(kSetting) + ": \"" + part + "\" names no columns",
                   "write schema.table:column,column;schema.table:column"};
    }
    auto tables = NameList::Parse(std::string_view(part).substr(0, colon), kSetting);
    if (!tables) return tables.error();
    keys.push_back({std::move(*tables), std::move(columns)});
  }
  return keys;
}

Result<TableFilter> TableFilter::Make(const FilterSettings& settings) {
  TableFilter filter;
  auto schemas = MakeLists(settings.schema_include, settings.schema_exclude, "schema");
  if (!schemas) return schemas.error();
  auto tables = MakeLists(settings.table_include, settings.table_exclude, "table");
  if (!tables) return tables.error();
  auto columns = MakeLists(settings.column_include, settings.column_exclude, "column");
  if (!columns) return columns.error();
  auto keys = MakeKeys(settings.message_key_columns);
  if (!keys) return keys.error();
  filter.schemas_ = std::move(*schemas);
  filter.tables_ = std::move(*tables);
  filter.columns_ = std::move(*columns);
  filter.keys_ = std::move(*keys);
  filter.signal_table_ = settings.signal_table;
  return filter;
}

bool TableFilter::TakesTable(std::string_view schema, std::string_view table) const {
  if (IsSystemSchema(schema)) return false;
  const std::string name = Joined(schema, table);
  return (schemas_.Take(schema) && tables_.Take(name)) || name == signal_table_;
}

bool TableFilter::TakesColumn(std::string_view schema, std::string_view table,
                              std::string_view column) const {
  return columns_.Take(Joined(Joined(schema, table), column));
}

std::optional<std::vector<std::string>> TableFilter::KeyOf(std::string_view schema,
                                                           std::string_view table) const {
  const std::string name = Joined(schema, table);
  for (const MessageKey& key : keys_) {
    if (key.tables.Matches(name)) return key.columns;
  }
  return std::nullopt;
}

}  // namespace sluice::postgres
