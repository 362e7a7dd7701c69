#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "service/config/capture_rules.h"
#include "service/config/checks.h"
#include "service/config/loader.h"
#include "service/config/render.h"
#include "service/config/snapshot_statement.h"

namespace sluice::config {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr const char* kCapture =
    "kafka.brokers: ['127.0.0.1:9092']\n"
    "database: {hostname: h, user: u, dbname: d}\n"
    "topic.prefix: cdc\n";
constexpr const char* kIndex =
    "kafka.topics: [cdc.public.users]\n"
    "elasticsearch.urls: ['http://127.0.0.1:9200']\n";

LoadedConfig LoadText(const std::string& text, std::optional<Sides> sides = std::nullopt) {
  ConfigSources sources;
  sources.file = "f.yaml";
  sources.text = text;
  return Load(sources, {}, sides);
}

std::vector<std::string> ProblemsOf(const LoadedConfig& loaded) {
  std::vector<std::string> texts;
  texts.reserve(loaded.problems.size());
  for (const Problem& problem : loaded.problems) texts.push_back(problem.ToString());
  return texts;
}

std::vector<std::string> ProblemsWith(const std::string& more) {
  return ProblemsOf(LoadText(kCapture + more));
}

TEST(CaptureConfig, AFewLinesAreEnoughAndTheRestIsAsDebeziumHasIt) {
  const LoadedConfig loaded = LoadText(kCapture);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.sides, Sides::kCapture);
  const Config& config = loaded.config;
  EXPECT_EQ(config.database_port, 5432);
  EXPECT_EQ(config.database_sslmode, "prefer");
  EXPECT_EQ(config.slot_name, "debezium");
  EXPECT_EQ(config.publication_name, "dbz_publication");
  EXPECT_EQ(config.publication_autocreate_mode, "all_tables");
  EXPECT_EQ(config.status_update_interval_us, 10'000'000);
  EXPECT_EQ(config.heartbeat_interval_us, 0);
  EXPECT_EQ(config.retriable_restart_wait_us, 10'000'000);
  EXPECT_EQ(config.snapshot_mode, "initial");
  EXPECT_EQ(config.snapshot_max_threads, 1);
  EXPECT_THAT(config.skipped_operations, ElementsAre("t"));
  EXPECT_TRUE(config.tombstones_on_delete);
  EXPECT_EQ(config.decimal_handling_mode, "precise");
  EXPECT_EQ(config.time_precision_mode, "adaptive");
  EXPECT_EQ(config.interval_handling_mode, "numeric");
  EXPECT_EQ(config.binary_handling_mode, "bytes");
  EXPECT_EQ(config.hstore_handling_mode, "json");
  EXPECT_EQ(config.money_fraction_digits, 2);
  EXPECT_EQ(config.unavailable_value_placeholder, "__debezium_unavailable_value");
  EXPECT_EQ(config.topic_heartbeat_prefix, "__debezium-heartbeat");
  EXPECT_EQ(config.topic_transaction, "transaction");
  EXPECT_EQ(config.capture_positions_topic, "sluice.positions");
}

TEST(CaptureConfig, EachSideRequiresItsOwnOptionsOnly) {
  EXPECT_THAT(
      ProblemsOf(LoadText("topic.prefix: cdc\n")),
      ElementsAre(HasSubstr("kafka.brokers: required"),
                  HasSubstr("database.hostname: required; for example"),
                  HasSubstr("database.user: required"), HasSubstr("database.dbname: required")));
  EXPECT_THAT(
      ProblemsOf(LoadText(kCapture, Sides::kIndex)),
      ElementsAre(HasSubstr("elasticsearch.urls: required"), HasSubstr("kafka.topics: required")));
  EXPECT_THAT(ProblemsOf(LoadText(std::string("kafka.brokers: ['a:1']\n") + kIndex)), IsEmpty());
  EXPECT_THAT(ProblemsOf(LoadText(std::string("kafka.brokers: ['a:1']\n") + kIndex, Sides::kRun)),
              Contains(HasSubstr("topic.prefix: required")));
}

TEST(CaptureConfig, OneFileServesBothHalvesAndEachMayRunAlone) {
  const std::string both = std::string(kCapture) + kIndex;
  for (const auto sides : {std::optional<Sides>(), std::optional(Sides::kIndex),
                           std::optional(Sides::kCapture), std::optional(Sides::kRun)}) {
    const LoadedConfig loaded = LoadText(both, sides);
    EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
    EXPECT_EQ(loaded.sides, sides.value_or(Sides::kRun));
  }
}

