#include "service/verify/row_renderer.h"

#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using verify::CanBeValue;
using verify::IsPlainInIds;

Column ColumnOf(const char* name, ColumnType type, const char* type_name) {
  Column column;
  column.name = name;
  column.type = type;
  column.type_name = type_name;
  column.optional = false;
  return column;
}

Table Users() {
  Table table;
  table.schema = "public";
  table.name = "users";
  table.columns = {ColumnOf("id", ColumnType::kInt64, "bigint"),
                   ColumnOf("name", ColumnType::kText, "text"),
                   ColumnOf("attrs", ColumnType::kJson, "jsonb")};
  table.key = {0};
  return table;
}

ColumnValue Text(std::string_view text) {
  return {ColumnValue::Kind::kText, text};
}
constexpr ColumnValue kNull{ColumnValue::Kind::kNull, {}};

TEST(RowRenderer, ARowIsTheDocumentOfItsEvent) {
  verify::RowRenderer renderer({});
  const std::vector<ColumnValue> row = {Text("7"), kNull, Text("{\"a\": 1}")};
  const auto rendered = renderer.Render(Users(), row);
  ASSERT_TRUE(rendered.ok());
  EXPECT_EQ(rendered->name.id, "7");
  EXPECT_EQ(rendered->name.full_key, "");
  EXPECT_EQ(rendered->document, R"({"id":7,"name":null,"attrs":"{\"a\": 1}"})");
}

TEST(RowRenderer, SchemasInTheRecordsChangeNothing) {
  verify::RenderSettings settings;
  settings.encoder.key_schemas = settings.encoder.value_schemas = true;
  verify::RowRenderer renderer(settings);
  const std::vector<ColumnValue> row = {Text("7"), Text("Ada"), kNull};
  const auto rendered = renderer.Render(Users(), row);
  ASSERT_TRUE(rendered.ok());
  EXPECT_EQ(rendered->name.id, "7");
  EXPECT_EQ(rendered->document, R"({"id":7,"name":"Ada","attrs":null})");
}

TEST(RowRenderer, ALongKeyIsHashedAndKept) {
  Table table = Users();
  table.key = {1};
  const std::string name(600, 'x');
  verify::RowRenderer renderer({});
  const std::vector<ColumnValue> row = {Text("7"), Text(name), kNull};
  const auto rendered = renderer.Render(table, row);
  ASSERT_TRUE(rendered.ok());
  EXPECT_TRUE(rendered->name.id.starts_with("~h"));
  EXPECT_EQ(rendered->name.full_key, name);
  EXPECT_TRUE(rendered->document.starts_with("{\"sluice_key\":\"xxx"));
}

TEST(RowRenderer, ATableWithoutKeyHasNoDocuments) {
  Table table = Users();
  table.key.clear();
  verify::RowRenderer renderer({});
  const std::vector<ColumnValue> row = {Text("7"), kNull, kNull};
  EXPECT_FALSE(renderer.Render(table, row).ok());
}

TEST(TombstoneKey, IsThatOfTheDocument) {
  verify::RowRenderer renderer({});
  EXPECT_EQ(renderer.TombstoneKey(Users(), {"7", ""}), R"({"id":7})");
  for (const char* id : {"007", "x", "", "~n", "7,1", "9223372036854775808"}) {
    EXPECT_FALSE(renderer.TombstoneKey(Users(), {id, ""})) << id;
  }
}

// Columns of message.key.columns may be null; most are not.
TEST(TombstoneKey, IsMadeOfNullableColumnsToo) {
  Table table = Users();
  table.columns[1].optional = true;
  table.key = {1};
  verify::RowRenderer renderer({});
  EXPECT_EQ(renderer.TombstoneKey(table, {"c1", ""}), R"({"name":"c1"})");
  EXPECT_EQ(renderer.TombstoneKey(table, {"~n", ""}), R"({"name":null})");
  EXPECT_EQ(renderer.TombstoneKey(table, {"~~n", ""}), R"({"name":"~n"})");
  Table both = table;
  both.number = table.number + 1;
  both.key = {0, 1};
  EXPECT_EQ(renderer.TombstoneKey(both, {"7,~n", ""}), R"({"id":7,"name":null})");
  EXPECT_FALSE(renderer.TombstoneKey(both, {"~n,c1", ""})) << "id is never null";
}

