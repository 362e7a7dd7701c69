#include "adapters/debezium/envelope_frame.h"

#include <cstring>

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

/// Control bytes are rare, so that one slow look at the text may decide where they stand: JSON
/// allows tab, newline and carriage return between tokens and none inside strings.
bool ControlsAreSpace(std::string_view text) {
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && (in_string || !IsJsonSpace(text[i]))) return false;
    if (byte == '"') {
      in_string = !in_string;
    } else if (in_string && byte == '\\' && i + 1 < text.size()) {
      if (static_cast<unsigned char>(text[++i]) < 0x20) return false;
    }
  }
  return true;
}

bool IsOpening(char bracket) {
  return (bracket & 2) != 0;
}  // { and [, not } and ]

/// The member that a name with its quotes at `at` means, by its bytes: nobody escapes letters.
Member MemberOf(const char* at, size_t left, size_t& size) {
  const auto is = [&](const auto& quoted, Member member) {
    constexpr size_t kSize = sizeof(quoted) - 1;
    size = kSize;
    return left >= kSize && std::memcmp(at, quoted, kSize) == 0 ? member : Member::kOther;
  };
  if (left < 4) return Member::kOther;
  switch (at[1]) {
    case 'a': return is("\"after\"", Member::kAfter);
    case 'b': return is("\"before\"", Member::kBefore);
    case 'd': return is("\"data_collections\"", Member::kDataCollections);
    case 'e': return is("\"event_count\"", Member::kEventCount);
    case 'i': return is("\"id\"", Member::kId);
    case 'm': return is("\"message\"", Member::kMessage);
    case 'o': return is("\"op\"", Member::kOp);
    case 'p': return is("\"payload\"", Member::kPayload);
    case 's':
      if (at[2] == 'o') return is("\"source\"", Member::kSource);
      if (at[2] == 't') return is("\"status\"", Member::kStatus);
      return is("\"schema\"", Member::kSchema);
    case 't':
      if (at[2] == 's') return is("\"ts_ms\"", Member::kTsMs);
      return is("\"transaction\"", Member::kTransaction);
    default: return Member::kOther;
  }
}

}  // namespace

/// Walks over one object with the help of the text's brackets.
class FrameReader::Walker {
 public:
  Walker(std::string_view text, const char* at, const uint32_t* bracket,
         const uint32_t* brackets_end, std::vector<char>& open)
      : text_(text.data()),
        at_(at),
        end_(text.data() + text.size()),
        bracket_(bracket),
        brackets_end_(brackets_end),
        open_(open) {}

  /// Reads the object that begins here. On success position() is one past its brace.
  bool ReadObject(ObjectFrame& object);

  [[nodiscard]] const char* position() const { return at_; }
  [[nodiscard]] const uint32_t* bracket() const { return bracket_; }
  /// The bracket that opens the last `payload` that was met.
  [[nodiscard]] const uint32_t* payload_bracket() const { return payload_bracket_; }

  void SkipSpaceHere() {
    while (at_ < end_ && IsJsonSpace(*at_)) [[unlikely]]
      ++at_;
  }
  /// Takes `byte` and the white space behind it.
  bool Take(char byte) {
    if (at_ == end_ || *at_ != byte) return false;
    ++at_;
    SkipSpaceHere();
    return true;
  }
  /// Takes a closing brace with its place in the list of brackets.
  bool TakeBrace() {
    if (at_ == end_ || *at_ != '}' || bracket_ == brackets_end_ || text_ + *bracket_ != at_) {
      return false;
    }
    ++bracket_;
    ++at_;
    return true;
  }

 private:
  bool ReadMember(ObjectFrame& object);
  bool ReadName(Member& member);
  bool PassValue();
  bool PassContainer();

  const char* text_;
  const char* at_;
  const char* end_;
  const uint32_t* bracket_;
  const uint32_t* brackets_end_;
  const uint32_t* payload_bracket_ = nullptr;
  std::vector<char>& open_;
};

bool FrameReader::Walker::PassContainer() {
  if (bracket_ == brackets_end_ || text_ + *bracket_ != at_) return false;
  open_.clear();
  for (; bracket_ != brackets_end_; ++bracket_) {
    const char bracket = text_[*bracket_];
    if (IsOpening(bracket)) {
      open_.push_back(static_cast<char>(bracket + 2));  // '{' + 2 == '}', '[' + 2 == ']'
    } else {
      if (open_.empty() || open_.back() != bracket) return false;
      open_.pop_back();
      if (open_.empty()) {
        at_ = text_ + *bracket_++ + 1;
        return true;
      }
    }
  }
  return false;
}