TEST(CaptureConfig, ChecksOfASideThatDoesNotRunAreNotMade) {
  const std::string text = std::string(kCapture) + kIndex +
                           "elasticsearch.bulk.timeout: 60s\n"
                           "slot.name: Upper\n";
  EXPECT_THAT(ProblemsOf(LoadText(text, Sides::kIndex)),
              ElementsAre(HasSubstr("elasticsearch.bulk.timeout")));
  EXPECT_THAT(ProblemsOf(LoadText(text, Sides::kCapture)), ElementsAre(HasSubstr("slot.name")));
  EXPECT_THAT(ProblemsOf(LoadText(text)),
              ElementsAre(HasSubstr("elasticsearch.bulk.timeout"), HasSubstr("slot.name")));
}

TEST(CaptureConfig, AWrongValueStillTellsWhichSideAFileIsFor) {
  const LoadedConfig loaded = LoadText("snapshot.mode: never\n");
  EXPECT_EQ(loaded.sides, Sides::kCapture);
  EXPECT_THAT(ProblemsOf(loaded), Not(Contains(HasSubstr("elasticsearch"))));
}

TEST(CaptureConfig, VariablesOfOtherProcessesDoNotMakeAFileOneOfBothSides) {
  ConfigSources sources;
  sources.file = "f.yaml";
  sources.text = std::string("kafka.brokers: ['a:1']\n") + kIndex;
  sources.environment = {{"SLUICE_DATABASE_PASSWORD", "p"}};
  const LoadedConfig loaded = Load(sources);
  EXPECT_EQ(loaded.sides, Sides::kIndex);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());

  ConfigSources alone;
  alone.environment = {{"SLUICE_KAFKA_BROKERS", "a:1"},   {"SLUICE_DATABASE_HOSTNAME", "h"},
                       {"SLUICE_DATABASE_USER", "u"},     {"SLUICE_DATABASE_DBNAME", "d"},
                       {"SLUICE_TOPIC_PREFIX", "cdc"},    {"SLUICE_SKIPPED_OPERATIONS", "none"},
                       {"SLUICE_DATABASE_PASSWORD", "pw"}};
  const LoadedConfig from_variables = Load(alone);
  EXPECT_EQ(from_variables.sides, Sides::kCapture);
  EXPECT_THAT(ProblemsOf(from_variables), IsEmpty());
  EXPECT_THAT(from_variables.config.skipped_operations, ElementsAre("none"));
  EXPECT_THAT(RenderValues(from_variables, false), Not(HasSubstr("pw")));
}

TEST(CaptureConfig, ADebeziumUsersSpellingIsReadAsItIs) {
  const LoadedConfig loaded = LoadText(std::string(kCapture) +
                                       "table.include.list: public.a,public.b\n"
                                       "heartbeat.interval.ms: 3000\n"
                                       "column.mask.with.12.chars: public.a.x,public.a.y\n"
                                       "column: {truncate: {to: {20.chars: public.b.z}}}\n"
                                       "column.mask.hash.SHA-256.with.salt.a.b: public.a.s\n"
                                       "column.mask.hash.v2: {MD5.with.salt.c: public.a.t}\n"
                                       "message.key.columns: public.a:k,l;(.*).log:m\n"
                                       "skipped.operations: c,d\n");
  ASSERT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_THAT(loaded.config.table_include_list, ElementsAre("public.a", "public.b"));
  EXPECT_EQ(loaded.config.heartbeat_interval_us, 3'000'000);
  EXPECT_THAT(loaded.config.skipped_operations, ElementsAre("c", "d"));

  const auto rules = ColumnRules(loaded.config);
  ASSERT_TRUE(rules.ok());
  ASSERT_EQ(rules->size(), 4U);
  EXPECT_EQ((*rules)[0].kind, ColumnRule::Kind::kMask);
  EXPECT_EQ((*rules)[0].chars, 12);
  EXPECT_THAT((*rules)[0].columns, ElementsAre("public.a.x", "public.a.y"));
  EXPECT_EQ((*rules)[1].kind, ColumnRule::Kind::kHash);
  EXPECT_EQ((*rules)[1].algorithm, "SHA-256");
  EXPECT_EQ((*rules)[1].salt, "a.b");
  EXPECT_EQ((*rules)[2].kind, ColumnRule::Kind::kHashV2);
  EXPECT_EQ((*rules)[2].algorithm, "MD5");
  EXPECT_EQ((*rules)[3].kind, ColumnRule::Kind::kTruncate);
  EXPECT_EQ((*rules)[3].chars, 20);

  const auto keys = MessageKeys(loaded.config);
  ASSERT_TRUE(keys.ok());
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[1].table, "(.*).log");
  EXPECT_THAT((*keys)[0].columns, ElementsAre("k", "l"));
}

