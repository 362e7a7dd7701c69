#include "adapters/pattern/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <optional>
#include <vector>

#include "adapters/pattern/java_syntax.h"

namespace sluice::pattern {
namespace {

constexpr uint32_t kStepsMax = 1'000'000;  // a name has at most 191 bytes; 0.1 s on a slow machine
constexpr uint32_t kDepthMax = 100'000;
constexpr uint32_t kHeapKibMax = 64 << 10;
constexpr size_t kExpressionBytesMax = 64 << 10;

std::string Words(int code) {
  std::array<PCRE2_UCHAR8, 256> text{};
  pcre2_get_error_message_8(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR8 Bytes(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR8>(text.data());
}

/// Where groups have matched, in a given text.
class Match {
 public:
  Match(const pcre2_code_8* code, std::string_view text)
      : code_(code),
        text_(text),
        data_(pcre2_match_data_create_from_pattern_8(code, nullptr)),
        context_(pcre2_match_context_create_8(nullptr)) {
    pcre2_set_match_limit_8(context_, kStepsMax);
    pcre2_set_depth_limit_8(context_, kDepthMax);
    pcre2_set_heap_limit_8(context_, kHeapKibMax);
  }
  ~Match() {
    pcre2_match_data_free_8(data_);
    pcre2_match_context_free_8(context_);
  }
  Match(const Match&) = delete;
  Match& operator=(const Match&) = delete;

  bool Find(uint32_t options, const std::string& expression) {
    const int found = pcre2_match_8(code_, Bytes(text_), text_.size(), 0, options, data_, context_);
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found >= 0) return true;
    throw MatchFailure("whether \"" + expression + "\" matches \"" + std::string(text_) +
                       "\" cannot be said: " + Words(found) +
                       "; write the regular expression without repetitions inside repetitions");
  }

  [[nodiscard]] std::string_view Group(uint32_t number) const {
    if (number >= pcre2_get_ovector_count_8(data_)) return {};
    const PCRE2_SIZE* const places = pcre2_get_ovector_pointer_8(data_);
    const size_t begin = places[2 * number];
    if (begin == PCRE2_UNSET) return {};
    return text_.substr(begin, places[2 * number + 1] - begin);
  }
  [[nodiscard]] size_t begin() const { return pcre2_get_ovector_pointer_8(data_)[0]; }
  [[nodiscard]] size_t end() const { return pcre2_get_ovector_pointer_8(data_)[1]; }

 private:
  const pcre2_code_8* code_;
  std::string_view text_;
  pcre2_match_data_8* data_;
  pcre2_match_context_8* context_;
};

/// Plain text, then what a group has matched.
struct Piece {
  std::string text;
  std::optional<uint32_t> group;
};

uint32_t GroupsOf(const pcre2_code_8* code) {
  uint32_t groups = 0;
  pcre2_pattern_info_8(code, PCRE2_INFO_CAPTURECOUNT, &groups);
  return groups;
}

/// The group whose number begins at `at`: as many digits as make one that is there.
uint32_t NumberAt(std::string_view text, uint32_t groups, size_t& at) {
  const auto digit = [&] { return static_cast<uint32_t>(text[at] - '0'); };
  uint32_t number = digit();
  for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (number * 10 + digit() > groups) break;
    number = number * 10 + digit();
  }
  return number;
}

Result<std::vector<Piece>> ReadReplacement(const pcre2_code_8* code, std::string_view text) {
  const uint32_t groups = GroupsOf(code);
  const std::string cure = "write a dollar itself as \\$";
  std::vector<Piece> pieces(1);
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\\') {
      if (++at == text.size()) return Error{"it ends with a backslash", "write it as \\\\"};
      pieces.back().text += text[at++];
    } else if (text[at] != '$') {
      pieces.back().text += text[at++];
    } else {
      int group = -1;
      const size_t close = text.find('}', ++at);
      if (at < text.size() && text[at] >= '0' && text[at] <= '9') {
        group = static_cast<int>(NumberAt(text, groups, at));
      } else if (at < text.size() && text[at] == '{' && close != std::string_view::npos) {
        const std::string name(text.substr(at + 1, close - at - 1));
        group = pcre2_substring_number_from_name_8(code, Bytes(name));
        at = close + 1;
      }
      if (group < 0 || static_cast<uint32_t>(group) > groups) {
        return Error{"$ is followed by no group of the expression", cure};
      }
      pieces.back().group = static_cast<uint32_t>(group);
      pieces.emplace_back();
    }
  }
  return pieces;
}

}  // namespace

Result<Pattern> Pattern::Make(std::string_view expression, Case letters) {
  const bool ignores = letters == Case::kIgnores;
  const auto fault = [&](const std::string& why) {
    return "\"" + std::string(expression) + "\": " + why;
  };
  const auto text = FromJava(expression, ignores);
  if (!text) return Error{fault(text.error().what), text.error().cure};
  if (text->size() > kExpressionBytesMax) {
    return Error{"a regular expression of over 64 KiB", "make several of it"};
  }
  int code = 0;
  PCRE2_SIZE at = 0;
  const uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | (ignores ? PCRE2_CASELESS : 0);
  pcre2_code_8* const compiled =
      pcre2_compile_8(Bytes(*text), text->size(), options, &code, &at, nullptr);
  if (compiled == nullptr) {
    return Error{"\"" + std::string(expression) + "\" is no regular expression: " + Words(code),
                 ""};
  }
  return Pattern(std::string(expression),
                 std::shared_ptr<const pcre2_code_8>(
                     compiled, [compiled](const pcre2_code_8*) { pcre2_code_free_8(compiled); }));
}

bool Pattern::Matches(std::string_view name) const {
  return Match(code_.get(), name).Find(PCRE2_ANCHORED | PCRE2_ENDANCHORED, expression_);
}

Status Pattern::CheckReplacement(std::string_view replacement) const {
  const auto pieces = ReadReplacement(code_.get(), replacement);
  return pieces ? Status() : Status(pieces.error());
}

std::string Pattern::ReplaceFirst(std::string_view name, std::string_view replacement) const {
  const auto pieces = ReadReplacement(code_.get(), replacement);
  Match match(code_.get(), name);
  if (!pieces || !match.Find(0, expression_)) return std::string(name);
  std::string result(name.substr(0, match.begin()));
  for (const Piece& piece : *pieces) {
    result += piece.text;
    if (piece.group) result += match.Group(*piece.group);
  }
  result += name.substr(match.end());
  return result;
}

}  // namespace sluice::pattern
