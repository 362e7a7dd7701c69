// Whatever bytes stand in the place of a value, what is written is JSON.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <random>

#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

constexpr int kTypes = static_cast<int>(ColumnType::kOther) + 1;

/// Values as PostgreSQL prints them, to be damaged.
const std::vector<std::string>& Samples() {
  static const std::vector<std::string> samples = {
      "t",
      "-32768",
      "9223372036854775807",
      "1.1",
      "1e+300",
      "-Infinity",
      "NaN",
      "12345678901234567890.0987654321",
      "-$1,234.56",
      "a \"text\" é😀",
      "\\x00ff7f80",
      "10100101",
      "2026-02-28",
      "0044-03-15 BC",
      "23:59:59.999999",
      "04:05:06.789-08",
      "2026-02-28 12:34:56.789012",
      "2026-02-28 07:04:56.789012+00",
      "infinity",
      "1 year 2 mons -3 days +04:05:06.5",
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
      R"("a"=>"1", "q\""=>"x", "b c"=>NULL)",
      "(1.5,-2)",
      "(1,1),(0,0)",
      "[(0,0),(1,1)]",
      "((0,0),(1,1),(1,0))",
      "<(0,0),5>",
      "{1,2,3}",
      "[1,2.5]",
      "{1:1.5,3:2}/5",
      "0101000020E6100000000000000000F03F0000000000000040",
      R"((1,"a ""b""",,))",
      R"({1,NULL,"a\"b",{2}})",
      "{{1,2},{3,4}}",
      "[0:1]={7,8}",
      ""};
  return samples;
}

std::string Damaged(std::mt19937_64& random) {
  const auto below = [&random](size_t bound) { return random() % bound; };
  std::string text = Samples()[below(Samples().size())];
  if (below(4) == 0) text.clear();
  for (size_t edits = below(6); edits > 0; --edits) {
    const size_t at = below(text.size() + 1);
    const char byte =
        below(2) == 0 ? static_cast<char>(below(256)) : "\"\\{}[](),;:-+.0eN"[below(17)];
    switch (below(3)) {
      case 0: text.insert(at, 1, byte); break;
      case 1:
        if (at < text.size()) text[at] = byte;
        break;
      default: text.erase(at, below(4) + 1);
    }
  }
  return text;
}

EncoderOptions RandomOptions(std::mt19937_64& random) {
  EncoderOptions options;
  options.decimal = static_cast<DecimalMode>(random() % 3);
  options.time = static_cast<TimeMode>(random() % 6);
  options.interval = static_cast<IntervalMode>(random() % 2);
  options.binary = static_cast<BinaryMode>(random() % 4);
  options.hstore = static_cast<HstoreMode>(random() % 2);
  options.unknown_types = true;
  options.key_schemas = options.value_schemas = random() % 4 == 0;
  const Fidelity fidelity = static_cast<Fidelity>(random() % 2);
  options.fidelity = [fidelity](const Table&) { return fidelity; };
  return options;
}

/// A table with a column of each type, and of each type's arrays.
Table EveryType(std::mt19937_64& random) {
  Table table;
  table.schema = "s\"";
  table.name = "t\n";
  for (int i = 0; i < 2 * kTypes; ++i) {
    Column column = MakeColumn("c\"" + std::to_string(i), static_cast<ColumnType>(i % kTypes));
    column.array = i >= kTypes;
    column.scale = static_cast<int32_t>(random() % 8) - 1;
    column.length = static_cast<int32_t>(random() % 20) - 1;
    column.optional = random() % 2 == 0;
    if (random() % 2 == 0) column.default_text = Damaged(random);
    column.default_computed = random() % 2 == 0;
    table.columns.push_back(std::move(column));
  }
  table.key = {1, 9, static_cast<uint32_t>(kTypes)};
  return table;
}

uint64_t Seed() {
  const char* const given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

TEST(EncoderDamage, AnyBytesGiveJson) {
  const uint64_t seed = Seed();
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  simdjson::dom::parser parser;
  for (int round = 0; round < 150; ++round) {
    EnvelopeEncoder encoder(RandomOptions(random));
    const Table table = EveryType(random);
    for (int rows = 0; rows < 4; ++rows) {
      std::vector<std::string> texts(table.columns.size());
      std::vector<ColumnValue> row;
      for (std::string& text : texts) {
        text = Damaged(random);
        const auto kind = random() % 8;
        row.push_back(kind == 0 ? Null() : kind == 1 ? Unchanged() : Sent(text));
      }
      const std::string value(encoder.Value(RowOperation::kUpdate, table, Row(row), Row(row), {}));
      ASSERT_EQ(parser.parse(value).error(), simdjson::SUCCESS) << value;
      const std::string key(*encoder.Key(table, row));
      ASSERT_EQ(parser.parse(key).error(), simdjson::SUCCESS) << key;
      const std::string message(encoder.Message(texts[0], texts[1], {}));
      ASSERT_EQ(parser.parse(message).error(), simdjson::SUCCESS) << message;
    }
  }
}

TEST(EncoderDamage, EveryCutOfAValueGivesJson) {
  simdjson::dom::parser parser;
  std::mt19937_64 random(1);
  for (const Fidelity fidelity : {Fidelity::kCorrect, Fidelity::kCompat}) {
    EncoderOptions options;
    options.fidelity = [fidelity](const Table&) { return fidelity; };
    EnvelopeEncoder encoder(options);
    const Table table = EveryType(random);
    for (const std::string& sample : Samples()) {
      for (size_t size = 0; size <= sample.size(); ++size) {
        const std::string text = sample.substr(0, size);
        const std::vector<ColumnValue> row(table.columns.size(), Sent(text));
        const std::string value(encoder.Value(RowOperation::kCreate, table, {}, Row(row), {}));
        ASSERT_EQ(parser.parse(value).error(), simdjson::SUCCESS) << text << "\n" << value;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::debezium