TEST(CaptureConfig, StatementsOfSnapshotsBecomeConditions) {
  const LoadedConfig loaded =
      LoadText(std::string(kCapture) +
               "snapshot.select.statement.overrides:\n"
               "  public.a: SELECT * FROM public.a WHERE x > 1 AND y IN (SELECT 1);\n"
               "  public.b: \"select *\\nfrom public.\\\"b\\\"\\nwhere\\n a = ';'\"\n"
               "  public.c: select * from public.c\n");
  ASSERT_THAT(ProblemsOf(loaded), IsEmpty());
  const auto conditions = SnapshotConditions(loaded.config);
  ASSERT_TRUE(conditions.ok());
  EXPECT_THAT(*conditions, ElementsAre(Pair("public.a", "x > 1 AND y IN (SELECT 1)"),
                                       Pair("public.b", "a = ';'"), Pair("public.c", "")));
  for (const char* text : {"SELECT id FROM public.a", "DELETE", "''", "SELECT *"}) {
    EXPECT_THAT(
        ProblemsWith(std::string("snapshot.select.statement.overrides.public.a: ") + text + "\n"),
        ElementsAre(AllOf(HasSubstr("snapshot.select.statement.overrides.public.a: expected"),
                          HasSubstr("f.yaml:4:"))))
        << text;
  }
}

TEST(CaptureConfig, TheSaltOfAHashIsNeverShownAndItsColumnsAre) {
  const std::string salted = "column.mask.hash.SHA-256.with.salt.Salt-secret-1: public.a.email\n";
  const LoadedConfig loaded = LoadText(std::string(kCapture) + salted);
  ASSERT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.column_mask_hash[0].first, "SHA-256.with.salt.Salt-secret-1");
  for (const std::string& text : {RenderValues(loaded, true), RenderValuesJson(loaded)}) {
    EXPECT_THAT(text, Not(HasSubstr("Salt-secret-1")));
    EXPECT_THAT(text, HasSubstr("SHA-256.with.salt.[secret]"));
    EXPECT_THAT(text, HasSubstr("public.a.email"));
  }
  for (const std::string& problem :
       ProblemsWith("column.mask.hash.SHA-3.with.salt.Salt-secret-1: a\n")) {
    EXPECT_THAT(problem, Not(HasSubstr("Salt-secret-1")));
  }
}

TEST(SnapshotStatement, OfWhatDebeziumTakesOnlyTheConditionCounts) {
  const std::map<std::string, std::string> cases = {
      {"SELECT * FROM public.a", ""},
      {"select * from a;", ""},
      {"SELECT * FROM db.public.\"a\" ORDER BY id DESC", ""},
      {"SELECT * FROM public.a WHERE x > 1 ORDER BY id DESC, (y);", "x > 1"},
      {"SELECT * FROM public.A WHERE id IN (SELECT 1 ORDER BY 1 LIMIT 2)",
       "id IN (SELECT 1 ORDER BY 1 LIMIT 2)"},
      {"SELECT * FROM a WHERE note = 'x -- LIMIT; '' /*' AND a.limit > 0",
       "note = 'x -- LIMIT; '' /*' AND a.limit > 0"},
      {"SELECT * FROM a WHERE note = E'\\'; LIMIT' OR note = $q$ORDER BY'$q$",
       "note = E'\\'; LIMIT' OR note = $q$ORDER BY'$q$"},
      {"SELECT * FROM a WHERE \"order\" = 1 AND \"for\"", "\"order\" = 1 AND \"for\""},
  };
  for (const auto& [statement, condition] : cases) {
    const auto read = SnapshotCondition("public.a", statement);
    ASSERT_TRUE(read.ok()) << statement << ": " << read.error().what;
    EXPECT_EQ(*read, condition) << statement;
  }
}

