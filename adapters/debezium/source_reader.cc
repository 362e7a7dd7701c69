#include "adapters/debezium/source_reader.h"

#include <cstring>

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

/// The integer that begins at `at`, 0 when it is none or too long; `at` moves behind its digits.
int64_t ReadInteger(const char*& at, const char* end) {
  constexpr int kDigitsMax = 18;
  const bool negative = at < end && *at == '-';
  if (negative) ++at;
  const char* begin = at;
  at = SkipDigits(at, end);
  if (at - begin > kDigitsMax) return 0;
  const int64_t number = ReadDigits(begin, static_cast<size_t>(at - begin));
  if (at == begin || (at < end && (*at == '.' || *at == 'e' || *at == 'E'))) return 0;
  return negative ? -number : number;
}

bool StartsWith(const char* at, const char* end, std::string_view text) {
  return static_cast<size_t>(end - at) >= text.size() &&
         std::memcmp(at, text.data(), text.size()) == 0;
}

}  // namespace

SourceFacts SourceReader::Read(PartitionSlot slot, std::string_view source) {
  SourceFacts facts;
  if (source.empty() || source.front() != '{') return facts;
  const char* end = source.data() + source.size();
  const std::string_view prefix = prefixes_.Find(slot, source);
  if (!prefix.empty()) {
    const char* at = source.data() + prefix.size();
    facts.ts_ms = ReadInteger(at, end);
    constexpr std::string_view kSnapshot = ",\"snapshot\":\"";
    if (StartsWith(at, end, kSnapshot)) {
      facts.first_of_snapshot = StartsWith(at + kSnapshot.size(), end, "first");
      return facts;
    }
    facts = SourceFacts{};
  }
  bool ts_ms_found = false;
  MemberReader members(source);
  while (members.Next()) {
    if (members.name() == "ts_ms" && !ts_ms_found) {
      ts_ms_found = true;
      const char* at = members.value().data();
      prefixes_.Put(slot, source.substr(0, static_cast<size_t>(at - source.data())));
      facts.ts_ms = ReadInteger(at, end);
    } else if (members.name() == "snapshot") {
      facts.first_of_snapshot = members.value().starts_with("\"first");
      if (ts_ms_found) break;
    }
  }
  return facts;
}

}  // namespace sluice::debezium
