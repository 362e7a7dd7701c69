#include "adapters/debezium/json_expansion.h"

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

/// Copies JSON that was found to be well-formed. As deep as SkipValue() goes.
class Copier {
 public:
  Copier(const char* end, const ExpansionRules& rules, TextBuffer& out)
      : end_(end), rules_(rules), out_(out) {}

  const char* Value(const char* at) {
    if (*at == '{') return Object(at);
    if (*at == '[') return Array(at);
    const char* const after = SkipScalar(at, end_);
    out_.Append({at, static_cast<size_t>(after - at)});
    return after;
  }

 private:
  [[nodiscard]] bool SaysNothing(const char* value) const {
    if (*value == 'n') return rules_.nulls == EmptyMember::kLeftOut;
    return *value == '[' && *SkipSpace(value + 1, end_) == ']' &&
           rules_.empty_arrays == EmptyMember::kLeftOut;
  }

  const char* Object(const char* at) {
    out_.Put('{');
    bool first = true;
    std::string_view name;
    for (at = SkipSpace(at + 1, end_); *at != '}'; at = SkipComma(at, end_)) {
      const char* const value = SkipName(at, end_, name);
      if (SaysNothing(value)) {
        at = SkipValue(value, end_);
        continue;
      }
      if (!first) out_.Put(',');
      first = false;
      out_.Put('"');
      out_.Append(name);
      out_.Append("\":");
      at = Value(value);
    }
    out_.Put('}');
    return at + 1;
  }

  const char* Array(const char* at) {
    out_.Put('[');
    bool first = true;
    for (at = SkipSpace(at + 1, end_); *at != ']'; at = SkipComma(at, end_)) {
      if (!first) out_.Put(',');
      first = false;
      at = Value(at);
    }
    out_.Put(']');
    return at + 1;
  }

  const char* const end_;
  const ExpansionRules& rules_;
  TextBuffer& out_;
};

}  // namespace

bool AppendExpanded(std::string_view text, const ExpansionRules& rules, TextBuffer& out) {
  const char* const end = text.data() + text.size();
  const char* const begin = SkipSpace(text.data(), end);
  const bool container = begin != end && (*begin == '{' || *begin == '[');
  if (!container || !IsJson(text)) return false;
  Copier(end, rules, out).Value(begin);
  return true;
}

}  // namespace sluice::debezium
