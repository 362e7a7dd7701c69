#include "adapters/debezium/key_reader.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

bool HoldsControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char byte) { return static_cast<unsigned char>(byte) < 0x20; });
}

/// Up to the first byte that does not mean itself in a string, or that is above 0x7F: the UTF-8 of
/// those is checked on the long way. Eight at a time.
const char* SkipPlainAscii(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    constexpr uint64_t kOnes = 0x0101010101010101;
    constexpr uint64_t kHighs = 0x8080808080808080;
    while (end - at >= 8) {
      uint64_t bytes = 0;
      std::memcpy(&bytes, at, sizeof(bytes));
      // A difference below zero sets the highest bit. A borrow only reaches bytes behind that one.
      const uint64_t others = (bytes | (bytes - kOnes * 0x20) | ((bytes ^ kOnes * '"') - kOnes) |
                               ((bytes ^ kOnes * '\\') - kOnes)) &
                              kHighs;
      if (others != 0) return at + std::countr_zero(others) / 8;
      at += 8;
    }
  }
  while (at < end && static_cast<signed char>(*at) >= 0x20 && *at != '"' && *at != '\\') ++at;
  return at;
}

/// As SkipDigits(), from `at` to `end`, within `text`: up to eight digits are looked at together
/// with what stands before them.
const char* SkipDigitsBefore(const char* end, const char* at, std::string_view text) {
  const ptrdiff_t count = end - at;
  if constexpr (std::endian::native == std::endian::little) {
    if (count > 0 && count <= 8 && end - text.data() >= 8) {
      uint64_t bytes = 0;
      std::memcpy(&bytes, end - 8, sizeof(bytes));
      bytes >>= 64 - 8 * count;
      const uint64_t threes = 0x3030303030303030 >> (64 - 8 * count);
      constexpr uint64_t kUpper = 0xF0F0F0F0F0F0F0F0;
      const uint64_t sixes = 0x0606060606060606 >> (64 - 8 * count);
      if ((bytes & kUpper) == threes && ((bytes + sixes) & kUpper) == threes) return end;
    }
  }
  return SkipDigits(at, end);
}

bool IsSchema(std::string_view value) {
  return value.front() == '{' || value == "null";
}

}  // namespace

bool KeyReader::AddPart(std::string_view value) {
  switch (value.front()) {
    case '"': {
      const std::string_view content = value.substr(1, value.size() - 2);
      if (content.find('\\') == std::string_view::npos) {
        parts_.push_back({KeyPart::Kind::kText, content});
        return true;
      }
      const size_t begin = scratch_.size();
      if (!AppendUnescaped(content, scratch_)) return false;
      parts_.push_back({KeyPart::Kind::kText, std::string_view(scratch_).substr(begin)});
      return true;
    }
    case '{':
    case '[': {
      const size_t begin = scratch_.size();
      AppendMinified(value, scratch_);
      parts_.push_back({KeyPart::Kind::kJson, std::string_view(scratch_).substr(begin)});
      return true;
    }
    case 'n': parts_.push_back({KeyPart::Kind::kNull, {}}); return true;
    default: parts_.push_back({KeyPart::Kind::kText, value}); return true;
  }
}

KeyShape KeyReader::AddColumns() {
  if (names_.empty()) return KeyShape::kEmpty;
  for (size_t i = 1; i < names_.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (SameName(names_[i], names_[j])) return KeyShape::kBad;
    }
  }
  for (const std::string_view value : values_) {
    if (!AddPart(value)) return KeyShape::kBad;
  }
  return KeyShape::kColumns;
}

bool KeyReader::ReadMembers(std::string_view object, size_t& size) {
  names_.clear();
  values_.clear();
  MemberReader reader(object);
  while (reader.Next()) {
    if (names_.size() == kColumnsMax) return false;
    names_.push_back(reader.name());
    values_.push_back(reader.value());
  }
  if (!reader.ok()) return false;
  size = static_cast<size_t>(reader.position() - object.data());
  return true;
}

