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

constexpr uint32_t Bit(Member member) {
  return 1U << static_cast<unsigned>(member);
}

/// Those that Debezium's own envelope has, and ts_us and ts_ns.
constexpr uint32_t kUsualMembers = Bit(Member::kBefore) | Bit(Member::kAfter) |
                                   Bit(Member::kSource) | Bit(Member::kTransaction) |
                                   Bit(Member::kOp) | Bit(Member::kTsMs);

/// A known name, with its quotes, at `at`? Then `size` is its length.
template <size_t kSize>
bool IsName(const char* at, size_t left, const char (&quoted)[kSize], size_t& size) {
  size = kSize - 1;
  return left >= kSize - 1 && std::memcmp(at, quoted, kSize - 1) == 0;
}

/// The member that a name with its quotes means, by its bytes: nobody escapes letters. `size` is
/// the name's length, or 0 when it is none of those expected.
Member MemberOf(const char* at, size_t left, size_t& size) {
  const auto is = [&](const auto& quoted, Member member) {
    if (IsName(at, left, quoted, size)) return member;
    size = 0;
    return Member::kOther;
  };
  size = 0;
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
      if (IsName(at, left, "\"ts_us\"", size) || IsName(at, left, "\"ts_ns\"", size)) {
        return Member::kOther;
      }
      if (at[2] == 's') return is("\"ts_ms\"", Member::kTsMs);
      return is("\"transaction\"", Member::kTransaction);
    default: return Member::kOther;
  }
}

/// A value that is no container. The short ones of an envelope are looked at first.
const char* PassScalar(const char* at, const char* end) {
  if (end - at >= 4) {
    if (std::memcmp(at, "null", 4) == 0) return at + 4;
    if (at[0] == '"' && at[2] == '"' && at[1] != '\\' && at[1] != '"') return at + 3;
  }
  return SkipScalar(at, end);
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

  /// Reads an envelope in the very order and spelling of Debezium's, from its brace on. False, with
  /// nothing taken, for any other object: it may still be good for ReadObject(), which gives the
  /// same answer for this one.
  bool ReadUsual(ObjectFrame& object);
  /// Reads the object that begins here. On success position() is one past its brace.
  bool ReadObject(ObjectFrame& object);

  [[nodiscard]] const char* position() const { return at_; }
  [[nodiscard]] const uint32_t* bracket() const { return bracket_; }
  /// The bracket that opens the last `payload` that was met.
  [[nodiscard]] const uint32_t* payload_bracket() const { return payload_bracket_; }

  void SkipSpaceHere() { at_ = SkipSpace(at_, end_); }
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
  template <size_t kSize>
  [[nodiscard]] bool At(const char* at, const char (&text)[kSize]) const {
    return static_cast<size_t>(end_ - at) >= kSize - 1 && std::memcmp(at, text, kSize - 1) == 0;
  }
  [[nodiscard]] const char* PassNullOrContainer(const char* at);
  [[nodiscard]] const char* PassUsualTimes(const char* at, ObjectFrame& object) const;
  [[nodiscard]] const char* PassContainer(const char* at);
  [[nodiscard]] const char* PassName(const char* at, Member& member) const;
  [[nodiscard]] const char* PassMember(const char* at, ObjectFrame& object);

  const char* text_;
  const char* at_;
  const char* end_;
  const uint32_t* bracket_;
  const uint32_t* brackets_end_;
  const uint32_t* payload_bracket_ = nullptr;
  std::vector<char>& open_;
};

const char* FrameReader::Walker::PassContainer(const char* at) {
  const uint32_t* bracket = bracket_;
  if (bracket == brackets_end_ || text_ + *bracket != at) return nullptr;
  open_.clear();
  char closing = static_cast<char>(*at + 2);  // '{' + 2 == '}', '[' + 2 == ']'
  while (++bracket != brackets_end_) {
    const char kind = text_[*bracket];
    if (IsOpening(kind)) {
      open_.push_back(closing);
      closing = static_cast<char>(kind + 2);
      continue;
    }
    if (kind != closing) return nullptr;
    if (open_.empty()) {
      bracket_ = bracket + 1;
      return text_ + *bracket + 1;
    }
    closing = open_.back();
    open_.pop_back();
  }
  return nullptr;
}

const char* FrameReader::Walker::PassNullOrContainer(const char* at) {
  return At(at, "null") ? at + 4 : PassContainer(at);
}

