#include "adapters/postgres/default_value.h"

#include <cctype>

namespace sluice::postgres {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes a quoted text, its quotes doubled inside; false when it does not end.
bool TakeQuoted(std::string_view& rest, std::string& text) {
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != '\'') {
      text += rest[i];
    } else if (i + 1 < rest.size() && rest[i + 1] == '\'') {
      text += rest[i++];
    } else {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool TakeNumber(std::string_view& rest, std::string& text) {
  size_t size = rest.starts_with('-') ? 1 : 0;
  bool digits = false;
  for (; size < rest.size(); ++size) {
    const char c = rest[size];
    if (IsDigit(c)) {
      digits = true;
    } else if (c != '.' &&
               !(digits && c == 'e' && size + 1 < rest.size() &&
                 (IsDigit(rest[size + 1]) || rest[size + 1] == '-' || rest[size + 1] == '+'))) {
      if (!(digits && (c == '-' || c == '+') && rest[size - 1] == 'e')) break;
    }
  }
  if (!digits) return false;
  text = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

bool TakeWord(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  const std::string_view after = rest.substr(word.size());
  if (!after.empty() && !after.starts_with("::") && !after.starts_with(')')) return false;
  rest = after;
  return true;
}

/// `::name`, `::"quoted".name(3,2)[]` and nothing else, any number of times.
bool IsCasts(std::string_view rest) {
  if (rest.empty()) return true;
  if (!rest.starts_with("::")) return false;
  bool quoted = false;
  for (const char c : rest) {
    if (c == '"') quoted = !quoted;
    const bool name = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ' ' ||
                      c == ':' || c == '.' || c == '[' || c == ']' || c == '(' || c == ')' ||
                      c == ',' || c == '"' || static_cast<unsigned char>(c) >= 0x80;
    if (!quoted && !name) return false;
  }
  return !quoted;
}

}  // namespace

DefaultValue ReadDefault(std::string_view expression) {
  DefaultValue value;
  std::string_view rest = expression;
  // ('abc'::character varying)::text, and (-1) as older versions show it.
  size_t open = 0;
  while (rest.starts_with('(')) {
    rest.remove_prefix(1);
    ++open;
  }
  value.kind = DefaultValue::Kind::kPlain;
  bool taken = false;
  bool null = false;
  if (rest.starts_with('\'')) {
    taken = TakeQuoted(rest, value.text);
  } else if (TakeWord(rest, "NULL")) {
    taken = null = true;
  } else if (TakeWord(rest, "true")) {
    value.text = "t";
    taken = true;
  } else if (TakeWord(rest, "false")) {
    value.text = "f";
    taken = true;
  } else {
    taken = TakeNumber(rest, value.text);
  }
  // Brackets that were opened before the literal close among the casts.
  std::string casts;
  for (size_t i = 0; i < rest.size(); ++i) {
    const bool closes_ours = rest[i] == ')' && open > 0 && casts.find('(') == std::string::npos;
    if (closes_ours) {
      --open;
    } else {
      casts += rest[i];
    }
  }
  if (!taken || open != 0 || !IsCasts(casts)) return {DefaultValue::Kind::kComputed, ""};
  if (null) return {};
  return value;
}

}  // namespace sluice::postgres
