// The short way through an envelope, against the long one.

#include "adapters/debezium/usual_envelope.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "adapters/debezium/envelope_decoder.h"
#include "tests/unit/debezium/event_text.h"
#include "tests/unit/debezium/golden_records.h"

namespace sluice::debezium {
namespace {

constexpr std::string_view kSource =
    R"({"version":"3.7.0.Final","connector":"postgresql","name":"s1","ts_ms":1772360130123,)"
    R"("snapshot":"false","db":"shop","sequence":"[\"24023040\",\"24023128\"]","table":"orders",)"
    R"("txId":751,"lsn":24023128,"xmin":null})";
constexpr std::string_view kTimes =
    R"("ts_ms":1772360130300,"ts_us":1772360130300112,"ts_ns":1772360130300112000)";

std::string Envelope(std::string_view row, std::string_view op = "u",
                     std::string_view source = kSource, std::string_view times = kTimes) {
  return R"({"before":null,"after":)" + std::string(row) + R"(,"source":)" + std::string(source) +
         R"(,"transaction":null,"op":")" + std::string(op) + "\"," + std::string(times) + "}";
}

/// In memory of the exact size, so that a sanitizer sees a byte read behind it.
std::string Decode(EnvelopeDecoder& decoder, std::string_view value) {
  std::unique_ptr<char[]> exact(new char[value.size()]);  // NOLINT(modernize-avoid-c-arrays)
  value.copy(exact.get(), value.size());
  ChangeEvent event;
  decoder.Decode(MakeRecord(R"({"id":1})", std::string_view(exact.get(), value.size())), event);
  return EventText(event);
}

std::string DecodeAnew(std::string_view value) {
  DecoderOptions options;
  options.kernel = ScanKernel::kPortable;
  EnvelopeDecoder decoder(options);
  return Decode(decoder, value);
}

TEST(UsualEnvelope, ReadsWhatTheLongWayReads) {
  std::mt19937_64 random(TestSeed());
  constexpr std::string_view kBytes = "{}[]\":,\\\n\x01 0019eutcdm5X_\xC3";
  size_t short_ways = 0;
  for (const OwnedRecord& record : AllGolden()) {
    if (!record.value || record.value->starts_with(R"({"schema")")) continue;
    const std::string_view original = *record.value;
    UsualEnvelopeReader usual(UnchangedShapes(std::string(kDefaultPlaceholder)).marks(),
                              FastestScanKernel());
    FrameReader frames(ScanKernel::kPortable);
    ObjectFrame expected;
    if (frames.ReadText(original, expected) != TextShape::kObject) continue;
    usual.Learn(PartitionSlot{0}, original, false, expected);
    for (int i = 0; i < 60; ++i) {
      std::string text(original);
      for (int times = i % 3; times >= 0; --times) {
        const size_t at = random() % text.size();
        if (random() % 2 == 0 && text[at] >= '0' && text[at] <= '9') {
          text[at] = static_cast<char>('0' + random() % 10);
        } else if (i % 4 == 0) {
          text.insert(at, 1, kBytes[random() % kBytes.size()]);
        } else if (i % 4 == 1) {
          text.erase(at, 1);
        } else if (i % 4 == 2) {
          text[at] = kBytes[random() % kBytes.size()];
        }
      }
      ObjectFrame frame;
      if (!usual.Read(PartitionSlot{0}, text, false, frame)) continue;
      ++short_ways;
      ASSERT_EQ(frames.ReadText(text, expected), TextShape::kObject) << text;
      EXPECT_FALSE(frames.holds_control()) << text;
      EXPECT_EQ(frame.count, expected.count) << text;
      ASSERT_EQ(frame.seen, expected.seen) << text;
      for (size_t member = 0; member < kMembers; ++member) {
        EXPECT_EQ(frame.at(Member{static_cast<uint8_t>(member)}),
                  expected.at(Member{static_cast<uint8_t>(member)}))
            << text;
      }
      const SourceFacts facts = SourceReader().Read(PartitionSlot{0}, frame.at(Member::kSource));
      EXPECT_EQ(usual.source().ts_ms, facts.ts_ms) << text;
      EXPECT_EQ(usual.source().first_of_snapshot, facts.first_of_snapshot) << text;
    }
  }
  if (FastestScanKernel() == ScanKernel::kPortable) GTEST_SKIP() << "no short way on this machine";
  EXPECT_GT(short_ways, 1'000U);  // else nothing was compared
}

TEST(UsualEnvelope, WhateverCameBeforeTheEventIsTheSame) {
  const std::string row = R"({"id":1,"note":"x","n":5,"list":[1,[2]]})";
  const auto replaced = [](std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    const size_t at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return out.replace(at, from.size(), to);
  };
  const std::string usual = Envelope(row);
  const std::string values[] = {
      usual,
      Envelope(row, "c"),
      Envelope(row, "r"),
      Envelope(row, "d"),
      Envelope("null", "d"),
      Envelope(row, "t"),
      Envelope(row, "m"),
      Envelope(row, "x"),
      Envelope(row, "{"),
      Envelope(row, "\x7F"),
      Envelope(row, "U"),
      Envelope("null"),
      Envelope("[]"),
      Envelope(R"({})"),
      Envelope(R"({"a":[}})"),
      Envelope(R"({"a":{]})"),
      Envelope(R"({"a":1]})"),
      Envelope(R"({"a":"\xC3\xA9"})"),
      Envelope("{\"a\":\"\xC3\xA9\"}"),
      Envelope("{\"a\":\"\xC3\"}"),
      Envelope("{\"a\":\n1}"),
      Envelope("{\"a\":\"\n\"}"),
      Envelope("{\\\"a\":1}"),
      Envelope(R"({"a":"}\"]","b":"\\"})"),
      Envelope(R"({"a":")" + std::string(200, '\\') + R"("})"),
      Envelope(R"({"a":")" + std::string(201, '\\') + R"("})"),
      Envelope("{\"a\":" + std::string(70, '[') + std::string(70, ']') + "}"),
      Envelope(R"({"a":"__debezium_unavailable_value"})"),
      Envelope(R"({"a":"not __debezium_unavailable_value","b":tru})"),
      Envelope(R"({"a":"__debezium_unavailable_value","b":tru,})"),
      Envelope(row, "u", replaced(kSource, "1772360130123", "0772360130123")),
      Envelope(row, "u", replaced(kSource, "1772360130123", "1999999999999")),
      Envelope(row, "u", replaced(kSource, "1772360130123", "-772360130123")),
      Envelope(row, "u", replaced(kSource, "3.7.0", "3.7.1")),
      Envelope(row, "u", replaced(kSource, "\"false\"", "\"first\"")),
      Envelope(row, "u", replaced(kSource, "751", "x51")),
      Envelope(row, "u", replaced(kSource, "751", "75]")),
      Envelope(row, "u", kSource, replaced(kTimes, "s\":1", "s\":0")),
      Envelope(row, "u", kSource, replaced(kTimes, "us\":1", "us\":0")),
      Envelope(row, "u", kSource, replaced(kTimes, "ns\":1", "ns\":0")),
      Envelope(row, "u", kSource, replaced(kTimes, "ns\":1", "ns\":-")),
      Envelope(row, "u", kSource, replaced(kTimes, "300,", "30:,")),
      usual + "}",
      usual + " ",
      usual.substr(0, usual.size() - 1),
      usual.substr(0, usual.size() - 1) + "\"",
      " " + usual,
      R"({"schema":null,"payload":)" + usual + "}",
      R"({"schema":null,"payload":)" + usual,
      R"({"schema":null,"payload":)" + usual + "}}",
      replaced(usual, "\"before\":null", "\"before\":{\"id\":1}"),
      replaced(usual, "\"before\":null", "\"before\":{\"id\":]}"),
      replaced(usual, "\"before\":null", "\"before\":nul"),
      replaced(usual, "\"before\":null", "\"after\":null"),
  };
  for (const std::string& first : values) {
    for (const std::string& second : values) {
      EnvelopeDecoder decoder;
      Decode(decoder, first);
      EXPECT_EQ(Decode(decoder, second), DecodeAnew(second)) << second << "\nbehind " << first;
    }
  }
}