bool FrameReader::Walker::PassValue() {
  if (at_ == end_) return false;
  if (*at_ == '{' || *at_ == '[') return PassContainer();
  const char* after = SkipScalar(at_, end_);
  if (after == nullptr) return false;
  at_ = after;
  return true;
}

bool FrameReader::Walker::ReadName(Member& member) {
  if (at_ == end_ || *at_ != '"') return false;
  size_t size = 0;
  member = MemberOf(at_, static_cast<size_t>(end_ - at_), size);
  if (member == Member::kOther) {
    const char* after = SkipString(at_, end_);
    if (after == nullptr) return false;
    at_ = after;
  } else {
    at_ += size;
  }
  SkipSpaceHere();
  return Take(':');
}

bool FrameReader::Walker::ReadMember(ObjectFrame& object) {
  Member member = Member::kOther;
  if (!ReadName(member)) return false;
  const char* begin = at_;
  if (member == Member::kPayload) payload_bracket_ = bracket_;
  if (!PassValue()) return false;
  ++object.count;
  if (member != Member::kOther) {
    const auto place = static_cast<unsigned>(member);
    // Which of two equal names counts is every reader's own choice, so neither may decide here.
    if (object.has(member)) return false;
    object.seen |= 1U << place;
    object.values[place] = {begin, static_cast<size_t>(at_ - begin)};
  }
  SkipSpaceHere();
  return true;
}

bool FrameReader::Walker::ReadObject(ObjectFrame& object) {
  object.seen = 0;
  object.count = 0;
  if (bracket_ == brackets_end_ || text_ + *bracket_ != at_ || *at_ != '{') return false;
  ++bracket_;
  ++at_;
  SkipSpaceHere();
  if (TakeBrace()) return true;
  do {
    if (!ReadMember(object)) return false;
  } while (Take(','));
  return TakeBrace();
}

bool FrameReader::Scan(std::string_view text, TextShape& shape) {
  text_ = text;
  facts_ = scanner_.Scan(text);
  if (!facts_.ascii && !IsUtf8(text)) {
    shape = TextShape::kBadUtf8;
    return false;
  }
  shape = TextShape::kBadJson;
  return facts_.strings_closed && !facts_.backslash_outside &&
         (!facts_.control || ControlsAreSpace(text));
}

bool FrameReader::ReadWhole(std::string_view text, bool wrapper_tail, ObjectFrame& object) {
  const char* end = text.data() + text.size();
  Walker walker(text, SkipSpace(text.data(), end), scanner_.begin(), scanner_.end(), open_);
  if (!walker.ReadObject(object)) return false;
  payload_bracket_ = walker.payload_bracket();
  walker.SkipSpaceHere();
  if (wrapper_tail) {
    if (!walker.TakeBrace()) return false;
    walker.SkipSpaceHere();
  }
  return walker.position() == end;
}

TextShape FrameReader::ReadText(std::string_view text, ObjectFrame& object) {
  TextShape shape = TextShape::kBadJson;
  if (!Scan(text, shape)) return shape;
  const std::string_view value = TrimSpace(text);
  if (value.empty() || value.front() != '{') {
    if (!IsJson(value)) return TextShape::kBadJson;
    return value == "null" ? TextShape::kNull : TextShape::kScalar;
  }
  return ReadWhole(text, false, object) ? TextShape::kObject : TextShape::kBadJson;
}

bool FrameReader::IsWrapper(const ObjectFrame& object) {
  if (object.count != 2 || !object.has(Member::kSchema) || !object.has(Member::kPayload)) {
    return false;
  }
  const std::string_view schema = object.at(Member::kSchema);
  return schema.front() == '{' || schema == "null";
}

bool FrameReader::ReadPayload(const ObjectFrame& wrapper, ObjectFrame& object) {
  Walker walker(text_, wrapper.at(Member::kPayload).data(), payload_bracket_, scanner_.end(),
                open_);
  return walker.ReadObject(object);
}

bool FrameReader::ReadWrapperTail(std::string_view text, ObjectFrame& object) {
  TextShape shape = TextShape::kBadJson;
  return Scan(text, shape) && ReadWhole(text, true, object);
}

}  // namespace sluice::debezium