TEST(SnapshotStatement, WhatATableInPiecesCannotDoIsRefused) {
  const std::map<std::string, std::string> cases = {
      {"SELECT * FROM public.a LIMIT 5", "LIMIT is not supported"},
      {"SELECT * FROM public.a WHERE x ORDER BY id OFFSET 2", "OFFSET is not supported"},
      {"SELECT * FROM public.a WHERE x UNION SELECT * FROM b", "UNION is not supported"},
      {"SELECT * FROM public.a GROUP BY x", "GROUP is not supported"},
      {"SELECT * FROM public.a WHERE x FOR UPDATE", "FOR is not supported"},
      {"SELECT * FROM public.a WHERE x -- all", "a comment"},
      {"SELECT * FROM public.a WHERE x /* all */", "a comment"},
      {"SELECT * FROM public.a; DELETE FROM public.a", "several statements"},
      {"SELECT * FROM public.b WHERE x", "the statement reads public.b"},
      {"SELECT * FROM public.\"A\"", "the statement reads public.A"},
      {"SELECT * FROM other.a", "the statement reads other.a"},
      {"SELECT * FROM public.a JOIN b ON true", "other tables"},
      {"SELECT * FROM public.a, b", "other tables"},
      {"SELECT * FROM public.a t WHERE t.id < 10", "an alias"},
      {"SELECT * FROM public.a AS t", "an alias"},
      {"SELECT * FROM public.a WHERE", "no condition"},
      {"SELECT * FROM public.a WHERE (x", "not closed"},
      {"SELECT * FROM public.a WHERE x) OR (y", "not opened"},
      {"SELECT * FROM public.a WHERE x = 'y", "not ended"},
      {"SELECT * FROM public.a WHERE x = $$y", "not ended"},
  };
  for (const auto& [statement, why] : cases) {
    const auto read = SnapshotCondition("public.a", statement);
    ASSERT_FALSE(read.ok()) << statement << ": " << *read;
    EXPECT_THAT(read.error().what, HasSubstr(why)) << statement;
  }
}

TEST(CaptureConfig, EveryPairAndNameThatAServerWouldRefuseIsToldHere) {
  const std::map<std::string, std::string> cases = {
      {"slot.name: My-Slot\n", "expected 1 to 63 of a-z, 0-9 and _"},
      {"publication.name: ''\n", "expected a name of 1 to 63 bytes"},
      {"topic.delimiter: /\n", "expected letters, digits"},
      {"capture.positions.topic: 'a b'\n", "expected letters, digits"},
      {"table.include.list: a\ntable.exclude.list: b\n", "only one of both may be"},
      {"schema.include.list: a\nschema.exclude.list: b\n", "only one of both may be"},
      {"column.include.list: a\ncolumn.exclude.list: b\n", "only one of both may be"},
      {"table.include.list: ['public.(a']\n", "is no regular expression"},
      {"table.include.list: 'public.a,'\n", "a comma too many"},
      {"compat.debezium: ['[']\n", "is no regular expression"},
      {"table.include.list: ['public\\.[a-z&&[^x]]+pk']\n", "the intersection of classes, &&"},
      {"column.mask.with.2.chars: '\\p{IsAlphabetic}+'\n", "\\p{IsAlphabetic} is not supported"},
      {"message.key.columns: '\\p{Lower}:id'\n", "\\p{Lower} is not supported"},
      {"skipped.operations: [t, none]\n", "expected none alone"},
      {"skipped.operations: [t, x]\n", "got \"x\", expected a list of c, u, d, t, none"},
      {"column.mask.with.12: a.b.c\n", "column.mask.with.12: expected N.chars"},
      {"column.truncate.to.-1.chars: a.b.c\n", "column.truncate.to.-1.chars: expected N.chars"},
      {"column.mask.with.2.chars: ''\n", "got no columns"},
      {"column.mask.with.2.chars: '('\n", "is no regular expression"},
      {"column.mask.hash.SHA-3.with.salt.x: a\n", "algorithms are MD5"},
      {"column.mask.hash.MD5.with.salt.: a\n", "algorithms are MD5"},
      {"column.mask.hash.MD5.with.salt.x: [a, b]\n", "got a list, expected text"},
      {"message.key.columns: public.a\n", "expected TABLE:COLUMN,COLUMN"},
      {"message.key.columns: 'public.(:a'\n", "is no regular expression"},
      {"topic.routing.regex: x\n", "need each other"},
      {"topic.routing: {regex: '(', replacement: y}\n", "is no regular expression"},
      {"topic.routing: {regex: '(a)', replacement: $2}\n", "no group of the expression"},
      {"database.sslcert: c\n", "need each other"},
      {"heartbeat.action.query: SELECT 1\n", "set heartbeat.interval.ms too"},
      {"capture.guardian.interval: 100ms\n", "capture.guardian.interval"},
      {"heartbeat.interval.ms: 10s\n", "expected a number of milliseconds from 0 to 86400000"},
      {"topic.creation.default.partitions: 0\n", "expected -1 or at least 1"},
      {"producer.batch.size: 2MiB\nproducer.buffer.memory: 1MiB\nproducer.max.request.size: 1MiB\n",
       "expected at most producer.buffer.memory (1MiB)"},
      {"plugin.name: decoderbufs\n", "got \"decoderbufs\", expected pgoutput"},
      {"snapshot.mode: never\n", "expected one of initial, initial_only"},
      {"memory.limit: 40MiB\n", "expected at least 68MiB: producer.buffer.memory + "},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_THAT(ProblemsWith(text), ElementsAre(HasSubstr(expected))) << text;
  }
}

