#include "adapters/postgres/pgoutput_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/unit/postgres/wire.h"

namespace sluice::postgres {
namespace {

using testing::Wire;
using Kind = PgoutputMessage::Kind;
using Old = PgoutputMessage::Old;
using Value = ColumnValue::Kind;

Wire Begin() {
  return Wire().Letter('B').U64(0x16B374D848).U64(0).U32(771);
}
Wire Commit() {
  return Wire().Letter('C').U8(0).U64(100).U64(148).U64(1'000'000);
}
Wire Relation() {
  return Wire()
      .Letter('R')
      .U32(16'384)
      .Text("public")
      .Text("users")
      .Letter('d')
      .U16(2)
      .U8(1)
      .Text("id")
      .U32(20)
      .U32(0xFFFFFFFF)
      .U8(0)
      .Text("amount")
      .U32(1'700)
      .U32(786'438);
}
Wire Insert() {
  return Wire().Letter('I').U32(16'384).Letter('N').Row({"1", std::nullopt, ""});
}
Wire Update() {
  return Wire()
      .Letter('U')
      .U32(16'384)
      .Letter('K')
      .Row({"1", std::nullopt, std::nullopt})
      .Letter('N')
      .Row({"2", std::string(Wire::kUnchanged), "x"});
}
Wire Delete() {
  return Wire().Letter('D').U32(16'384).Letter('O').Row({"1", "2", "3"});
}
Wire Truncate() {
  return Wire().Letter('T').U32(2).U8(3).U32(16'384).U32(16'390);
}
Wire Message() {
  return Wire().Letter('M').U8(1).U64(0x1530DD0).Text("app").U32(5).Raw({"a\0b\nc", 5});
}
Wire Origin() {
  return Wire().Letter('O').U64(7).Text("elsewhere");
}
Wire Type() {
  return Wire().Letter('Y').U32(16'400).Text("public").Text("mood");
}

std::vector<std::string> Every() {
  return {Begin().bytes(),  Commit().bytes(), Relation().bytes(), Insert().bytes(),
          Update().bytes(), Delete().bytes(), Truncate().bytes(), Message().bytes(),
          Origin().bytes(), Type().bytes()};
}

class PgoutputDecoderTest : public ::testing::Test {
 protected:
  const PgoutputMessage& Decode(const Wire& wire) {
    bytes_ = wire.bytes();
    EXPECT_TRUE(decoder_.Decode(bytes_, message_)) << decoder_.error();
    return message_;
  }
  bool Refuses(const std::string& bytes) {
    bytes_ = bytes;
    return !decoder_.Decode(bytes_, message_);
  }

  std::string bytes_;
  PgoutputDecoder decoder_;
  PgoutputMessage message_;
};

TEST_F(PgoutputDecoderTest, BeginTellsWhereAndWhenTheCommitStands) {
  const auto& message = Decode(Begin());
  EXPECT_EQ(message.kind, Kind::kBegin);
  EXPECT_EQ(message.lsn.value, 0x16B374D848U);
  EXPECT_EQ(message.time_us, 946'684'800'000'000);
  EXPECT_EQ(message.transaction_id, 771U);
}

TEST_F(PgoutputDecoderTest, CommitTellsItsEnd) {
  const auto& message = Decode(Commit());
  EXPECT_EQ(message.kind, Kind::kCommit);
  EXPECT_EQ(message.lsn.value, 100U);
  EXPECT_EQ(message.end.value, 148U);
  EXPECT_EQ(message.time_us, 946'684'801'000'000);
}

TEST_F(PgoutputDecoderTest, ATimeOutOfRangeDoesNotWrap) {
  const auto& message = Decode(Wire().Letter('B').U64(1).U64(0x7FFFFFFFFFFFFFFF).U32(1));
  EXPECT_EQ(message.time_us, INT64_MAX);
}

TEST_F(PgoutputDecoderTest, RelationTellsColumnsWithTypeModifierAndIdentity) {
  const auto& message = Decode(Relation());
  EXPECT_EQ(message.kind, Kind::kRelation);
  EXPECT_EQ(message.relation, 16'384U);
  EXPECT_EQ(message.schema, "public");
  EXPECT_EQ(message.name, "users");
  EXPECT_EQ(message.identity, 'd');
  ASSERT_EQ(message.columns.size(), 2U);
  EXPECT_EQ(message.columns[0].name, "id");
  EXPECT_EQ(message.columns[0].modifier, -1);
  EXPECT_TRUE(message.columns[0].identity);
  EXPECT_EQ(message.columns[1].type, 1'700U);
  EXPECT_EQ(message.columns[1].modifier, 786'438);
  EXPECT_FALSE(message.columns[1].identity);
}

TEST_F(PgoutputDecoderTest, AnEmptySchemaIsTheCatalogue) {
  EXPECT_EQ(Decode(Wire().Letter('Y').U32(5).Text("").Text("t")).schema, "pg_catalog");
}

TEST_F(PgoutputDecoderTest, NullAndEmptyAndUnchangedAreThreeThings) {
  const auto& insert = Decode(Insert());
  EXPECT_EQ(insert.kind, Kind::kInsert);
  ASSERT_EQ(insert.new_row.size(), 3U);
  EXPECT_EQ(insert.new_row[0].text, "1");
  EXPECT_EQ(insert.new_row[1].kind, Value::kNull);
  EXPECT_EQ(insert.new_row[2].kind, Value::kText);
  EXPECT_EQ(insert.new_row[2].text, "");
  EXPECT_EQ(Decode(Update()).new_row[1].kind, Value::kUnchanged);
}

TEST_F(PgoutputDecoderTest, OldRowsAreKeysOrWhole) {
  EXPECT_EQ(Decode(Update()).old, Old::kKey);
  EXPECT_EQ(message_.old_row.size(), 3U);
  EXPECT_EQ(Decode(Delete()).old, Old::kWhole);
  EXPECT_EQ(message_.old_row[2].text, "3");
  EXPECT_EQ(Decode(Wire().Letter('U').U32(1).Letter('N').Row({"1"})).old, Old::kNothing);
}

TEST_F(PgoutputDecoderTest, TruncateTellsAllTables) {
  EXPECT_THAT(Decode(Truncate()).relations, ::testing::ElementsAre(16'384, 16'390));
}

TEST_F(PgoutputDecoderTest, MessagesAreCountedNotEndedByZero) {
  const auto& message = Decode(Message());
  EXPECT_TRUE(message.transactional);
  EXPECT_EQ(message.name, "app");
  EXPECT_EQ(message.content, std::string_view("a\0b\nc", 5));
  EXPECT_EQ(message.lsn.value, 0x1530DD0U);
}

TEST_F(PgoutputDecoderTest, OriginAndTypeAreRead) {
  EXPECT_EQ(Decode(Origin()).name, "elsewhere");
  EXPECT_EQ(Decode(Type()).name, "mood");
}

TEST_F(PgoutputDecoderTest, RefusesEachMessageCutAtEachLength) {
  for (const std::string& whole : Every()) {
    for (size_t size = 0; size < whole.size(); ++size) {
      // Memory of exactly that size: a sanitizer sees a read beyond it.
      const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_FALSE(decoder_.Decode({cut.data(), cut.size()}, message_))
          << whole[0] << " cut at " << size;
    }
    EXPECT_TRUE(Refuses(whole + "x")) << whole[0];
  }
}

TEST_F(PgoutputDecoderTest, RefusesWhatIsNotOfVersionOne) {
  for (const char kind : {'S', 'E', 'c', 'A', 'b', 'P', 'K', 'r', 'p', '\0'}) {
    EXPECT_TRUE(Refuses(std::string(1, kind) + std::string(64, '\0'))) << kind;
  }
  EXPECT_TRUE(Refuses(Wire().Letter('I').U32(1).Letter('N').U16(1).Letter('b').U32(0).bytes()));
  EXPECT_THAT(decoder_.error(), ::testing::HasSubstr("pgoutput"));
}

TEST_F(PgoutputDecoderTest, ACountThatCannotBeMakesNoRoom) {
  EXPECT_TRUE(Refuses(Wire().Letter('T').U32(0xFFFFFFFF).U8(0).U32(1).bytes()));
  EXPECT_TRUE(Refuses(Wire().Letter('M').U8(0).U64(1).Text("p").U32(0xFFFFFFFF).bytes()));
}

/// Whatever is changed in a message, what is told lies inside of it.
TEST_F(PgoutputDecoderTest, MutatedMessagesAreReadInsideOrRefused) {
  std::mt19937 random(20'260'301);  // NOLINT(cert-msc51-cpp): repeatable
  const auto inside = [](std::string_view text, const std::vector<char>& bytes) {
    return text.empty() || text == "pg_catalog" ||
           (text.data() >= bytes.data() &&
            text.data() + text.size() <= bytes.data() + bytes.size());
  };
  const std::vector<std::string> every = Every();
  int read = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string& whole = every[random() % every.size()];
    std::vector<char> bytes(whole.begin(), whole.end());
    for (unsigned change = 0; change <= random() % 3; ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    PgoutputMessage message;
    if (!decoder_.Decode({bytes.data(), bytes.size()}, message)) continue;
    ++read;
    const auto look = [&](std::span<const ColumnValue> row) {
      for (const ColumnValue& value : row) {
        if (value.kind == Value::kText) {
          ASSERT_TRUE(inside(value.text, bytes)) << round;
        }
      }
    };
    if (message.kind == Kind::kInsert || message.kind == Kind::kUpdate) look(message.new_row);
    if (message.old != Old::kNothing) look(message.old_row);
    if (message.kind == Kind::kMessage)
      look(std::array{ColumnValue{Value::kText, message.content}});
    if (message.kind == Kind::kRelation) {
      for (const RelationColumn& column : message.columns) ASSERT_TRUE(inside(column.name, bytes));
    }
  }
  EXPECT_GT(read, 1'000) << "most mutations were refused: nothing was looked at";
}

}  // namespace
}  // namespace sluice::postgres
