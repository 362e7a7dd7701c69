#include "adapters/debezium/describe.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

TEST(RecordDescriber, TellsEverythingOfARow) {
  RecordDescriber describer;
  const RecordDescription d = describer.Describe(MakeRecord(
      R"({"schema":{"type":"struct"},"payload":{"tenant_id":7,"n\u0061me":"x"}})",
      R"({"before":{"id":1},"after":{"id":2,"bio":"__debezium_unavailable_value"},)"
      R"("source":{"connector":"postgresql","ts_ms":12,"snapshot":"incremental","db":"shop",)"
      R"("schema":"public","table":"Weird \"t\"","txId":751,"lsn":24023128,"xmin":null},)"
      R"("transaction":null,"op":"u","ts_ms":13,"ts_us":13000,"ts_ns":13000000})"));
  EXPECT_EQ(d.kind, EventKind::kUpdate);
  EXPECT_EQ(d.op, "u");
  EXPECT_TRUE(d.key_with_schema);
  EXPECT_FALSE(d.value_with_schema);
  ASSERT_EQ(d.key.size(), 2U);
  EXPECT_EQ(d.key[0].name, "tenant_id");
  EXPECT_EQ(d.key[0].text, "7");
  EXPECT_EQ(d.key[1].name, "name");
  EXPECT_EQ(d.db, "shop");
  EXPECT_EQ(d.schema, "public");
  EXPECT_EQ(d.table, "Weird \"t\"");
  EXPECT_EQ(d.connector, "postgresql");
  EXPECT_EQ(d.snapshot, "incremental");
  EXPECT_EQ(d.tx_id, 751);
  EXPECT_EQ(d.lsn, 24023128);
  EXPECT_EQ(d.source_ms, 12);
  EXPECT_EQ(d.envelope_ms, 13);
  EXPECT_EQ(d.before, R"({"id":1})");
  EXPECT_EQ(d.after, R"({"id":2,"bio":"__debezium_unavailable_value"})");
  EXPECT_EQ(d.unchanged, std::vector<std::string>{"bio"});
}

TEST(RecordDescriber, ARejectedRecordIsDescribedAsFarAsItGoes) {
  RecordDescriber describer;
  RecordDescription d = describer.Describe(
      MakeRecord(std::nullopt, R"({"after":{"a":1},"source":{"table":"nopk"},"op":"c"})"));
  EXPECT_EQ(d.kind, EventKind::kReject);
  EXPECT_EQ(d.reject, RejectReason::kNullKey);
  EXPECT_EQ(d.op, "c");
  EXPECT_EQ(d.table, "nopk");
  EXPECT_EQ(d.after, R"({"a":1})");
  d = describer.Describe(MakeRecord(R"({"id":5})", "not json"));
  EXPECT_EQ(d.reject, RejectReason::kBadJson);
  ASSERT_EQ(d.key.size(), 1U);
  EXPECT_EQ(d.key[0].text, "5");
  EXPECT_EQ(d.op, "");
}

TEST(RecordDescriber, TombstonesAndHeartbeats) {
  RecordDescriber describer;
  EXPECT_EQ(describer.Describe(MakeRecord("abc", std::nullopt)).kind, EventKind::kTombstone);
  EXPECT_EQ(describer.Describe(MakeRecord("abc", std::nullopt)).key[0].name, "");
  const RecordDescription d =
      describer.Describe(MakeRecord(R"({"serverName":"shop"})", R"({"ts_ms":1772360130300})"));
  EXPECT_EQ(d.kind, EventKind::kSkip);
  EXPECT_EQ(d.skip, SkipRule::kHeartbeat);
  EXPECT_EQ(d.envelope_ms, 1772360130300);
}

}  // namespace
}  // namespace sluice::debezium