TEST(TombstoneKey, IsMadeOfTheFullTextOfAHashedId) {
  const std::string name(600, 'x');
  Table table = Users();
  table.key = {1};
  verify::RowRenderer renderer({});
  const std::vector<ColumnValue> row = {Text("7"), Text(name), kNull};
  const auto rendered = renderer.Render(table, row);
  ASSERT_TRUE(rendered.ok());
  EXPECT_EQ(renderer.TombstoneKey(table, rendered->name), "{\"name\":\"" + name + "\"}");
  EXPECT_FALSE(renderer.TombstoneKey(table, {rendered->name.id, ""}));
}

TEST(TombstoneKey, WritesABooleanAsTheDatabaseDoes) {
  Table table = Users();
  table.columns[1] = ColumnOf("active", ColumnType::kBoolean, "boolean");
  table.key = {1};
  verify::RowRenderer renderer({});
  EXPECT_EQ(renderer.TombstoneKey(table, {"true", ""}), R"({"active":true})");
  EXPECT_FALSE(renderer.TombstoneKey(table, {"t", ""}));
}

TEST(JsonFields, AreColumnsOfJsonAndOfHstoreAsJson) {
  Table table = Users();
  table.columns.push_back(ColumnOf("h", ColumnType::kHstore, "hstore"));
  EXPECT_EQ(verify::JsonFieldsOf(table, debezium::HstoreMode::kJson),
            (verify::JsonFields{"attrs", "h"}));
  EXPECT_EQ(verify::JsonFieldsOf(table, debezium::HstoreMode::kMap), (verify::JsonFields{"attrs"}));
}

TEST(KeyColumns, AreAskedForByIdOnlyWhereItHoldsTheirOwnText) {
  EXPECT_TRUE(IsPlainInIds(ColumnOf("c", ColumnType::kInt64, "bigint")));
  EXPECT_FALSE(IsPlainInIds(ColumnOf("c", ColumnType::kInt64, "oid")));
  EXPECT_TRUE(IsPlainInIds(ColumnOf("c", ColumnType::kText, "character varying(20)")));
  EXPECT_FALSE(IsPlainInIds(ColumnOf("c", ColumnType::kText, "inet")));
  EXPECT_FALSE(IsPlainInIds(ColumnOf("c", ColumnType::kTimestamp, "timestamp")));
  EXPECT_FALSE(IsPlainInIds(ColumnOf("c", ColumnType::kNumeric, "numeric")));
  Column array = ColumnOf("c", ColumnType::kInt32, "integer[]");
  array.array = true;
  EXPECT_FALSE(IsPlainInIds(array));
}

// The database refuses the whole question for one text that is no value.
TEST(KeyColumns, TextsThatAreNoValuesAreNotAskedFor) {
  const Column number = ColumnOf("c", ColumnType::kInt16, "smallint");
  EXPECT_TRUE(CanBeValue(number, "-32768"));
  for (const char* text : {"32768", "007", "-0", "+1", "1 ", "", "x", "1.0"}) {
    EXPECT_FALSE(CanBeValue(number, text)) << text;
  }
  const Column uuid = ColumnOf("c", ColumnType::kUuid, "uuid");
  EXPECT_TRUE(CanBeValue(uuid, "6f1b2c3d-0000-4000-8000-000000000001"));
  EXPECT_FALSE(CanBeValue(uuid, "6F1B2C3D-0000-4000-8000-000000000001"));
  EXPECT_FALSE(CanBeValue(uuid, "6f1b2c3d00004000-8000-000000000001-"));
  Column mood = ColumnOf("c", ColumnType::kEnum, "mood");
  mood.allowed = {"sad", "ok"};
  EXPECT_TRUE(CanBeValue(mood, "ok"));
  EXPECT_FALSE(CanBeValue(mood, "glad"));
  const Column text = ColumnOf("c", ColumnType::kText, "text");
  EXPECT_TRUE(CanBeValue(text, "it's"));
  EXPECT_FALSE(CanBeValue(text, std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace sluice::testing