/// From `,"ts_ms":` to the closing brace: three plain integers.
const char* FrameReader::Walker::PassUsualTimes(const char* at, ObjectFrame& object) const {
  constexpr size_t kNameBytes = sizeof(",\"ts_ms\":") - 1;
  for (int unit = 0; unit < 3; ++unit) {
    const bool named = unit == 0   ? At(at, ",\"ts_ms\":")
                       : unit == 1 ? At(at, ",\"ts_us\":")
                                   : At(at, ",\"ts_ns\":");
    if (!named) return nullptr;
    const char* begin = at + kNameBytes;
    at = SkipDigits(begin, end_);
    if (at == begin || *begin == '0' || at == end_) return nullptr;
    if (unit == 0) {
      object.values[static_cast<size_t>(Member::kTsMs)] = {begin, static_cast<size_t>(at - begin)};
    }
  }
  return *at == '}' ? at : nullptr;
}

bool FrameReader::Walker::ReadUsual(ObjectFrame& object) {
  const uint32_t* const first_bracket = bracket_;
  const auto pass = [&](const char* at, Member member) {
    const char* after = at == nullptr ? nullptr : PassNullOrContainer(at);
    if (after != nullptr) {
      object.values[static_cast<size_t>(member)] = {at, static_cast<size_t>(after - at)};
    }
    return after;
  };
  const auto name = [&](const char* at, const auto& text) {
    return at != nullptr && At(at, text) ? at + sizeof(text) - 1 : nullptr;
  };
  const char* at = name(at_, "{\"before\":");
  if (at == nullptr || bracket_ == brackets_end_ || text_ + *bracket_ != at_) return false;
  ++bracket_;
  at = pass(at, Member::kBefore);
  at = pass(name(at, ",\"after\":"), Member::kAfter);
  at = pass(name(at, ",\"source\":"), Member::kSource);
  at = pass(name(at, ",\"transaction\":"), Member::kTransaction);
  at = name(at, ",\"op\":\"");
  if (at != nullptr && end_ - at > 2 && *at >= 'a' && *at <= 'z' && at[1] == '"') {
    object.values[static_cast<size_t>(Member::kOp)] = {at - 1, 3};
    at = PassUsualTimes(at + 2, object);
    if (at != nullptr && bracket_ != brackets_end_ && text_ + *bracket_ == at) {
      ++bracket_;
      at_ = at + 1;
      object.count = 8;
      object.seen = kUsualMembers;
      return true;
    }
  }
  bracket_ = first_bracket;
  return false;
}

const char* FrameReader::Walker::PassName(const char* at, Member& member) const {
  if (at == end_ || *at != '"') return nullptr;
  size_t size = 0;
  member = MemberOf(at, static_cast<size_t>(end_ - at), size);
  at = size == 0 ? SkipString(at, end_) : at + size;
  if (at == nullptr) return nullptr;
  at = SkipSpace(at, end_);
  return at < end_ && *at == ':' ? SkipSpace(at + 1, end_) : nullptr;
}

const char* FrameReader::Walker::PassMember(const char* at, ObjectFrame& object) {
  Member member = Member::kOther;
  const char* begin = PassName(at, member);
  if (begin == nullptr || begin == end_) return nullptr;
  if (member == Member::kPayload) payload_bracket_ = bracket_;
  at = *begin == '{' || *begin == '[' ? PassContainer(begin) : PassScalar(begin, end_);
  if (at == nullptr) return nullptr;
  ++object.count;
  if (member != Member::kOther) {
    const auto place = static_cast<unsigned>(member);
    // Which of two equal names counts is every reader's own choice, so neither may decide here.
    if (object.has(member)) return nullptr;
    object.seen |= 1U << place;
    object.values[place] = {begin, static_cast<size_t>(at - begin)};
  }
  return SkipSpace(at, end_);
}

bool FrameReader::Walker::ReadObject(ObjectFrame& object) {
  object.seen = 0;
  object.count = 0;
  if (bracket_ == brackets_end_ || text_ + *bracket_ != at_ || *at_ != '{') return false;
  ++bracket_;
  at_ = SkipSpace(at_ + 1, end_);
  if (TakeBrace()) return true;
  const char* at = at_;
  while (true) {
    at = PassMember(at, object);
    if (at == nullptr || at == end_) return false;
    if (*at != ',') break;
    at = SkipSpace(at + 1, end_);
  }
  at_ = at;
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
  if (!walker.ReadUsual(object) && !walker.ReadObject(object)) return false;
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
  return walker.ReadUsual(object) || walker.ReadObject(object);
}

bool FrameReader::ReadWrapperTail(std::string_view text, ObjectFrame& object) {
  TextShape shape = TextShape::kBadJson;
  return Scan(text, shape) && ReadWhole(text, true, object);
}

}  // namespace sluice::debezium
