#include "tests/unit/debezium/workload_tables.h"

#include <algorithm>

namespace sluice::debezium {
namespace {

using Type = ColumnType;

Column Array(std::string name, Type type, std::string type_name) {
  Column column = MakeColumn(std::move(name), type, std::move(type_name));
  column.array = true;
  return column;
}

Column Decimal(std::string name, int32_t precision, int32_t scale) {
  Column column = MakeColumn(std::move(name), Type::kDecimal, "numeric");
  column.precision = precision;
  column.scale = scale;
  return column;
}

Column Bits(std::string name, int32_t length, std::string type_name) {
  Column column = MakeColumn(std::move(name), Type::kBits, std::move(type_name));
  column.length = length;
  return column;
}

Column Timed(std::string name, Type type, int32_t scale) {
  Column column = MakeColumn(std::move(name), type);
  column.scale = scale;
  return column;
}

Column Required(Column column) {
  column.optional = false;
  return column;
}

Column WithDefault(Column column, std::string text) {
  column.default_text = std::move(text);
  return column;
}

Column Computed(Column column) {
  column.default_computed = true;
  return column;
}

Column Enum(std::string name) {
  Column column = MakeColumn(std::move(name), Type::kEnum, "mood");
  column.allowed = {"sad", "ok", "happy 😀"};
  return column;
}

std::vector<Column> UserColumns() {
  return {Computed(Required(MakeColumn("id", Type::kInt32, "integer"))),
          Required(MakeColumn("name", Type::kText, "text")),
          MakeColumn("email", Type::kText, "character varying(255)"),
          Computed(Timed("created_at", Type::kTimestampTz, 6)),
          Decimal("balance", 12, 2),
          MakeColumn("bio", Type::kText, "text"),
          Array("tags", Type::kText, "text[]"),
          MakeColumn("attrs", Type::kJson, "jsonb"),
          MakeColumn("birthday", Type::kDate, "date"),
          MakeColumn("uid", Type::kUuid, "uuid"),
          WithDefault(MakeColumn("active", Type::kBoolean, "boolean"), "t"),
          MakeColumn("score", Type::kFloat64, "double precision"),
          MakeColumn("raw", Type::kBytes, "bytea"),
          MakeColumn("span", Type::kInterval, "interval")};
}

std::vector<Column> TypeColumnsOfOnePiece() {
  return {Required(MakeColumn("id", Type::kInt32, "integer")),
          MakeColumn("si", Type::kInt16, "smallint"),
          MakeColumn("i", Type::kInt32, "integer"),
          MakeColumn("bi", Type::kInt64, "bigint"),
          MakeColumn("r", Type::kFloat32, "real"),
          MakeColumn("dp", Type::kFloat64, "double precision"),
          MakeColumn("n", Type::kNumeric, "numeric"),
          Decimal("n122", 12, 2),
          Decimal("n5", 5, 0),
          Decimal("n30", 38, 10),
          MakeColumn("mny", Type::kMoney, "money"),
          MakeColumn("ch", Type::kText, "character(5)"),
          MakeColumn("vc", Type::kText, "character varying(10)"),
          MakeColumn("t", Type::kText, "text"),
          MakeColumn("ci", Type::kText, "citext"),
          MakeColumn("b", Type::kBoolean, "boolean"),
          Bits("bit1", 1, "bit(1)"),
          Bits("bit8", 8, "bit(8)"),
          Bits("vbit", 16, "bit varying(16)"),
          MakeColumn("d", Type::kDate, "date"),
          Timed("tm", Type::kTime, 6),
          Timed("tm3", Type::kTime, 3),
          Timed("tmtz", Type::kTimeTz, 6),
          Timed("ts", Type::kTimestamp, 6),
          Timed("ts0", Type::kTimestamp, 0),
          Timed("ts3", Type::kTimestamp, 3),
          Timed("tstz", Type::kTimestampTz, 6),
          Timed("tstz3", Type::kTimestampTz, 3),
          MakeColumn("iv", Type::kInterval, "interval")};
}

std::vector<Column> TypeColumns() {
  std::vector<Column> columns = TypeColumnsOfOnePiece();
  const std::vector<Column> others = {MakeColumn("u", Type::kUuid, "uuid"),
                                      MakeColumn("j", Type::kJson, "json"),
                                      MakeColumn("jb", Type::kJson, "jsonb"),
                                      MakeColumn("x", Type::kXml, "xml"),
                                      MakeColumn("ip", Type::kText, "inet"),
                                      MakeColumn("cd", Type::kText, "cidr"),
                                      MakeColumn("mac", Type::kText, "macaddr"),
                                      MakeColumn("mac8", Type::kText, "macaddr8"),
                                      MakeColumn("ba", Type::kBytes, "bytea"),
                                      MakeColumn("pt", Type::kPoint, "point"),
                                      MakeColumn("bx", Type::kBox, "box"),
                                      MakeColumn("i4r", Type::kText, "int4range"),
                                      MakeColumn("nr", Type::kText, "numrange"),
                                      MakeColumn("tsr", Type::kText, "tsrange"),
                                      MakeColumn("tstzr", Type::kText, "tstzrange"),
                                      MakeColumn("dr", Type::kText, "daterange"),
                                      Array("ia", Type::kInt32, "integer[]"),
                                      Array("ta", Type::kText, "text[]"),
                                      Array("na", Type::kDecimal, "numeric(8,3)[]"),
                                      Array("ua", Type::kUuid, "uuid[]"),
                                      Array("tsa", Type::kTimestampTz, "timestamptz[]"),
                                      Array("ia2", Type::kInt32, "integer[]"),
                                      Array("ea", Type::kEnum, "mood[]"),
                                      Enum("e"),
                                      MakeColumn("dom", Type::kInt32, "posint"),
                                      MakeColumn("hs", Type::kHstore, "hstore"),
                                      MakeColumn("lt", Type::kLtree, "ltree"),
                                      MakeColumn("o", Type::kInt64, "oid"),
                                      MakeColumn("cp", Type::kComposite, "comp"),
                                      MakeColumn("tsv", Type::kTsvector, "tsvector")};
  for (const Column& column : others) {
    columns.push_back(column);
    if (column.name == "na") {
      columns.back().precision = 8;
      columns.back().scale = 3;
    }
    if (column.name == "ea") columns.back().allowed = {"sad", "ok", "happy 😀"};
  }
  return columns;
}

Column Text(std::string name) {
  return MakeColumn(std::move(name), Type::kText, "text");
}
Column Int(std::string name) {
  return MakeColumn(std::move(name), Type::kInt32, "integer");
}
Column BigInt(std::string name) {
  return MakeColumn(std::move(name), Type::kInt64, "bigint");
}

/// The columns of `ddl` at some time, from "name:type,…".
std::vector<Column> DdlColumns(std::string_view shape) {
  std::vector<Column> columns;
  while (!shape.empty()) {
    const std::string_view one = shape.substr(0, shape.find(','));
    const std::string name(one.substr(0, one.find(':')));
    const std::string_view type = one.substr(one.find(':') + 1);
    if (type == "1700") {
      columns.push_back(Decimal(name, 10, 3));
    } else if (type == "1007") {
      columns.push_back(Array(name, Type::kInt32, "integer[]"));
    } else if (type == "text-without-default") {
      columns.push_back(Text(name));  // the connector had not read the default yet
    } else if (type == "25") {
      columns.push_back(name == "c" ? WithDefault(Text(name), "dflt") : Text(name));
    } else {
      columns.push_back(type == "20" ? BigInt(name) : Int(name));
    }
    shape.remove_prefix(std::min(shape.size(), one.size() + 1));
  }
  return columns;
}

std::vector<Column> ColumnsOf(const std::string& name, const std::string& shape) {
  if (name == "public.ddl") return DdlColumns(shape.empty() ? "id:23,a:25,b:23" : shape);
  const Column nopk_time =
      WithDefault(Timed("c", Type::kTimestamp, 6), "2026-01-02 03:04:05.678901");
  Column doubled = Int("a2");
  doubled.generated = true;
  const std::map<std::string, std::vector<Column>> all = {
      {"public.users", UserColumns()},
      {"public.types", TypeColumns()},
      {"public.orders",
       {Int("user_id"), BigInt("order_no"), MakeColumn("total", Type::kNumeric, "numeric"),
        Text("note")}},
      {"public.nopk", {Int("a"), Text("b"), nopk_time}},
      {"public.nopk_default", {Int("a"), Text("b")}},
      {"public.ridx", {Int("k1"), Text("k2"), Text("v")}},
      {"public.marker", {Int("id"), Text("grp")}},
      {"public.dbz_signal", {Text("id"), Text("type"), Text("data")}},
      {"public.longkey", {Text("k"), Int("v")}},
      {"public.Weird Täble.x", {Int("Id Col"), Text("va\"l"), Text("ünï"), Int("select")}},
      {"public.dash-tbl", {Int("id"), Int("a-b")}},
      {"public.gen", {Int("id"), Int("a"), doubled, WithDefault(Text("dflt"), "dflt")}},
      {"public.part", {Int("id"), Text("region"), Text("v")}},
      {"public.part_eu", {Int("id"), Text("region"), Text("v")}},
      {"public.part_us", {Int("id"), Text("region"), Text("v")}},
      {"public.nums",
       {Int("id"), MakeColumn("n", Type::kNumeric, "numeric"), Decimal("n2", 12, 2),
        MakeColumn("f", Type::kFloat64, "double precision"),
        MakeColumn("r", Type::kFloat32, "real")}},
      {"public.times",
       {Int("id"), Timed("ts", Type::kTimestamp, 6), Timed("tstz", Type::kTimestampTz, 6),
        MakeColumn("d", Type::kDate, "date"), MakeColumn("iv", Type::kInterval, "interval")}},
      {"public.fkp", {Int("id")}},
      {"public.fkc", {Int("id"), Int("pid")}},
      {"other.users", {BigInt("id"), Text("v")}}};
  const auto found = all.find(name);
  return found == all.end() ? std::vector<Column>() : found->second;
}

}  // namespace

Column MakeColumn(std::string name, ColumnType type, std::string type_name) {
  Column column;
  column.name = std::move(name);
  column.type = type;
  column.type_name = std::move(type_name);
  return column;
}

const Table& WorkloadTables::Of(const std::string& name, const std::string& shape,
                                const std::vector<std::string>& key) {
  std::string id = name + "|" + shape;
  for (const std::string& column : key) id += "|" + column;
  const auto [found, is_new] = numbers_.try_emplace(id, tables_.size());
  if (!is_new) return tables_[found->second];
  Table table;
  table.number = static_cast<uint32_t>(found->second);
  table.database = "app";
  table.schema = name.substr(0, name.find('.'));
  table.name = name.substr(name.find('.') + 1);
  table.columns = ColumnsOf(name, shape);
  for (const std::string& column : key) {
    for (uint32_t place = 0; place < table.columns.size(); ++place) {
      if (table.columns[place].name != column) continue;
      table.key.push_back(place);
      table.columns[place].optional = false;
    }
  }
  tables_.push_back(std::move(table));
  return tables_.back();
}

}  // namespace sluice::debezium
