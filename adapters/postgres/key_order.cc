#include "adapters/postgres/key_order.h"

#include <algorithm>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

/// A row for each comparison of each column of each B-tree index: first those of the index asked
/// for, in its order. A class of operators that is for all arrays, enums or ranges names no type
/// that a value could be cast to: then it is what the column is made of.
constexpr std::string_view kParts = R"(
WITH RECURSIVE part AS (
  SELECT i.indexrelid, i.indisprimary, i.indisreplident, i.indrelid, place,
         i.indkey[place] AS number, i.indclass[place] AS class, i.indcollation[place] AS collation
  FROM pg_catalog.pg_index i
  CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS place
  WHERE i.indrelid = $1::oid AND i.indkey[place] <> 0),
made (number, type) AS (
  SELECT a.attnum, a.atttypid FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT made.number, t.typbasetype FROM made JOIN pg_catalog.pg_type t ON t.oid = made.type
  WHERE t.typtype = 'd')
SELECT part.indexrelid, a.attname, tn.nspname, t.typname, t.typcategory = 'A',
       cn.nspname, c.collname, o.amopstrategy, pn.nspname, p.oprname
FROM part
JOIN pg_catalog.pg_attribute a ON a.attrelid = part.indrelid AND a.attnum = part.number
JOIN made ON made.number = part.number
JOIN pg_catalog.pg_type m ON m.oid = made.type AND m.typtype <> 'd'
JOIN pg_catalog.pg_opclass k ON k.oid = part.class
JOIN pg_catalog.pg_am am ON am.oid = k.opcmethod AND am.amname = 'btree'
JOIN pg_catalog.pg_type i ON i.oid = k.opcintype
JOIN pg_catalog.pg_type t ON t.oid = CASE WHEN i.typtype = 'p' THEN m.oid ELSE i.oid END
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_collation c
  ON c.oid = part.collation AND part.collation <> a.attcollation
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
JOIN pg_catalog.pg_amop o
  ON o.amopfamily = k.opcfamily AND o.amoplefttype = k.opcintype
  AND o.amoprighttype = k.opcintype AND o.amopmethod = am.oid AND o.amoppurpose = 's'
JOIN pg_catalog.pg_operator p ON p.oid = o.amopopr
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.oprnamespace
ORDER BY part.indexrelid = $2::oid DESC, part.indisprimary DESC, part.indisreplident DESC,
         part.indexrelid, part.place, o.amopstrategy)";

std::string OperatorOf(std::string_view schema, std::string_view name) {
  return "OPERATOR(" + QuoteName(schema) + "." + std::string(name) + ")";
}

KeyPart TextPart(const std::string& column) {
  constexpr std::array<std::string_view, KeyPart::kComparisons> kNames = {"<", "<=", "=",
                                                                          ">=", ">"};
  KeyPart part{
      column, QuoteName(column) + "::pg_catalog.text", QuoteName("pg_catalog", "text"), {}, false};
  for (size_t i = 0; i < kNames.size(); ++i)
    part.operators[i] = OperatorOf("pg_catalog", kNames[i]);
  return part;
}

std::string ValueOf(const KeyPart& part, const std::string& value) {
  return QuoteText(value) + "::" + part.type;
}

std::string Compare(const KeyPart& part, KeyPart::Comparison comparison, const std::string& value) {
  return part.expression + " " + part.operators[comparison] + " " + ValueOf(part, value);
}

bool HaveOneOperator(const KeyOrder& order, KeyPart::Comparison comparison) {
  return std::all_of(order.begin(), order.end(), [&](const KeyPart& part) {
    return part.operators[comparison] == order.front().operators[comparison];
  });
}

/// `(a, b) > ('x'::t, 'y'::u)`: the database goes straight to that place in the index.
std::string CompareRows(const KeyOrder& order, KeyPart::Comparison comparison,
                        const std::vector<std::string>& values) {
  std::string columns;
  std::string bounds;
  for (size_t i = 0; i < order.size(); ++i) {
    columns += (i == 0 ? "" : ", ") + order[i].expression;
    bounds += (i == 0 ? "" : ", ") + ValueOf(order[i], values[i]);
  }
  return "(" + columns + ") " + order.front().operators[comparison] + " (" + bounds + ")";
}

