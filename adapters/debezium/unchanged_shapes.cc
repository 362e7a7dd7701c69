#include "adapters/debezium/unchanged_shapes.h"

#include <algorithm>
#include <cstdint>

#include "adapters/debezium/base64.h"
#include "adapters/debezium/json_text.h"
#include "adapters/debezium/name_uuid.h"

namespace sluice::debezium {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char byte : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return out;
}

bool SameIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  });
}

/// Whether every JSON writer spells this text the same way inside a string.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '/' && c != '<' && c != '>' &&
           c != '&' && c != '\'';
  });
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// A byte as Java's signed number.
std::string SignedByte(char byte) {
  return std::to_string(static_cast<int8_t>(byte));
}

}  // namespace

Result<std::string> PlaceholderBytes(std::string_view setting) {
  constexpr std::string_view kHex = "hex:";
  const char* cure = "set it to what the connector's unavailable.value.placeholder is";
  if (!setting.starts_with(kHex)) {
    if (setting.empty()) return Error{"the placeholder of unavailable values is empty", cure};
    return std::string(setting);
  }
  const std::string_view digits = setting.substr(kHex.size());
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = HexDigit(digits[i]);
    const int low = HexDigit(digits[i + 1]);
    if (high < 0 || low < 0) return Error{"the placeholder after hex: is not hexadecimal", cure};
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  if (bytes.empty() || digits.size() % 2 != 0) {
    return Error{"the placeholder after hex: needs an even number of digits, at least two", cure};
  }
  return bytes;
}

UnchangedShapes::UnchangedShapes(std::string placeholder, ScanKernel kernel)
    : text_(std::move(placeholder)),
      base64_(Base64(text_)),
      base64_url_(base64_),
      hex_(Hex(text_)),
      uuid_(NameUuid(text_)),
      map_("{\"" + text_ + "\":\"" + text_ + "\"}"),
      always_look_(text_.size() < 4 || !IsPlain(text_)),
      needles_(always_look_ ? std::vector<std::string>{} : Needles(*this)),
      scanner_(needles_, kernel) {
  std::replace(base64_url_.begin(), base64_url_.end(), '+', '-');
  std::replace(base64_url_.begin(), base64_url_.end(), '/', '_');
}

/// How each shape begins, as far as all its variants agree. Of an array of numbers only the bracket
/// and the first one: 95,95,100 or 95.0,95.0,100.0.
std::vector<std::string> UnchangedShapes::Needles(const UnchangedShapes& shapes) {
  std::string upper = shapes.hex_;
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  std::vector<std::string> needles = {
      shapes.text_, shapes.base64_.substr(0, 5),         // five digits lie within four bytes
      shapes.hex_,  Base64(shapes.text_.substr(0, 1)),   // the first of an array of decimals
      shapes.uuid_, "[" + SignedByte(shapes.text_[0])};  // the first of an array of numbers
  if (upper != shapes.hex_) needles.push_back(upper);
  return needles;
}

bool UnchangedShapes::MeansText(std::string_view content) {
  if (content.find('\\') == std::string_view::npos) return content == text_;
  if (content.size() > 6 * text_.size()) return false;
  scratch_.clear();
  return AppendUnescaped(content, scratch_) && scratch_ == text_;
}

bool UnchangedShapes::IsString(std::string_view content) {
  if (content.find('\\') == std::string_view::npos) {
    return content == text_ || content == base64_ || content == base64_url_ || content == uuid_ ||
           SameIgnoringCase(content, hex_);
  }
  // No form is spelled in more bytes than six per character of the longest.
  if (content.size() > 6 * (map_.size() + 8)) return false;
  meaning_.clear();
  if (!AppendUnescaped(content, meaning_)) return false;
  if (meaning_ == text_) return true;
  scratch_.clear();
  if (meaning_.starts_with('{')) AppendMinified(meaning_, scratch_);
  return scratch_ == map_;
}

/// One element of an array that holds the placeholder byte by byte.
bool UnchangedShapes::IsElement(std::string_view element, size_t place) {
  const char byte = text_[place];
  switch (element.front()) {
    case '"': return element.substr(1, element.size() - 2) == Base64({&byte, 1});
    case '{':
      scratch_.clear();
      AppendMinified(element, scratch_);
      return scratch_ == "{\"scale\":0,\"value\":\"" + Base64({&byte, 1}) + "\"}";
    default:
      if (element.ends_with(".0")) element.remove_suffix(2);
      return element == SignedByte(byte);
  }
}

bool UnchangedShapes::IsArray(std::string_view array) {
  const char* end = array.data() + array.size() - 1;
  const char* at = SkipSpace(array.data() + 1, end);
  elements_.clear();
  while (at < end) {
    const char* after = SkipValue(at, end);
    if (after == nullptr || elements_.size() > text_.size()) return false;
    elements_.push_back({at, static_cast<size_t>(after - at)});
    at = SkipSpace(after, end);
    if (at < end) at = SkipSpace(at + 1, end);  // over the comma: the array was read before
  }
  if (elements_.size() == 1) {
    const std::string_view only = elements_[0];
    if (only.front() == '"' && IsString(only.substr(1, only.size() - 2))) return true;
  }
  if (elements_.size() != text_.size()) return false;
  for (size_t i = 0; i < elements_.size(); ++i) {
    if (!IsElement(elements_[i], i)) return false;
  }
  return true;
}

bool UnchangedShapes::IsPlaceholder(std::string_view value) {
  switch (value.front()) {
    case '"': return IsString(value.substr(1, value.size() - 2));
    case '[': return IsArray(value);
    case '{': {
      MemberReader members(value);
      if (!members.Next()) return false;
      const std::string_view name = members.name();
      const std::string_view inner = members.value();
      if (members.Next() || !members.ok() || inner.front() != '"') return false;
      return MeansText(name) && MeansText(inner.substr(1, inner.size() - 2));
    }
    default: return false;
  }
}

ValueMarks UnchangedShapes::marks() const {
  ValueMarks marks;
  for (const std::string& needle : needles_) {
    if (needle.front() == '[') {
      marks.element = needle[1];
    } else {
      marks.strings.push_back(needle);
    }
  }
  return marks;
}

/// By bytes alone, so that every way to read a row agrees on it. Behind a backslash a quote may be
/// spelled in many ways; else a string's form begins behind one.
bool UnchangedShapes::SeemsToHold(std::string_view row) const {
  if (always_look_) return true;
  if (!scanner_.FindsAny(row)) return false;
  if (row.find('\\') != std::string_view::npos) return true;
  return std::any_of(needles_.begin(), needles_.end(), [row](const std::string& needle) {
    return row.find(needle.front() == '[' ? needle : '"' + needle) != std::string_view::npos;
  });
}

bool UnchangedShapes::Find(std::string_view row, std::vector<UnchangedField>& fields) {
  fields.clear();
  if (!SeemsToHold(row)) return true;
  MemberReader members(row);
  while (members.Next()) {
    const std::string_view value = members.value();
    if (!IsPlaceholder(value)) continue;
    const auto begin = static_cast<uint32_t>(value.data() - row.data());
    fields.push_back({members.name(), begin, begin + static_cast<uint32_t>(value.size())});
  }
  return members.ok();
}

}  // namespace sluice::debezium