/// An object with one column, an integer or a string that means itself, as most keys are. False for
/// any other key: it may still be good for ReadObject(), which gives the same answer for this one.
bool KeyReader::ReadUsual(std::string_view key) {
  const char* end = key.data() + key.size();
  if (key.size() < 7 || key[1] != '"' || end[-1] != '}') return false;
  const char* name = key.data() + 2;
  const char* colon = SkipPlainAscii(name, end);
  if (end - colon < 4 || colon[0] != '"' || colon[1] != ':') return false;
  const char* value = colon + 2;
  const bool text = *value == '"';
  if (text) ++value;
  const char* after = text ? SkipPlainAscii(value, end) : SkipDigitsBefore(end - 1, value, key);
  if (text ? end - after != 2 || *after != '"' : end - after != 1) return false;
  if (!text && (after == value || (*value == '0' && after - value > 1))) return false;
  names_.push_back({name, static_cast<size_t>(colon - name)});
  parts_.push_back({KeyPart::Kind::kText, {value, static_cast<size_t>(after - value)}});
  return true;
}

KeyShape KeyReader::ReadPayload(PartitionSlot slot, std::string_view payload) {
  with_schema_ = true;
  if (payload == "null") return KeyShape::kNull;
  if (payload.front() == '{') return ReadObject(slot, payload, false);
  names_.clear();
  return AddPart(payload) ? KeyShape::kColumns : KeyShape::kBad;
}

KeyShape KeyReader::ReadObject(PartitionSlot slot, std::string_view key, bool may_be_wrapper) {
  size_t size = 0;
  if (!ReadMembers(key, size) || size != key.size()) return KeyShape::kBad;
  if (may_be_wrapper && names_.size() == 2) {
    const size_t schema = names_[0] == "schema" ? 0 : 1;
    if (names_[schema] == "schema" && names_[1 - schema] == "payload" &&
        IsSchema(values_[schema])) {
      const std::string_view payload = values_[1 - schema];
      encoding_ = KeyWithSchema(values_[schema]);
      // Only what surely stands before the payload object itself may be compared and skipped.
      if (schema == 0 && payload.front() == '{') {
        wrappers_.Put(slot, key.substr(0, static_cast<size_t>(payload.data() - key.data())),
                      encoding_);
      }
      return ReadPayload(slot, payload);
    }
  }
  return AddColumns();
}

/// A key whose wrapper was seen before in this partition: only its payload is read.
bool KeyReader::ReadKnownWrapper(PartitionSlot slot, std::string_view key) {
  const std::string_view prefix = wrappers_.Find(slot, key);
  if (prefix.empty() || prefix.size() == key.size() || key[prefix.size()] != '{') return false;
  const std::string_view rest = key.substr(prefix.size());
  size_t size = 0;
  return ReadMembers(rest, size) && rest.substr(size) == "}";
}

/// A key that is no JSON, as Connect's StringConverter writes it. Text as it stands is an id; but
/// not control bytes (a binary or Avro key) nor a struct's display text, which is ambiguous.
KeyShape KeyReader::ReadText(std::string_view key) {
  if (HoldsControl(key) || key.starts_with("Struct{")) return KeyShape::kBad;
  names_.clear();
  parts_.push_back({KeyPart::Kind::kText, key});
  encoding_ = kKeyText;
  return KeyShape::kColumns;
}

KeyShape KeyReader::Read(PartitionSlot slot, std::string_view key) {
  parts_.clear();
  names_.clear();
  scratch_.clear();
  with_schema_ = false;
  encoding_ = kKeyJson;
  if (!key.empty() && key.front() == '{' && ReadUsual(key)) return KeyShape::kColumns;
  if (!IsAscii(key) && !IsUtf8(key)) return KeyShape::kBadUtf8;
  const std::string_view text = TrimSpace(key);
  if (text.empty()) return key.empty() ? KeyShape::kEmpty : ReadText(key);
  // Views into the scratch stay valid: it never grows beyond what is reserved here.
  scratch_.reserve(key.size());
  switch (text.front()) {
    case '{':
      if (ReadKnownWrapper(slot, text)) {
        with_schema_ = true;
        encoding_ = wrappers_.Mark(slot);
        return AddColumns();
      }
      return ReadObject(slot, text, true);
    case '[':
    case '"':
      if (!IsJson(text)) return KeyShape::kBad;
      return AddPart(text) ? KeyShape::kColumns : KeyShape::kBad;
    default: return text == "null" ? KeyShape::kNull : ReadText(key);
  }
}

}  // namespace sluice::debezium