TEST(CaptureConfig, WhatOneHalfWritesTheOtherMustUnderstand) {
  const std::string both =
      std::string(kCapture) + kIndex + "unavailable.value.placeholder: missing\n";
  EXPECT_THAT(ProblemsOf(LoadText(both)),
              ElementsAre(AllOf(HasSubstr("event.unavailable.value.placeholder"),
                                HasSubstr("unavailable.value.placeholder (missing)"))));
  EXPECT_THAT(ProblemsOf(LoadText(both, Sides::kCapture)), IsEmpty());
}

TEST(CaptureConfig, TheMemoryOfEachSideIsItsOwn) {
  const Config config = LoadText(std::string(kCapture) + kIndex).config;
  const Config threads =
      LoadText(std::string(kCapture) + kIndex + "snapshot.max.threads: 4\n").config;
  const int64_t mib = 1 << 20;
  const int64_t divergent = 20'000 * 768;  // ids that may be known at once, and what each takes
  EXPECT_EQ(MemorySum(config, Sides::kIndex), 62 * mib + divergent);
  EXPECT_EQ(MemorySum(config, Sides::kCapture), 68 * mib);
  EXPECT_EQ(MemorySum(config, Sides::kRun), (62 + 68 - 24) * mib + divergent)
      << "the fixed part counts once";
  EXPECT_EQ(MemorySum(threads, Sides::kCapture) - MemorySum(config, Sides::kCapture), 12 * mib);
  EXPECT_EQ(MemorySum(threads, Sides::kIndex), MemorySum(config, Sides::kIndex));
}

TEST(CaptureConfig, ShownValuesAreThoseOfTheSideAndTellIt) {
  const LoadedConfig capture = LoadText(std::string(kCapture) + "bulk.linger: 7ms\n");
  const std::string text = RenderValues(capture, true);
  EXPECT_THAT(text, HasSubstr("topic.prefix: cdc"));
  EXPECT_THAT(text, HasSubstr("f.yaml:3:15 (capture)\n"));
  EXPECT_THAT(text, HasSubstr("(all)\n"));
  EXPECT_THAT(text, HasSubstr("bulk.linger: 7ms")) << "set, though of the other side";
  EXPECT_THAT(text, Not(HasSubstr("bulk.max.bytes")));
  EXPECT_THAT(RenderValuesJson(capture),
              HasSubstr("{\"path\":\"topic.prefix\",\"value\":\"cdc\",\"side\":\"capture\""));

  const LoadedConfig again = LoadText(text);
  EXPECT_THAT(ProblemsOf(again), IsEmpty());
  EXPECT_EQ(again.sides, Sides::kCapture);
  EXPECT_EQ(RenderValues(again, false), RenderValues(capture, false));
}

TEST(CaptureConfig, ListsJoinedWithCommasAreReadBackAsTheyWere) {
  const LoadedConfig loaded =
      LoadText(std::string(kCapture) + "table.include.list: ['public.x{1,3}', public.b]\n");
  ASSERT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(JoinCommas(loaded.config.table_include_list), "public.x{1\\,3},public.b");
}

}  // namespace
}  // namespace sluice::config
