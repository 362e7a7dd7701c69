#include "adapters/debezium/row_change_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice::debezium {
namespace {

using Kind = ColumnState::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kSource =
    R"("source":{"version":"2.7","connector":"postgresql","name":"bank","ts_ms":1764419480123,)"
    R"("snapshot":"false","db":"d","sequence":"[\"1\",\"2\"]","schema":"bank","table":"holding",)"
    R"("txId":7,"lsn":26739816,"xmin":null})";

std::string Envelope(const std::string& before, const std::string& after, const char* op) {
  return R"({"before":)" + before + R"(,"after":)" + after + "," + kSource + R"(,"op":")" + op +
         R"(","ts_ms":1764419480999,"transaction":null})";
}

class Reader : public ::testing::Test {
 protected:
  RowChange Read(const std::string& value, std::optional<std::string_view> header = std::nullopt) {
    value_ = value;
    Record record;
    record.value = value_;
    RowChange change;
    reader_.Decode(record, header, change);
    return change;
  }

  RowChangeReader reader_{DecoderOptions{}, {"stock", "quantity", "note"}};
  std::string value_;
};

TEST_F(Reader, ReadsBothStatesOfARowWithoutAKey) {
  const RowChange change =
      Read(Envelope(R"({"id":1,"stock":"VFIAX","quantity":10,"note":null})",
                    R"({"id":1,"stock":"SP\u00e9\"","quantity":100,"note":{"a": [1, 2]}})", "u"));
  EXPECT_EQ(change.kind, EventKind::kUpdate);
  EXPECT_THAT(change.before,
              ElementsAre(ColumnState{Kind::kText, "VFIAX"}, ColumnState{Kind::kLiteral, "10"},
                          ColumnState{Kind::kNull, {}}));
  EXPECT_THAT(change.after, ElementsAre(ColumnState{Kind::kText, "SP\u00e9\""},
                                        ColumnState{Kind::kLiteral, "100"},
                                        ColumnState{Kind::kJson, R"({"a":[1,2]})"}));
  EXPECT_EQ(change.commit_ms, 1'764'419'480'123);
  EXPECT_EQ(change.source_position, "26739816");
}

TEST_F(Reader, ReadsTheUsualEnvelopesOfAPartitionAlikeFromTheSecondOn) {
  for (int i = 0; i < 3; ++i) {
    const std::string row = R"({"stock":"A","quantity":)" + std::to_string(i) + R"(,"note":null})";
    const RowChange change = Read(Envelope(row, row, "u"));
    ASSERT_EQ(change.before.size(), 3U);
    EXPECT_EQ(change.before[1].text, std::to_string(i));
    EXPECT_EQ(change.after[1].text, std::to_string(i));
    EXPECT_EQ(change.source_position, "26739816");
  }
}

TEST_F(Reader, AMissingColumnIsMissingAndARowThatWasNotToldIsEmpty) {
  const RowChange created = Read(Envelope("null", R"({"stock":"A"})", "c"));
  EXPECT_THAT(created.before, IsEmpty());
  EXPECT_EQ(created.after[1].kind, Kind::kMissing);
  const RowChange deleted = Read(Envelope(R"({"stock":"A"})", "null", "d"));
  EXPECT_EQ(deleted.kind, EventKind::kDelete);
  EXPECT_THAT(deleted.after, IsEmpty());
  EXPECT_EQ(deleted.before[0].text, "A");
}

TEST_F(Reader, ColumnsThatWereNotSentAreKnownByTheirPlaceholderOrTheHeader) {
  const std::string row = R"({"stock":"__debezium_unavailable_value","quantity":1,"note":"x"})";
  EXPECT_EQ(Read(Envelope(row, row, "u")).after[0].kind, Kind::kUnchanged);
  // The source itself says which: the placeholder is a value then.
  const RowChange change = Read(Envelope(row, row, "u"), "1;5000;1764000000;u=note");
  EXPECT_EQ(change.after[0].kind, Kind::kText);
  EXPECT_EQ(change.after[2].kind, Kind::kUnchanged);
  EXPECT_EQ(Read(Envelope(row, row, "u"), "1;5000;1764000000;u=nowhere").reject,
            RejectReason::kBadHeader);
}

TEST_F(Reader, WhatIsNoChangeSaysSo) {
  EXPECT_EQ(Read(Envelope("null", R"({"stock":"A"})", "r")).kind, EventKind::kRead);
  EXPECT_EQ(Read(Envelope("null", "null", "t")).kind, EventKind::kTruncate);
  EXPECT_EQ(Read("null").kind, EventKind::kTombstone);
  EXPECT_EQ(Read(R"({"ts_ms":5})").kind, EventKind::kSkip);
  EXPECT_EQ(Read("nonsense").reject, RejectReason::kBadJson);
  EXPECT_EQ(Read(R"({"a":1})").reject, RejectReason::kNotAnEnvelope);
  EXPECT_EQ(Read(Envelope("null", "null", "c")).reject, RejectReason::kMissingAfter);
}

TEST_F(Reader, ChangesOfOnePlaceAreToldApartByTheirRow) {
  EXPECT_EQ(Read(Envelope("null", R"({"stock":"A"})", "c")).row, R"({"stock":"A"})");
  EXPECT_EQ(Read(Envelope(R"({"stock":"A"})", "null", "d")).row, R"({"stock":"A"})");
  Record record;
  record.key = R"({"id":7})";
  value_ = Envelope("null", R"({"stock":"A"})", "c");
  record.value = value_;
  RowChange change;
  reader_.Decode(record, std::nullopt, change);
  EXPECT_EQ(change.row, R"({"stock":"A"})") << "a key of a configuration may be of several rows";
}

TEST_F(Reader, TellsSourcesApartByTheirNamesAndDatabases) {
  const std::string value = Envelope("null", R"({"stock":"A"})", "c");
  const std::string first(Read(value).source);
  EXPECT_NE(first, "");
  EXPECT_EQ(Read(value).source, first);
  for (const char* const member : {R"("name":")", R"("db":")"}) {
    std::string other = value;
    other.insert(other.find(member) + std::string_view(member).size(), "x");
    EXPECT_NE(Read(other).source, first) << member;
  }
}

TEST_F(Reader, WithoutAPlaceInTheSourcesLogThereIsNone) {
  std::string value = Envelope("null", R"({"stock":"A"})", "c");
  value.replace(value.find("26739816"), 8, "null");
  EXPECT_EQ(Read(value).source_position, "");
}

TEST_F(Reader, SurvivesEveryCutAndSeededDamage) {
  const std::string whole =
      Envelope(R"({"stock":"A\u00e9","quantity":1,"note":[1,{"b":"c"}]})",
               R"({"stock":"__debezium_unavailable_value","quantity":2,"note":null})", "u");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(Read(whole.substr(0, size)).kind, EventKind::kReject) << size;
  std::mt19937 random(7);
  for (int round = 0; round < 3'000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    const RowChange change = Read(damaged);
    EXPECT_TRUE(change.after.empty() || change.after.size() == 3U) << round;
  }
}

}  // namespace
}  // namespace sluice::debezium
