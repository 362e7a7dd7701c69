#include "tests/unit/debezium/event_text.h"

#include <cstdio>
#include <cstdlib>
#include <random>

namespace sluice::debezium {
namespace {

std::string PartText(const KeyPart& part) {
  switch (part.kind) {
    case KeyPart::Kind::kText: return "\"" + std::string(part.text) + "\"";
    case KeyPart::Kind::kJson: return "json " + std::string(part.text);
    case KeyPart::Kind::kNull: return "null";
  }
  return "?";
}

/// Control bytes made visible, so that an event stays on its line.
std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return text;
}

}  // namespace

Record MakeRecord(std::optional<std::string_view> key, std::optional<std::string_view> value,
                  uint32_t slot) {
  Record record;
  record.partition = PartitionSlot{slot};
  record.key = key;
  record.value = value;
  return record;
}

std::string EventText(const ChangeEvent& event) {
  std::string text = EventKindName(event.kind);
  if (event.kind == EventKind::kSkip) text += std::string(" ") + SkipRuleName(event.skip);
  if (event.kind == EventKind::kReject) text += std::string(" ") + RejectReasonName(event.reject);
  if (!event.key.empty()) {
    std::string parts;
    for (const KeyPart& part : event.key) {
      if (!parts.empty()) parts += ", ";
      // Long keys are told apart by their hash.
      const std::string whole = PartText(part);
      parts += whole.size() <= 80 ? whole
                                  : whole.substr(0, 20) + "~" + std::to_string(HashText(part.text));
    }
    text += " key=[" + parts + "]";
  }
  if (event.source_ms != 0) text += " source_ms=" + std::to_string(event.source_ms);
  if (event.first_of_snapshot) text += " first";
  if (!event.unchanged.empty()) {
    text += " unchanged=[";
    for (const UnchangedField& field : event.unchanged) {
      text += std::string(field.name) + "@" + std::to_string(field.begin) + "-" +
              std::to_string(field.end) + " ";
    }
    text.back() = ']';
  }
  if (!event.after.empty()) {
    char hash[32];
    std::snprintf(hash, sizeof(hash), "%016llx",
                  static_cast<unsigned long long>(HashText(event.after)));
    text += " after=" + std::to_string(event.after.size()) + ":" + hash;
  }
  return OneLine(text);
}

uint64_t HashText(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

uint64_t TestSeed() {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::printf("seed %llu (SLUICE_SEED repeats it)\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace sluice::debezium
