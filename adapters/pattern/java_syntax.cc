#include "adapters/pattern/java_syntax.h"

#include <algorithm>
#include <array>

namespace sluice::pattern {
namespace {

/// General categories, which both know by the same names.
constexpr auto kCategories = std::to_array<std::string_view>(
    {"C",  "Cc", "Cf", "Cn", "Co", "Cs", "L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",
     "Mc", "Me", "Mn", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi",
     "Po", "Ps", "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs"});
/// Java takes all of them as one where case does not matter, PCRE2 does not.
constexpr auto kCased = std::to_array<std::string_view>({"Ll", "Lt", "Lu"});

/// Letters that mean the same behind a backslash, without anything that follows.
constexpr std::string_view kSameEscapes = "tnrfaedDhHsSvVwWAzZG";
constexpr std::string_view kSameOutsideClasses = "bBRX";
constexpr std::string_view kFlags = "ims-";

template <typename List>
bool Has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class Translator {
 public:
  Translator(std::string_view text, bool ignores_case) : text_(text), ignores_case_(ignores_case) {}

  Result<std::string> Run() {
    while (at_ < text_.size() && refused_.empty()) Step();
    if (refused_.empty()) return std::move(out_);
    return Error{refused_, cure_};
  }

 private:
  [[nodiscard]] bool Follows(std::string_view word) const {
    return text_.substr(at_).starts_with(word);
  }

  void Refuse(std::string what, std::string cure) {
    refused_ = std::move(what);
    cure_ = std::move(cure);
  }

  void Copy(size_t bytes) {
    out_ += text_.substr(at_, bytes);
    at_ += bytes;
  }

  void Step() {
    if (Follows("\\")) return Escape();
    if (in_class_) return StepInClass();
    switch (text_[at_]) {
      case '[':
        in_class_ = true;
        Copy(Follows("[^") ? 2 : 1);
        if (Follows("]")) Refuse("a class begins with ]", "write it as \\]");
        return;
      case '(': return Group();
      case '{': return Count();
      default: return Copy(1);
    }
  }

  void StepInClass() {
    if (Follows("&&")) {
      return Refuse("the intersection of classes, &&, is not supported",
                    "write the characters out, or a look ahead: (?![x])[a-z] for [a-z&&[^x]]");
    }
    if (Follows("[")) {
      return Refuse("a class within a class is not supported",
                    "write [a-dm-p] for [a-d[m-p]]; a bracket itself is \\[");
    }
    if (Follows("]")) in_class_ = false;
    Copy(1);
  }

  void Escape() {
    if (at_ + 1 >= text_.size()) return Copy(1);  // told by PCRE2
    const char c = text_[at_ + 1];
    if (c == 'Q') return Quote();
    if (c == 'u') return Unicode();
    if (c == 'x') return Hex();
    if (c == 'p' || c == 'P') return Property();
    if (c == 'c') return Copy(std::min<size_t>(3, text_.size() - at_));
    if (IsDigit(c)) return BackReference();
    if (!IsLetter(c) || kSameEscapes.find(c) != std::string_view::npos) return Copy(2);
    if (!in_class_ && kSameOutsideClasses.find(c) != std::string_view::npos) {
      if (!Follows("\\b{")) return Copy(2);
    } else if (!in_class_ && Follows("\\k<")) {
      return Copy(3);
    }
    Refuse(std::string("\\") + c + (Follows("\\b{") ? "{…}" : "") +
               (in_class_ ? " within a class" : "") + " is not supported",
           "");
  }

  void Quote() {
    const size_t end = text_.find("\\E", at_ + 2);
    const size_t size = end == std::string_view::npos ? text_.size() - at_ : end + 2 - at_;
    const std::string_view quoted =
        text_.substr(at_ + 2, end == std::string_view::npos ? end : end - at_ - 2);
    for (const char c : quoted) {
      if (static_cast<unsigned char>(c) < 0x80 && !IsLetter(c) && !IsDigit(c)) out_ += '\\';
      out_ += c;
    }
    at_ += size;
  }

  void Unicode() {
    const std::string_view digits = text_.substr(at_ + 2, 4);
    if (digits.size() < 4 || !std::all_of(digits.begin(), digits.end(), IsHex)) {
      return Refuse("\\u is not followed by four hexadecimal digits", "");
    }
    out_ += "\\x{" + std::string(digits) + "}";
    at_ += 6;
  }

  void Hex() {
    const std::string_view digits = text_.substr(at_ + 2, 2);
    const bool braced = Follows("\\x{");
    if (!braced && (digits.size() < 2 || !std::all_of(digits.begin(), digits.end(), IsHex))) {
      return Refuse("\\x is not followed by two hexadecimal digits", "");
    }
    const size_t end = text_.find('}', at_);
    Copy(braced && end != std::string_view::npos ? end + 1 - at_ : 4);
  }

  void Property() {
    const bool braced = text_.substr(at_ + 2).starts_with("{");
    const size_t end = text_.find('}', at_);
    if (braced && end == std::string_view::npos) return Refuse("\\p{ is not ended by }", "");
    const std::string_view name =
        braced ? text_.substr(at_ + 3, end - at_ - 3) : text_.substr(at_ + 2, 1);
    const std::string written(text_.substr(at_, braced ? end + 1 - at_ : 3));
    if (!Has(kCategories, name)) {
      return Refuse(written + " is not supported",
                    "of \\p{…} only Unicode's general categories are: \\p{L} for letters, \\p{Nd} "
                    "for digits; write [a-z] for \\p{Lower}");
    }
    if (ignores_case_ && Has(kCased, name)) {
      return Refuse(written + " asks for a case, and case does not matter here", "write \\p{L}");
    }
    Copy(written.size());
  }

  void BackReference() {
    const bool more = at_ + 2 < text_.size() && IsDigit(text_[at_ + 2]);
    if (!in_class_ && !more && text_[at_ + 1] != '0') return Copy(2);
    Refuse("\\" + std::string(text_.substr(at_ + 1, 2)) + " is not supported",
           "write a character as \\x41; back references are \\1 to \\9");
  }

  /// `(?` and what may follow: PCRE2 has much more, and other flags.
  void Group() {
    if (Follows("(*")) return Refuse("(* is no beginning of a group", "a bracket itself is \\(");
    if (!Follows("(?")) return Copy(1);
    for (const std::string_view known : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"}) {
      if (Follows(known)) return Copy(known.size());
    }
    if (Follows("(?<")) return Copy(3);  // a name
    const size_t end = text_.find_first_not_of(kFlags, at_ + 2);
    const bool flags =
        end != std::string_view::npos && end > at_ + 2 && (text_[end] == ':' || text_[end] == ')');
    if (flags) return Copy(end + 1 - at_);
    Refuse(std::string(text_.substr(at_, 3)) + " is not supported",
           "of flags only i, m and s are, as in (?i)");
  }

  /// A brace that does not count is a plain character to PCRE2, and no expression to Java.
  void Count() {
    size_t end = text_.find_first_not_of("0123456789", at_ + 1);
    const bool counts = end != at_ + 1;
    if (end != std::string_view::npos && text_[end] == ',') {
      end = text_.find_first_not_of("0123456789", end + 1);
    }
    if (!counts || end == std::string_view::npos || text_[end] != '}') {
      return Refuse("{ is not followed by a count, as in {2} or {1,3}", "a brace itself is \\{");
    }
    Copy(end + 1 - at_);
  }

  std::string_view text_;
  bool ignores_case_;
  size_t at_ = 0;
  bool in_class_ = false;
  std::string out_;
  std::string refused_;
  std::string cure_;
};

}  // namespace

Result<std::string> FromJava(std::string_view expression, bool ignores_case) {
  return Translator(expression, ignores_case).Run();
}

}  // namespace sluice::pattern