TEST(UsualEnvelope, ReadsTheSecondRecordOfAPartitionTheShortWay) {
  if (FastestScanKernel() == ScanKernel::kPortable) GTEST_SKIP() << "no short way on this machine";
  UsualEnvelopeReader usual({}, FastestScanKernel());
  FrameReader frames;
  ObjectFrame frame;
  const std::string value = Envelope(R"({"id":1})");
  ASSERT_EQ(frames.ReadText(value, frame), TextShape::kObject);
  EXPECT_FALSE(usual.Read(PartitionSlot{7}, value, false, frame));
  usual.Learn(PartitionSlot{7}, value, false, frame);
  EXPECT_TRUE(usual.Read(PartitionSlot{7}, value, false, frame));
  const std::string other = Envelope(R"({"id":"of another size"})", "c");
  EXPECT_TRUE(usual.Read(PartitionSlot{7}, other, false, frame));
  EXPECT_EQ(frame.at(Member::kOp), "\"c\"");
  EXPECT_FALSE(usual.Read(PartitionSlot{6}, value, false, frame));
  EXPECT_FALSE(usual.Read(PartitionSlot{7}, value, true, frame));
}

TEST(TailCache, IsBoundedAndSharesTails) {
  FrameReader frames;
  ObjectFrame frame;
  TailCache tails;
  const auto learn = [&](uint32_t slot, std::string_view source) {
    const std::string value = Envelope("{}", "u", source);
    ASSERT_EQ(frames.ReadText(value, frame), TextShape::kObject);
    tails.Learn(PartitionSlot{slot}, value, false, frame);
  };
  if (FastestScanKernel() == ScanKernel::kPortable) GTEST_SKIP() << "no short way on this machine";
  learn(0, kSource);
  learn(1, kSource);
  EXPECT_EQ(tails.tails(), 1U);
  EXPECT_EQ(tails.Last(PartitionSlot{0}), tails.Last(PartitionSlot{1}));
  EXPECT_EQ(tails.Last(PartitionSlot{2}), nullptr);
  for (uint32_t i = 0; i < 600; ++i) {
    std::string source(kSource);
    learn(i, source.replace(source.find("shop"), 4, std::string(i, 'x')));
  }
  EXPECT_EQ(tails.tails(), TailCache::kTailsMax);
  learn(TailCache::kSlotsMax, kSource);
  EXPECT_EQ(tails.Last(PartitionSlot{TailCache::kSlotsMax}), nullptr);
}

// Learning costs more than reading: where nothing repeats, it must not be done each time.
TEST(TailCache, LosesPatienceAndFindsItAgain) {
  if (FastestScanKernel() == ScanKernel::kPortable) GTEST_SKIP() << "no short way on this machine";
  FrameReader frames;
  ObjectFrame frame;
  TailCache tails;
  const std::string unusual =
      Envelope("{}", "u", R"({"ts_ms":1,"of":"a kind that cannot be learnt"})");
  ASSERT_EQ(frames.ReadText(unusual, frame), TextShape::kObject);
  for (int i = 0; i < 10'000; ++i) tails.Learn(PartitionSlot{0}, unusual, false, frame);
  const std::string usual = Envelope("{}");
  ASSERT_EQ(frames.ReadText(usual, frame), TextShape::kObject);
  for (int i = 0; i < 4; ++i) tails.Learn(PartitionSlot{0}, usual, false, frame);
  EXPECT_NE(tails.Last(PartitionSlot{0}), nullptr);
}

}  // namespace
}  // namespace sluice::debezium
