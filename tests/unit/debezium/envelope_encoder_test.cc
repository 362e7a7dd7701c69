// Rows: what is null, what was not sent, what is hidden, and the schemas of all that.

#include "adapters/debezium/envelope_encoder.h"

#include <gtest/gtest.h>

#include "adapters/debezium/unchanged_shapes.h"
#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

using Type = ColumnType;

Column Required(Column column) {
  column.optional = false;
  return column;
}

/// id (key), name (not null), state (default 'new'), a generated column.
Table People() {
  Table table;
  table.schema = "public";
  table.name = "people";
  table.database = "app";
  table.columns = {Required(MakeColumn("id", Type::kInt32, "integer")),
                   Required(MakeColumn("name", Type::kText, "text")),
                   MakeColumn("state", Type::kText, "text"),
                   MakeColumn("twice", Type::kInt32, "integer")};
  table.columns[2].default_text = "new";
  table.columns[3].generated = true;
  table.key = {0};
  return table;
}

EncoderOptions Options(Fidelity fidelity) {
  EncoderOptions options;
  options.version = "1";
  options.logical_name = "p";
  options.database = "app";
  options.fidelity = [fidelity](const Table&) { return fidelity; };
  return options;
}

/// The part of an envelope between `before` and `source`.
std::string Rows(std::string_view envelope) {
  envelope.remove_prefix(envelope.find("{\"before\":"));
  return std::string(envelope.substr(0, envelope.find(",\"source\"")));
}

TEST(EnvelopeEncoder, ADeleteHoldsTheKeyAndNullsUnlessCompatible) {
  const ColumnValue row[] = {Sent("7"), {}, {}, {}};
  EnvelopeEncoder correct(Options(Fidelity::kCorrect));
  EXPECT_EQ(Rows(correct.Value(RowOperation::kDelete, People(), Row(row), {}, {})),
            R"({"before":{"id":7,"name":null,"state":null},"after":null)");
  EnvelopeEncoder compat(Options(Fidelity::kCompat));
  EXPECT_EQ(Rows(compat.Value(RowOperation::kDelete, People(), Row(row), {}, {})),
            R"({"before":{"id":7,"name":"","state":"new"},"after":null)");
}

TEST(EnvelopeEncoder, ANullStaysANullUnlessCompatible) {
  const ColumnValue row[] = {Sent("7"), Sent("x"), Null(), {}};
  EnvelopeEncoder correct(Options(Fidelity::kCorrect));
  EXPECT_EQ(Rows(correct.Value(RowOperation::kCreate, People(), {}, Row(row), {})),
            R"({"before":null,"after":{"id":7,"name":"x","state":null})");
  EnvelopeEncoder compat(Options(Fidelity::kCompat));
  EXPECT_EQ(Rows(compat.Value(RowOperation::kCreate, People(), {}, Row(row), {})),
            R"({"before":null,"after":{"id":7,"name":"x","state":"new"})");
}

TEST(EnvelopeEncoder, GeneratedColumnsAreToldAlwaysOrNever) {
  const ColumnValue row[] = {Sent("7"), Sent("x"), Sent("y"), Sent("14")};
  EncoderOptions options = Options(Fidelity::kCorrect);
  EnvelopeEncoder never(options);
  EXPECT_EQ(Rows(never.Value(RowOperation::kRead, People(), {}, Row(row), {})),
            R"({"before":null,"after":{"id":7,"name":"x","state":"y"})");
  options.generated_columns = true;
  EnvelopeEncoder always(options);
  EXPECT_EQ(Rows(always.Value(RowOperation::kRead, People(), {}, Row(row), {})),
            R"({"before":null,"after":{"id":7,"name":"x","state":"y","twice":14})");
}

TEST(EnvelopeEncoder, SchemasAllowTheNullsThatValuesHold) {
  EncoderOptions options = Options(Fidelity::kCorrect);
  options.value_schemas = true;
  const ColumnValue row[] = {Sent("7"), {}, {}, {}};
  EnvelopeEncoder correct(options);
  const std::string envelope(correct.Value(RowOperation::kDelete, People(), Row(row), {}, {}));
  const std::string before =
      R"({"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"},)"
      R"({"type":"string","optional":true,"field":"name"},)"
      R"({"type":"string","optional":true,"field":"state"}],)"
      R"("optional":true,"name":"p.public.people.Value","field":"before"})";
  const std::string after =
      R"({"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"},)"
      R"({"type":"string","optional":false,"field":"name"},)"
      R"({"type":"string","optional":true,"field":"state"}],)"
      R"("optional":true,"name":"p.public.people.Value","field":"after"})";
  EXPECT_NE(envelope.find(before + "," + after), std::string::npos) << envelope;
}

