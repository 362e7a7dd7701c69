#include "adapters/debezium/stream_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

constexpr std::string_view kEnvelope =
    R"({"before":null,"after":{"id":1},"source":{"ts_ms":5},"op":"u","ts_ms":6})";

StreamOptions Outbox(DocumentIdentity identity = DocumentIdentity::kKey) {
  StreamOptions options;
  options.document_topics = R"(outbox\.event\..*|plain)";
  options.documents.identity = identity;
  return options;
}

TEST(StreamDecoder, ReadsEachTopicByWhatItHolds) {
  StreamDecoder decoder(Outbox());
  decoder.Bind(PartitionSlot{0}, {"cdc.public.users", 0});
  decoder.Bind(PartitionSlot{1}, {"outbox.event.user", 0});
  ChangeEvent event;
  for (int i = 0; i < 2; ++i) {
    decoder.Decode(MakeRecord("1", kEnvelope, 0), event);
    EXPECT_EQ(event.kind, EventKind::kUpdate);
    EXPECT_EQ(event.after, R"({"id":1})");
    decoder.Decode(MakeRecord("1", kEnvelope, 1), event);
    EXPECT_EQ(event.kind, EventKind::kCreate);
    EXPECT_EQ(event.after, kEnvelope);
    decoder.Decode(MakeRecord("1", "{}", 0), event);
    EXPECT_EQ(EventText(event), R"(reject not_an_envelope key=["1"])");
    EXPECT_FALSE(event.wants_id);
  }
}

TEST(StreamDecoder, TheExpressionIsOverWholeNames) {
  StreamDecoder decoder(Outbox());
  const std::vector<std::pair<std::string, bool>> topics = {
      {"outbox.event.user", true}, {"outbox.event.", true},     {"plain", true},
      {"plain.", false},           {"a.outbox.event.u", false}, {"outbox-event.user", false},
  };
  for (uint32_t slot = 0; slot < topics.size(); ++slot) {
    decoder.Bind(PartitionSlot{slot}, {topics[slot].first, 0});
    EXPECT_EQ(decoder.HoldsDocuments(PartitionSlot{slot}), topics[slot].second)
        << topics[slot].first;
  }
  StreamDecoder none;
  none.Bind(PartitionSlot{0}, {"plain", 0});
  none.Bind(PartitionSlot{1}, {"", 0});
  EXPECT_FALSE(none.HoldsDocuments(PartitionSlot{0}));
  EXPECT_FALSE(none.HoldsDocuments(PartitionSlot{1})) << "no expression names nothing";
}

TEST(StreamDecoder, WhatIsToldOfARecordGoesToItsOwnReader) {
  StreamDecoder decoder(Outbox(DocumentIdentity::kHeader));
  decoder.Bind(PartitionSlot{0}, {"cdc.public.users", 0});
  decoder.Bind(PartitionSlot{1}, {"plain", 0});
  ChangeEvent event;
  const std::vector<std::string> names = {"id"};
  decoder.Decode(MakeRecord("1", kEnvelope, 0), event);
  EXPECT_TRUE(decoder.SetUnchanged(names, event));
  ASSERT_EQ(event.unchanged.size(), 1U);
  decoder.Decode(MakeRecord("1", R"({"id":1})", 1), event);
  ASSERT_TRUE(event.wants_id);
  decoder.SetId("e-1", event);
  EXPECT_EQ(event.key.front().text, "e-1");
  EXPECT_FALSE(decoder.SetUnchanged(names, event)) << "a document has no columns";
  EXPECT_TRUE(decoder.SetUnchanged({}, event));
}

TEST(StreamDecoder, ThePositionIsThatOfTheBoundPartition) {
  StreamDecoder decoder(Outbox(DocumentIdentity::kPosition));
  decoder.Bind(PartitionSlot{0}, {"plain", 3});
  decoder.Bind(PartitionSlot{1}, {"plain", 4});
  ChangeEvent event;
  Record record = MakeRecord(std::nullopt, "{}", 1);
  record.offset = Offset{9};
  decoder.Decode(record, event);
  EXPECT_EQ(event.key.front().text, "plain-4-9");
}

TEST(StreamDecoder, ASlotThatNobodyToldOfIsNotGuessedAt) {
  StreamDecoder decoder(Outbox());
  decoder.Bind(PartitionSlot{2}, {"plain", 0});
  ChangeEvent event;
  EXPECT_DEATH(decoder.Decode(MakeRecord("1", "{}", 1), event), "bound");
  EXPECT_DEATH(decoder.Decode(MakeRecord("1", "{}", 3), event), "bound");
}

}  // namespace
}  // namespace sluice::debezium
