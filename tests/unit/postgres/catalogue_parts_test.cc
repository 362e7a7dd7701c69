#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/postgres/default_value.h"
#include "adapters/postgres/table_book.h"
#include "adapters/postgres/table_shape.h"
#include "adapters/postgres/type_map.h"

namespace sluice::postgres {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kInt4 = 23;
constexpr uint32_t kText = 25;
constexpr uint32_t kNumeric = 1'700;
constexpr uint32_t kEmail = 50'000;      // a domain over varchar(40), not null
constexpr uint32_t kMood = 50'001;       // an enum
constexpr uint32_t kEmails = 50'002;     // an array of the domain
constexpr uint32_t kLoop = 50'003;       // a domain over itself: damage
constexpr uint32_t kUsersDate = 50'004;  // a user's own type called "date"

class Types {
 public:
  Types() {
    Add(kInt4, "pg_catalog", "int4");
    Add(kText, "pg_catalog", "text");
    Add(kNumeric, "pg_catalog", "numeric");
    Add(1'007, "pg_catalog", "_int4").element = kInt4;
    Add(1'043, "pg_catalog", "varchar");
    Add(1'114, "pg_catalog", "timestamp");
    Add(1'042, "pg_catalog", "bpchar");
    Add(1'560, "pg_catalog", "bit");
    Add(3'904, "pg_catalog", "int4range").kind = 'r';
    Add(600, "pg_catalog", "point");
    TypeInfo& email = Add(kEmail, "public", "email");
    email.kind = 'd';
    email.base = 1'043;
    email.base_modifier = 44;
    email.not_null = true;
    TypeInfo& mood = Add(kMood, "public", "mood");
    mood.kind = 'e';
    mood.labels = {"sad", "happy"};
    Add(kEmails, "public", "_email").element = kEmail;
    TypeInfo& loop = Add(kLoop, "public", "loop");
    loop.kind = 'd';
    loop.base = kLoop;
    Add(kUsersDate, "public", "date");
    Add(50'005, "ext", "hstore");
    Add(50'006, "public", "pair").kind = 'c';
  }
  [[nodiscard]] TypeLookup lookup() const {
    return [this](uint32_t id) {
      const auto it = types_.find(id);
      return it == types_.end() ? nullptr : &it->second;
    };
  }
  /// As a type message tells one that the catalogue has no more.
  void AddGone(uint32_t id, const char* schema, const char* name) {
    Add(id, schema, name).gone = true;
  }
  [[nodiscard]] Column Describe(uint32_t type, int32_t modifier = -1) const {
    Column column;
    DescribeType(type, modifier, lookup(), column);
    return column;
  }

 private:
  TypeInfo& Add(uint32_t id, const char* schema, const char* name) {
    TypeInfo& type = types_[id];
    type.id = id;
    type.schema = schema;
    type.name = name;
    return type;
  }

  std::map<uint32_t, TypeInfo> types_;
};

constexpr int32_t NumericModifier(int32_t precision, int32_t scale) {
  return ((precision << 16) | (scale & 0x7FF)) + 4;
}

TEST(TypeMap, NumericWithoutModifierHasNoScale) {
  EXPECT_EQ(Types().Describe(kNumeric).type, ColumnType::kNumeric);
  const Column column = Types().Describe(kNumeric, NumericModifier(12, 2));
  EXPECT_EQ(column.type, ColumnType::kDecimal);
  EXPECT_EQ(column.precision, 12);
  EXPECT_EQ(column.scale, 2);
  EXPECT_EQ(Types().Describe(kNumeric, NumericModifier(5, -3)).scale, -3);
}

TEST(TypeMap, LengthsAndDigitsComeFromTheModifier) {
  EXPECT_EQ(Types().Describe(1'043, 14).length, 10);
  EXPECT_EQ(Types().Describe(1'114, 3).scale, 3);
  EXPECT_EQ(Types().Describe(1'114).scale, 6);
  EXPECT_EQ(Types().Describe(1'560, 8).length, 8);
}

TEST(TypeMap, ADomainIsWhatItIsMadeOf) {
  const Column column = Types().Describe(kEmail);
  EXPECT_EQ(column.type, ColumnType::kText);
  EXPECT_EQ(column.length, 40);
  EXPECT_FALSE(column.optional);
  const Column many = Types().Describe(kEmails);
  EXPECT_TRUE(many.array);
  EXPECT_TRUE(many.optional) << "its elements must not be null, it may";
  EXPECT_EQ(many.length, 40);
}

TEST(TypeMap, KindsOfTypes) {
  EXPECT_THAT(Types().Describe(kMood).allowed, ElementsAre("sad", "happy"));
  EXPECT_EQ(Types().Describe(3'904).type, ColumnType::kText);
  EXPECT_EQ(Types().Describe(600).type, ColumnType::kPoint);
  EXPECT_EQ(Types().Describe(50'005).type, ColumnType::kHstore);
  EXPECT_EQ(Types().Describe(50'006).type, ColumnType::kComposite);
  EXPECT_EQ(Types().Describe(99).type, ColumnType::kOther);
  EXPECT_EQ(Types().Describe(kLoop).type, ColumnType::kOther);
  EXPECT_EQ(Types().Describe(kUsersDate).type, ColumnType::kOther);
}

TEST(TypeMap, OfATypeThatIsGoneTheNameTellsItOnlyWhereNoModifierMatters) {
  Types types;
  types.AddGone(60'001, "pg_catalog", "int4");  // a domain is told by its base
  types.AddGone(60'002, "ext", "hstore");
  types.AddGone(60'003, "pg_catalog", "numeric");
  types.AddGone(60'004, "pg_catalog", "timestamp");
  types.AddGone(60'005, "public", "mood");
  types.AddGone(60'006, "public", "_mood");
  EXPECT_EQ(types.Describe(60'001).type, ColumnType::kInt32);
  EXPECT_FALSE(types.Describe(60'001).untyped);
  EXPECT_EQ(types.Describe(60'002).type, ColumnType::kHstore);
  for (const uint32_t type : {60'003U, 60'004U, 60'005U, 60'006U, 99U}) {
    EXPECT_EQ(types.Describe(type).type, ColumnType::kOther) << type;
    EXPECT_TRUE(types.Describe(type).untyped) << type;
    EXPECT_FALSE(types.Describe(type).array) << type;
  }
  EXPECT_FALSE(types.Describe(kUsersDate).untyped) << "it is there, and is told by its text";
}

TEST(TypeMap, NamesAreTheDatabasesOwn) {
  const Types types;
  const auto name = [&types](uint32_t type, int32_t modifier) {
    return DeclaredName(type, modifier, types.lookup());
  };
  EXPECT_EQ(name(kNumeric, NumericModifier(12, 2)), "numeric(12,2)");
  EXPECT_EQ(name(1'114, 3), "timestamp(3) without time zone");
  EXPECT_EQ(name(1'007, -1), "integer[]");
  EXPECT_EQ(name(1'043, 14), "character varying(10)");
  EXPECT_EQ(name(1'042, -1), "bpchar");
  EXPECT_EQ(name(kMood, -1), "mood");
  EXPECT_EQ(name(99, -1), "type 99");
}

TEST(TypeMap, OnlyBuiltInTypesAreCastTo) {
  const Types types;
  EXPECT_EQ(CastName(kEmail, -1, types.lookup()), "character varying(40)");
  EXPECT_EQ(CastName(1'007, -1, types.lookup()), "integer[]");
  EXPECT_EQ(CastName(kMood, -1, types.lookup()), "");
  EXPECT_EQ(CastName(50'005, -1, types.lookup()), "");
  EXPECT_EQ(CastName(kEmails, -1, types.lookup()), "");
  EXPECT_EQ(CastName(kLoop, -1, types.lookup()), "");
}

struct DefaultCase {
  const char* expression;
  DefaultValue::Kind kind;
  const char* text;
};

TEST(DefaultValue, PlainValuesAreToldFromExpressions) {
  using enum DefaultValue::Kind;
  constexpr DefaultCase kCases[] = {
      {"0", kPlain, "0"},
      {"1.5", kPlain, "1.5"},
      {"'-1'::integer", kPlain, "-1"},
      {"(-1)", kPlain, "-1"},
      {"'1e-05'::double precision", kPlain, "1e-05"},
      {"1e-05", kPlain, "1e-05"},
      {"'it''s'::text", kPlain, "it's"},
      {"''::text", kPlain, ""},
      {"('ab'::character varying)::text", kPlain, "ab"},
      {"'2020-01-01'::date", kPlain, "2020-01-01"},
      {"'101'::\"bit\"", kPlain, "101"},
      {"'1.00'::numeric(10,2)", kPlain, "1.00"},
      {"'{}'::text[]", kPlain, "{}"},
      {"'sad'::public.mood", kPlain, "sad"},
      {"'x'::\"Weird Schema\".\"a'b\"", kPlain, "x"},
      {"true", kPlain, "t"},
      {"false", kPlain, "f"},
      {"NULL::character varying", kNone, ""},
      {"now()", kComputed, ""},
      {"nextval('public.s'::regclass)", kComputed, ""},
      {"(1 + 2)", kComputed, ""},
      {"CURRENT_DATE", kComputed, ""},
      {"('a'::text || 'b'::text)", kComputed, ""},
      {"upper('q'::text)", kComputed, ""},
      {"(true AND false)", kComputed, ""},
      {"ARRAY['a'::text]", kComputed, ""},
      {"'unended", kComputed, ""},
      {"(1", kComputed, ""},
      {"-", kComputed, ""},
      {"", kComputed, ""},
  };
  for (const DefaultCase& row : kCases) {
    const DefaultValue value = ReadDefault(row.expression);
    EXPECT_EQ(value.kind, row.kind) << row.expression;
    EXPECT_EQ(value.text, row.text) << row.expression;
  }
}

/// A table "orders" with a two-column key in another order than its columns.
CatalogueTable Orders() {
  CatalogueTable table;
  table.id = 16'384;
  table.schema = "public";
  table.name = "orders";
  const auto add = [&table](int32_t number, const char* name, uint32_t type, bool not_null) {
    CatalogueColumn column;
    column.number = number;
    column.name = name;
    column.type = type;
    column.not_null = not_null;
    table.columns.push_back(column);
  };
  add(1, "id", kInt4, true);
  add(2, "note", kText, false);
  add(4, "tenant", kInt4, true);
  add(5, "twice", kInt4, false);
  table.columns[1].default_expression = "'none'::text";
  table.columns[3].generated = true;
  table.primary_key = {4, 1};
  return table;
}

class TableShapeTest : public ::testing::Test {
 protected:
  TableShapeTest() {
    columns_ = {{"id", kInt4, -1, true}, {"note", kText, -1, false}, {"tenant", kInt4, -1, true}};
    relation_.kind = PgoutputMessage::Kind::kRelation;
    relation_.relation = 16'384;
    relation_.schema = "public";
    relation_.name = "orders";
  }
  TableShape Shape(const CatalogueTable* now) {
    relation_.columns = columns_;
    auto filter = TableFilter::Make(filter_settings_);
    const TypeLookup lookup = types_.lookup();
    return ShapeOf(relation_, now, {database_, *filter, lookup});
  }
  Table Now(const CatalogueTable& now, bool generated = false) {
    auto filter = TableFilter::Make(filter_settings_);
    const TypeLookup lookup = types_.lookup();
    return TableOf(now, {database_, *filter, lookup, generated});
  }
  static std::vector<std::string> KeyOf(const Table& table) {
    std::vector<std::string> names;
    for (const uint32_t position : table.key) names.push_back(table.columns[position].name);
    return names;
  }

  const std::string database_ = "shop";
  Types types_;
  FilterSettings filter_settings_;
  std::vector<RelationColumn> columns_;
  PgoutputMessage relation_;
};

TEST_F(TableShapeTest, TheKeyHasTheIndexesOrder) {
  const CatalogueTable now = Orders();
  const TableShape shape = Shape(&now);
  EXPECT_THAT(KeyOf(shape.table), ElementsAre("tenant", "id"));
  EXPECT_TRUE(shape.straight);
  EXPECT_FALSE(shape.table.columns[0].optional);
  EXPECT_EQ(shape.table.columns[1].default_text, "none");
  EXPECT_EQ(KeyOf(Now(now)), KeyOf(shape.table));
}

TEST_F(TableShapeTest, AnotherKeyIsTold) {
  const CatalogueTable before = Orders();
  CatalogueTable now = before;
  now.columns[1].default_expression = "'other'::text";
  EXPECT_EQ(KeyChange(Now(before), Now(now)), "") << "the same key";
  now.primary_key = {1, 4};
  EXPECT_THAT(KeyChange(Now(before), Now(now)),
              AllOf(HasSubstr("the key of public.orders changed from (tenant, id) to (id, tenant)"),
                    HasSubstr("verify --repair")));
  now.primary_key.clear();
  EXPECT_THAT(KeyChange(Now(before), Now(now)), HasSubstr("to ()"));
}

TEST(TableBookTest, KnowsWhatWasToldLastOfATable) {
  TableBook book;
  EXPECT_EQ(book.Latest(7), nullptr);
  Table table;
  table.id = 7;
  table.name = "a";
  const Table& first = book.Keep(table);
  EXPECT_EQ(book.Latest(7), &first);
  Table renamed = table;
  renamed.name = "b";
  const Table& second = book.Keep(renamed);
  EXPECT_EQ(book.Latest(7), &second);
  book.Keep(table);
  EXPECT_EQ(book.Latest(7), &first) << "told again";
}

TEST_F(TableShapeTest, AKeyDroppedOrAddedSinceChangesNothing) {
  CatalogueTable dropped = Orders();
  dropped.primary_key.clear();
  EXPECT_THAT(KeyOf(Shape(&dropped).table), ElementsAre("id", "tenant"));
  EXPECT_THAT(KeyOf(Shape(nullptr).table), ElementsAre("id", "tenant"));
  for (RelationColumn& column : columns_) column.identity = false;
  const CatalogueTable added = Orders();
  EXPECT_THAT(KeyOf(Shape(&added).table), IsEmpty());
}

TEST_F(TableShapeTest, IdentitiesHaveTheirKeys) {
  CatalogueTable now = Orders();
  for (RelationColumn& column : columns_) column.identity = true;
  relation_.identity = now.identity = 'f';
  EXPECT_THAT(KeyOf(Shape(&now).table), ElementsAre("tenant", "id"));
  EXPECT_THAT(KeyOf(Now(now)), ElementsAre("tenant", "id"));
  EXPECT_THAT(KeyOf(Shape(nullptr).table), IsEmpty());
  for (RelationColumn& column : columns_) column.identity = column.name == "note";
  relation_.identity = now.identity = 'i';
  now.identity_index = {2};
  EXPECT_THAT(KeyOf(Shape(&now).table), ElementsAre("note"));
  EXPECT_THAT(KeyOf(Now(now)), ElementsAre("note"));
  for (RelationColumn& column : columns_) column.identity = false;
  relation_.identity = now.identity = 'n';
  EXPECT_THAT(KeyOf(Shape(&now).table), ElementsAre("tenant", "id")) << "of inserts";
  EXPECT_THAT(KeyOf(Now(now)), ElementsAre("tenant", "id"));
}

TEST_F(TableShapeTest, AUniqueIndexIsTheKeyWhereThereIsNoPrimaryKey) {
  CatalogueTable now = Orders();
  now.unique_index = {1};
  EXPECT_THAT(KeyOf(Now(now)), ElementsAre("tenant", "id"));
  now.primary_key.clear();
  for (RelationColumn& column : columns_) column.identity = false;
  for (const char identity : {'d', 'n', 'f'}) {
    relation_.identity = now.identity = identity;
    EXPECT_THAT(KeyOf(Shape(&now).table), ElementsAre("id"));
    EXPECT_THAT(KeyOf(Now(now)), ElementsAre("id"));
  }
}

TEST_F(TableShapeTest, ADeferrablePrimaryKeyIsTheKey) {
  CatalogueTable now = Orders();
  now.primary_key_deferrable = true;
  for (RelationColumn& column : columns_) column.identity = false;
  EXPECT_THAT(KeyOf(Shape(&now).table), ElementsAre("tenant", "id"));
  EXPECT_THAT(KeyOf(Now(now)), ElementsAre("tenant", "id"));
}

TEST_F(TableShapeTest, AskedKeysAreTakenWhenAllTheirColumnsAreThere) {
  filter_settings_.message_key_columns = "public\\.orders:note,id";
  const CatalogueTable now = Orders();
  EXPECT_THAT(KeyOf(Shape(&now).table), ElementsAre("note", "id"));
  EXPECT_THAT(KeyOf(Now(now)), ElementsAre("note", "id"));
  filter_settings_.message_key_columns = "public\\.orders:nowhere";
  EXPECT_THAT(KeyOf(Shape(&now).table), ElementsAre("tenant", "id"));
}

TEST_F(TableShapeTest, AColumnWhoseTypeIsGoneIsToldOfAndInTheKeyItHalts) {
  types_.AddGone(60'005, "public", "mood");
  columns_ = {{"id", kInt4, -1, true}, {"note", 60'005, -1, false}, {"tenant", kInt4, -1, true}};
  UntypedColumns untyped = UntypedOf(Shape(nullptr).table);
  EXPECT_THAT(untyped.key, IsEmpty());
  EXPECT_THAT(untyped.others, AllOf(HasSubstr("public.orders"), HasSubstr("note (mood)"),
                                    HasSubstr("sluice verify --repair")));
  columns_[2].type = 60'005;
  untyped = UntypedOf(Shape(nullptr).table);
  EXPECT_THAT(untyped.key, AllOf(HasSubstr("tenant (mood)"), HasSubstr("slot.name"),
                                 HasSubstr("take it out of table.include.list, or add it to "
                                           "table.exclude.list")));
  EXPECT_THAT(UntypedOf(Now(CatalogueTable{})).others, IsEmpty());
}

TEST_F(TableShapeTest, LeftOutColumnsMoveTheOthersAndKeysStay) {
  filter_settings_.column_exclude = "public\\.orders\\.(note|id)";
  const CatalogueTable now = Orders();
  const TableShape shape = Shape(&now);
  EXPECT_THAT(shape.positions, ElementsAre(0, -1, 1));
  EXPECT_FALSE(shape.straight);
  EXPECT_THAT(KeyOf(shape.table), ElementsAre("tenant", "id"));
}

TEST_F(TableShapeTest, AColumnWhoseTypeHasChangedTakesNothingFromNow) {
  CatalogueTable now = Orders();
  now.columns[1].type = kNumeric;
  EXPECT_FALSE(Shape(&now).table.columns[1].default_text.has_value());
}

TEST_F(TableShapeTest, GeneratedColumnsAreTakenWhenAsked) {
  EXPECT_EQ(Now(Orders()).columns.size(), 3U);
  const Table table = Now(Orders(), true);
  ASSERT_EQ(table.columns.size(), 4U);
  EXPECT_TRUE(table.columns[3].generated);
}

TEST_F(TableShapeTest, TheBookNumbersShapesOnce) {
  TableBook book;
  const CatalogueTable now = Orders();
  const Table& first = book.Keep(Shape(&now).table);
  EXPECT_EQ(first.number, 0U);
  EXPECT_EQ(&book.Keep(Shape(&now).table), &first);
  columns_[1].type = kNumeric;
  const Table& second = book.Keep(Shape(&now).table);
  EXPECT_EQ(second.number, 1U);
  columns_[1].type = kText;
  EXPECT_EQ(&book.Keep(Shape(&now).table), &first) << "a shape that comes back";
}

}  // namespace
}  // namespace sluice::postgres
