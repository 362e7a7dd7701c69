#include "service/verify/canonical.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

#include "adapters/debezium/json_text.h"
#include "core/operations/hash.h"

namespace sluice::verify {
namespace {

constexpr size_t kShownBytes = 120;

void AppendBytes(char kind, std::string_view bytes, std::string& out) {
  out += kind;
  out += std::to_string(bytes.size());
  out += ':';
  out += bytes;
}

/// Sign, digits without zeros at either end, and the power of ten they are multiplied by.
void AppendNumber(std::string_view token, std::string& out) {
  const size_t mark = std::min(token.find_first_of("eE"), token.size());
  int64_t power = 0;
  if (mark < token.size()) {
    std::string_view text = token.substr(mark + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    // A power that fits nowhere is compared as it is written.
    if (std::from_chars(text.data(), text.data() + text.size(), power).ec != std::errc()) {
      return AppendBytes('N', token, out);
    }
  }
  std::string digits;
  const bool negative = token.starts_with('-');
  bool fraction = false;
  for (const char c : token.substr(negative ? 1 : 0, mark - (negative ? 1 : 0))) {
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (fraction) --power;
    if (c != '0' || !digits.empty()) digits += c;
  }
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++power;
  }
  if (digits.empty()) {  // zero, of whatever sign
    out += "n0;";
    return;
  }
  out += negative ? "n-" : "n";
  out += digits + "e" + std::to_string(power) + ";";
}

void AppendValue(std::string_view value, bool json_text, std::string& out);

void AppendString(std::string_view content, bool json_text, std::string& out) {
  std::string text;
  if (!debezium::AppendUnescaped(content, text)) {
    return AppendBytes('r', content, out);  // half a surrogate pair: as it is written
  }
  if (json_text && debezium::IsJson(text)) {
    out += 'j';
    return AppendValue(debezium::TrimSpace(text), false, out);
  }
  AppendBytes('s', text, out);
}

std::string NameOf(std::string_view content) {
  std::string name;
  if (!debezium::AppendUnescaped(content, name)) name = content;
  return name;
}

std::vector<CanonicalField> FieldsOf(std::string_view object, const JsonFields* json_fields,
                                     bool json_text) {
  std::vector<CanonicalField> fields;
  debezium::MemberReader members(object);
  while (members.Next()) {
    CanonicalField& field = fields.emplace_back();
    field.name = NameOf(members.name());
    const bool text = json_text || (json_fields != nullptr && json_fields->contains(field.name));
    AppendValue(members.value(), text, field.value);
  }
  std::sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.value) < std::tie(b.name, b.value);
  });
  return fields;
}

void AppendArray(std::string_view value, bool json_text, std::string& out) {
  const char* const end = value.data() + value.size();
  out += '[';
  for (const char* at = debezium::SkipSpace(value.data() + 1, end); at < end && *at != ']';) {
    const char* stop = debezium::SkipValue(at, end);
    if (stop == nullptr) break;  // not met: the whole was read before
    AppendValue({at, static_cast<size_t>(stop - at)}, json_text, out);
    at = debezium::SkipSpace(stop, end);
    if (at < end && *at == ',') at = debezium::SkipSpace(at + 1, end);
  }
  out += ']';
}

/// `value` is JSON, no deeper than the reader of it goes.
void AppendValue(std::string_view value, bool json_text, std::string& out) {
  switch (value.empty() ? ' ' : value.front()) {
    case '"': return AppendString(value.substr(1, value.size() - 2), json_text, out);
    case '[': return AppendArray(value, json_text, out);
    case '{':
      out += '{';
      for (const CanonicalField& field : FieldsOf(value, nullptr, json_text)) {
        AppendBytes('k', field.name, out);
        out += field.value;
      }
      out += '}';
      return;
    case 't':
    case 'f': out += value.front(); return;
    case 'n': out += 'z'; return;
    default: return AppendNumber(value, out);
  }
}

/// The text of each member, by name.
std::map<std::string, std::string_view> TextsOf(std::string_view document) {
  std::map<std::string, std::string_view> texts;
  debezium::MemberReader members(document);
  while (members.Next()) texts[NameOf(members.name())] = members.value();
  return texts;
}

std::optional<std::string> Shown(const std::map<std::string, std::string_view>& texts,
                                 const std::string& name) {
  const auto found = texts.find(name);
  if (found == texts.end()) return std::nullopt;
  std::string_view text = found->second;
  if (text.size() <= kShownBytes) return std::string(text);
  size_t cut = kShownBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "…";
}

}  // namespace

std::optional<std::vector<CanonicalField>> CanonicalFields(std::string_view document,
                                                           const JsonFields& json_fields) {
  const std::string_view object = debezium::TrimSpace(document);
  if (!object.starts_with('{') || !debezium::IsJson(object)) return std::nullopt;
  return FieldsOf(object, &json_fields, false);
}

uint64_t DigestOf(std::string_view document, const JsonFields& json_fields) {
  const auto fields = CanonicalFields(document, json_fields);
  if (!fields) return HashBytes(document, 1);
  std::string text;
  for (const CanonicalField& field : *fields) {
    AppendBytes('k', field.name, text);
    text += field.value;
  }
  return HashBytes(text, 2);
}

std::vector<FieldDifference> DifferingFields(std::string_view expected, std::string_view stored,
                                             const JsonFields& json_fields) {
  const auto ours = CanonicalFields(expected, json_fields).value_or(std::vector<CanonicalField>());
  const auto theirs = CanonicalFields(stored, json_fields).value_or(std::vector<CanonicalField>());
  const auto our_texts = TextsOf(expected);
  const auto their_texts = TextsOf(stored);
  std::map<std::string, std::pair<std::string, std::string>> values;  // names held twice are joined
  for (const CanonicalField& field : ours) values[field.name].first += field.value;
  for (const CanonicalField& field : theirs) values[field.name].second += field.value;
  std::vector<FieldDifference> differing;
  for (const auto& [name, pair] : values) {
    if (pair.first == pair.second) continue;
    differing.push_back({name, Shown(our_texts, name), Shown(their_texts, name)});
  }
  return differing;
}

bool LackNullsOnly(std::span<const FieldDifference> fields) {
  return !fields.empty() && std::all_of(fields.begin(), fields.end(), [](const auto& field) {
    return !field.stored && field.expected == "null";
  });
}

std::string TextField(std::string_view document, std::string_view name) {
  debezium::MemberReader members(debezium::TrimSpace(document));
  while (members.Next()) {
    const std::string_view value = members.value();
    if (NameOf(members.name()) != name || !value.starts_with('"')) continue;
    std::string text;
    if (debezium::AppendUnescaped(value.substr(1, value.size() - 2), text)) return text;
  }
  return {};
}

}  // namespace sluice::verify