/// A comparison of rows has one operator for all its columns. Where they differ:
/// `a >= x AND (a > x OR (a = x AND b > y))`, of which the index can use the first.
std::string CompareParts(const KeyOrder& order, KeyPart::Comparison strict,
                         KeyPart::Comparison comparison, const std::vector<std::string>& values) {
  const auto loose = strict == KeyPart::kLess ? KeyPart::kLessEqual : KeyPart::kGreaterEqual;
  std::string sql = Compare(order.back(), comparison, values.back());
  for (size_t i = order.size() - 1; i-- > 0;) {
    const KeyPart& part = order[i];
    sql = Compare(part, loose, values[i]) + " AND (" + Compare(part, strict, values[i]) + " OR (" +
          Compare(part, KeyPart::kEqual, values[i]) + " AND " + sql + "))";
  }
  return sql;
}

std::string CompareKey(const KeyOrder& order, KeyPart::Comparison strict,
                       KeyPart::Comparison comparison, const std::vector<std::string>& values) {
  if (order.size() > 1 && HaveOneOperator(order, comparison)) {
    return CompareRows(order, comparison, values);
  }
  return CompareParts(order, strict, comparison, values);
}

}  // namespace

Result<KeyOrder> ReadKeyParts(Connection& connection, uint32_t table, uint32_t index) {
  const std::array<std::string, 2> ids = {std::to_string(table), std::to_string(index)};
  const auto rows =
      connection.Query(std::string(kParts), "reading how the key's columns are compared", ids);
  if (!rows) return rows.error();
  KeyOrder parts;
  std::string_view last_index;
  for (int row = 0; row < rows->size(); ++row) {
    if (parts.empty() || rows->Text(row, 0) != last_index ||
        rows->Text(row, 1) != parts.back().name) {
      last_index = rows->Text(row, 0);
      KeyPart& part = parts.emplace_back();
      part.name = rows->String(row, 1);
      part.expression = QuoteName(part.name);
      if (!rows->IsNull(row, 6)) {
        part.expression += " COLLATE " + QuoteName(rows->Text(row, 5), rows->Text(row, 6));
      }
      part.type = QuoteName(rows->Text(row, 2), rows->Text(row, 3));
      part.array = rows->Flag(row, 4);
    }
    const auto place = static_cast<size_t>(rows->Number(row, 7) - 1);
    if (place >= KeyPart::kComparisons) continue;
    parts.back().operators[place] = OperatorOf(rows->Text(row, 8), rows->Text(row, 9));
  }
  return parts;
}

KeyOrder OrderOf(const KeyOrder& parts, std::span<const std::string> columns) {
  KeyOrder order;
  for (const std::string& column : columns) {
    const auto known = std::find_if(parts.begin(), parts.end(),
                                    [&](const KeyPart& part) { return part.name == column; });
    order.push_back(known == parts.end() ? TextPart(column) : *known);
  }
  return order;
}

std::vector<std::string> NamesOf(const KeyOrder& order) {
  std::vector<std::string> names;
  names.reserve(order.size());
  for (const KeyPart& part : order) names.push_back(part.name);
  return names;
}

std::string Behind(const KeyOrder& order, const std::vector<std::string>& values) {
  return CompareKey(order, KeyPart::kGreater, KeyPart::kGreater, values);
}

std::string UpTo(const KeyOrder& order, const std::vector<std::string>& values) {
  return CompareKey(order, KeyPart::kLess, KeyPart::kLessEqual, values);
}

std::string Is(const KeyPart& part, const std::string& value) {
  return Compare(part, KeyPart::kEqual, value);
}

std::string OneOf(const KeyOrder& order, std::span<const std::vector<std::string>> keys) {
  std::string sql;
  if (order.size() == 1 && !order.front().array) {
    const KeyPart& part = order.front();
    for (const std::vector<std::string>& key : keys) {
      sql += (sql.empty() ? "" : ", ") + QuoteText(key.front());
    }
    return part.expression + " " + part.operators[KeyPart::kEqual] + " ANY (ARRAY[" + sql +
           "]::" + part.type + "[])";
  }
  for (const std::vector<std::string>& key : keys) {
    std::string one;
    for (size_t i = 0; i < order.size(); ++i) {
      one += (i == 0 ? "" : " AND ") + Is(order[i], key[i]);
    }
    sql += (sql.empty() ? "(" : " OR (") + one + ")";
  }
  return "(" + sql + ")";
}

std::string SortedBy(const KeyOrder& order, Direction direction) {
  const auto comparison = direction == Direction::kForwards ? KeyPart::kLess : KeyPart::kGreater;
  std::string sql;
  for (const KeyPart& part : order) {
    sql += (sql.empty() ? "" : ", ") + part.expression + " USING " + part.operators[comparison];
  }
  return sql;
}

}  // namespace sluice::postgres