TEST(EnvelopeEncoder, ACompatibleSchemaHasTheDefaultsAndTheColumnsOfItsRow) {
  EncoderOptions options = Options(Fidelity::kCompat);
  options.value_schemas = true;
  EnvelopeEncoder encoder(options);
  const ColumnValue streamed[] = {Sent("7"), Sent("x"), Sent("y"), {}};
  const ColumnValue read[] = {Sent("7"), Sent("x"), Sent("y"), Sent("14")};
  const std::string twice = R"("field":"twice")";
  const std::string state = R"({"type":"string","optional":true,"default":"new","field":"state"})";
  const std::string update(encoder.Value(RowOperation::kUpdate, People(), {}, Row(streamed), {}));
  const std::string snapshot(encoder.Value(RowOperation::kRead, People(), {}, Row(read), {}));
  EXPECT_EQ(update.find(twice), std::string::npos);
  EXPECT_NE(snapshot.find(twice), std::string::npos);
  EXPECT_NE(update.find(state), std::string::npos);
}

TEST(EnvelopeEncoder, KeysHaveSchemasOfTheirOwn) {
  const ColumnValue row[] = {Sent("7"), {}, {}, {}};
  EncoderOptions options = Options(Fidelity::kCorrect);
  options.key_schemas = true;
  EnvelopeEncoder encoder(options);
  EXPECT_EQ(
      encoder.Key(People(), row),
      R"({"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"}],)"
      R"("optional":false,"name":"p.public.people.Key"},"payload":{"id":7}})");
  EXPECT_EQ(encoder.KeyHeader(People(), row), R"({"id":7})");
  EXPECT_EQ(Rows(encoder.Value(RowOperation::kDelete, People(), Row(row), {}, {})).front(), '{');
  Table keyless = People();
  keyless.number = 1;
  keyless.key.clear();
  EXPECT_EQ(encoder.Key(keyless, row), std::nullopt);
}

TEST(EnvelopeEncoder, EachShapeOfATableIsLaidOutAnew) {
  EnvelopeEncoder encoder(Options(Fidelity::kCorrect));
  const ColumnValue row[] = {Sent("7"), Sent("x"), Null(), {}};
  EXPECT_EQ(encoder.Key(People(), row), R"({"id":7})");
  Table renamed = People();
  renamed.number = 5;
  renamed.columns[0].name = "nr";
  EXPECT_EQ(encoder.Key(renamed, row), R"({"nr":7})");
  EXPECT_EQ(encoder.Key(People(), row), R"({"id":7})");
}

TEST(EnvelopeEncoder, SourceTellsWhatIsKnown) {
  EnvelopeEncoder encoder(Options(Fidelity::kCorrect));
  ChangeContext context;
  context.lsn = Lsn{42};
  context.commit_us = -1;  // a clock before 1970 is a clock all the same
  context.now_ns = 1'999'999;
  const std::string value(encoder.Truncate(People(), context));
  EXPECT_EQ(value,
            R"({"before":null,"after":null,"source":{"version":"1","connector":"postgresql",)"
            R"("name":"p","ts_ms":-1,"snapshot":"false","db":"app","sequence":"[null,\"42\"]",)"
            R"("ts_us":-1,"ts_ns":-1000,"schema":"public","table":"people","txId":null,"lsn":42,)"
            R"("xmin":null,"origin":null,"origin_lsn":null},"transaction":null,"op":"t",)"
            R"("ts_ms":1,"ts_us":1999,"ts_ns":1999999})");
}

TEST(EnvelopeEncoder, UnchangedValuesAreRecognisedByTheReader) {
  // Every form that is written for a value that was not touched, the decoder takes for that.
  const std::pair<Type, const char*> arrays[] = {
      {Type::kText, "text[]"}, {Type::kInt32, "integer[]"}, {Type::kInt64, "bigint[]"},
      {Type::kUuid, "uuid[]"}, {Type::kBytes, "bytea[]"},   {Type::kDate, "date[]"},
      {Type::kJson, "jsonb[]"}};
  const Type scalars[] = {Type::kText, Type::kJson, Type::kXml, Type::kBytes, Type::kHstore};
  for (const BinaryMode binary : {BinaryMode::kBytes, BinaryMode::kBase64, BinaryMode::kHex}) {
    for (const HstoreMode hstore : {HstoreMode::kJson, HstoreMode::kMap}) {
      EncoderRig rig;
      rig.options().binary = binary;
      rig.options().hstore = hstore;
      UnchangedShapes shapes{std::string(kDefaultPlaceholder)};
      for (const Type type : scalars) {
        EXPECT_TRUE(shapes.IsPlaceholder(rig.Json(MakeColumn("v", type), Unchanged())));
      }
      for (const auto& [type, name] : arrays) {
        if (type == Type::kBytes && binary != BinaryMode::kBytes) continue;  // null, as Debezium
        Column column = MakeColumn("v", type, name);
        column.array = true;
        EXPECT_TRUE(shapes.IsPlaceholder(rig.Json(column, Unchanged()))) << name;
      }
    }
  }
  EncoderRig rig;
  EXPECT_EQ(rig.Json(MakeColumn("v", Type::kNumeric), Unchanged()), "null");
}

TEST(EnvelopeEncoder, ARowThatIsTooShortLacksItsLastValues) {
  EnvelopeEncoder encoder(Options(Fidelity::kCorrect));
  const ColumnValue row[] = {Sent("7")};
  EXPECT_EQ(Rows(encoder.Value(RowOperation::kCreate, People(), {}, Row(row), {})),
            R"({"before":null,"after":{"id":7,"name":null,"state":null})");
}

}  // namespace
}  // namespace sluice::debezium
