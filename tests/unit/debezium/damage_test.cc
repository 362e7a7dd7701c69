// Records that were cut or damaged: the decoder survives, says the same whichever kernel reads and
// whatever it remembers, and never makes a row of half a record.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "adapters/debezium/describe.h"
#include "adapters/debezium/envelope_decoder.h"
#include "tests/unit/debezium/event_text.h"
#include "tests/unit/debezium/golden_records.h"

namespace sluice::debezium {
namespace {

bool IsRow(EventKind kind) {
  switch (kind) {
    case EventKind::kCreate:
    case EventKind::kRead:
    case EventKind::kUpdate:
    case EventKind::kDelete:
    case EventKind::kTombstone:
    case EventKind::kTruncate: return true;
    case EventKind::kSkip:
    case EventKind::kReject: return false;
  }
  return false;
}

/// Memory of the exact size, so that a sanitizer sees a byte read behind it.
class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    text.copy(bytes_.get(), size_);
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;  // NOLINT(modernize-avoid-c-arrays)
  size_t size_;
};

/// What any event owes its reader.
void CheckEvent(const ChangeEvent& event) {
  EXPECT_EQ(event.after.find('\n'), std::string_view::npos);
  EXPECT_EQ(event.after.find('\r'), std::string_view::npos);
  if (!event.after.empty()) {
    EXPECT_EQ(event.after.front(), '{');
    EXPECT_EQ(event.after.back(), '}');
    EXPECT_TRUE(simdjson::validate_utf8(event.after.data(), event.after.size()));
  }
  size_t from = 0;
  for (const UnchangedField& field : event.unchanged) {
    EXPECT_LT(from, field.begin);
    EXPECT_LT(field.begin, field.end);
    EXPECT_LT(field.end, event.after.size());
    from = field.end;
  }
}

class Decoders {
 public:
  /// The event of a damaged value, after three decoders agreed on it.
  ChangeEvent Decode(std::optional<std::string_view> key, std::string_view value) {
    exact_.emplace(value);  // the event points into it
    const Exact& exact = *exact_;
    ChangeEvent event;
    fast_.Decode(MakeRecord(key, exact.view()), event);
    CheckEvent(event);
    const std::string text = EventText(event);
    ChangeEvent other;
    portable_.Decode(MakeRecord(key, exact.view()), other);
    EXPECT_EQ(EventText(other), text) << value;
    if (++decoded_ % 8 != 0) return event;  // a new decoder costs more than many records
    EnvelopeDecoder fresh;
    fresh.Decode(MakeRecord(key, exact.view()), other);
    EXPECT_EQ(EventText(other), text) << value;
    return event;
  }

 private:
  static DecoderOptions Portable() {
    DecoderOptions options;
    options.kernel = ScanKernel::kPortable;
    return options;
  }

  std::optional<Exact> exact_;
  uint64_t decoded_ = 0;
  EnvelopeDecoder fast_;
  EnvelopeDecoder portable_{Portable()};
};

/// One record of each meaning, so that cutting each at every place stays quick.
std::vector<OwnedRecord> OneOfEachKind() {
  std::vector<OwnedRecord> chosen;
  std::vector<std::string> seen;
  EnvelopeDecoder decoder;
  for (OwnedRecord& record : AllGolden()) {
    if (!record.value) continue;
    ChangeEvent event;
    decoder.Decode(MakeRecord(record.key, record.value), event);
    std::string kind = EventKindName(event.kind);
    kind += std::to_string(static_cast<int>(event.skip)) + (event.unchanged.empty() ? "" : "?");
    kind += decoder.value_with_schema() ? "s" : "";
    kind += std::to_string(event.key.size());
    if (std::find(seen.begin(), seen.end(), kind) != seen.end()) continue;
    seen.push_back(kind);
    chosen.push_back(std::move(record));
  }
  return chosen;
}

TEST(Damage, AValueCutAnywhereIsNeverARow) {
  Decoders decoders;
  const std::vector<OwnedRecord> records = OneOfEachKind();
  ASSERT_GE(records.size(), 15U);
  for (const OwnedRecord& record : records) {
    for (size_t size = 0; size < record.value->size(); ++size) {
      const ChangeEvent event =
          decoders.Decode(record.key, std::string_view(*record.value).substr(0, size));
      EXPECT_EQ(event.kind, EventKind::kReject) << record.value->substr(0, size);
      EXPECT_TRUE(event.reject == RejectReason::kBadJson ||
                  event.reject == RejectReason::kBadUtf8 ||
                  event.reject == RejectReason::kNotAnEnvelope)  // "12" of "123"
          << record.value->substr(0, size);
    }
  }
}

TEST(Damage, AKeyCutAnywhereIsNeverAnotherRow) {
  KeyReader reader;
  for (const OwnedRecord& record : OneOfEachKind()) {
    if (!record.key || record.key->front() != '{') continue;
    for (size_t size = 0; size < record.key->size(); ++size) {
      const Exact exact(std::string_view(*record.key).substr(0, size));
      const KeyShape shape = reader.Read(PartitionSlot{0}, exact.view());
      EXPECT_TRUE(shape == KeyShape::kBad || shape == KeyShape::kEmpty ||
                  shape == KeyShape::kBadUtf8)
          << exact.view();
    }
  }
}

void Mutate(std::mt19937_64& random, std::string& text) {
  static constexpr std::string_view kBytes = "{}[]\":,\\\n\x01 01eutcdm\xC3";
  const size_t at = text.empty() ? 0 : random() % text.size();
  switch (random() % 5) {
    case 0: text.insert(at, 1, kBytes[random() % kBytes.size()]); break;
    case 1: text.erase(at, 1 + random() % 8); break;
    case 2: text.insert(at, text.substr(at / 2, random() % 40)); break;
    case 3:
      if (!text.empty()) text[at] = static_cast<char>(random());
      break;
    default:
      if (!text.empty()) text[at] = kBytes[random() % kBytes.size()];
      break;
  }
}

TEST(Damage, WhateverIsChangedAllReadersAgree) {
  std::mt19937_64 random(TestSeed());
  Decoders decoders;
  RecordDescriber describer;
  const std::vector<OwnedRecord> records = OneOfEachKind();
  int rows = 0;
  for (int i = 0; i < 5'000; ++i) {
    const OwnedRecord& record = records[random() % records.size()];
    std::string value = *record.value;
    std::optional<std::string> key = record.key;
    for (uint64_t times = 1 + random() % 3; times > 0; --times) Mutate(random, value);
    if (key && random() % 4 == 0) Mutate(random, *key);
    const ChangeEvent event = decoders.Decode(key, value);
    if (IsRow(event.kind)) ++rows;
    // A document that another reader understands must be the one that stands in the record.
    simdjson::dom::parser parser;
    simdjson::dom::element whole;
    if (event.kind == EventKind::kCreate && parser.parse(value).get(whole) == simdjson::SUCCESS) {
      simdjson::dom::object inner(whole);
      simdjson::dom::element payload;
      if (inner.size() == 2 && inner["payload"].get(payload) == simdjson::SUCCESS) inner = payload;
      simdjson::dom::parser second;
      EXPECT_EQ(simdjson::minify(second.parse(std::string(event.after))),
                simdjson::minify(inner["after"]));
    }
    EXPECT_EQ(describer.Describe(MakeRecord(key, value)).kind, event.kind);
  }
  EXPECT_GT(rows, 250);  // else nothing was tested beyond refusing
}

}  // namespace
}  // namespace sluice::debezium
