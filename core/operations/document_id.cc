#include "core/operations/document_id.h"

#include <algorithm>
#include <utility>

#include "core/model/check.h"
#include "core/operations/json_string.h"
#include "core/operations/sha256.h"

namespace sluice {
namespace {

/// Undoes what several columns' texts are escaped by.
std::optional<std::string> Unescaped(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '~') {
      plain.push_back(text[at]);
      continue;
    }
    if (++at == text.size() || (text[at] != '~' && text[at] != 'c')) return std::nullopt;
    plain.push_back(text[at] == 'c' ? ',' : '~');
  }
  return plain.empty() ? std::nullopt : std::optional(plain);
}

std::optional<std::string> OnlyText(std::string_view id) {
  if (!id.starts_with('~')) return id.empty() ? std::nullopt : std::optional(std::string(id));
  if (!id.starts_with("~~")) return std::nullopt;  // hashed
  return std::string(id.substr(1));
}

/// Adds what a column's part of an id tells. False: it is none.
bool AddText(std::string_view part, bool only_part, KeyTexts& texts) {
  if (part == "~n") {
    texts.emplace_back();
  } else if (part == "~e") {
    texts.emplace_back(std::in_place);
  } else {
    texts.push_back(only_part ? OnlyText(part) : Unescaped(part));
    return texts.back().has_value();
  }
  return true;
}

}  // namespace

std::string_view DocumentIdBuilder::Build(std::span<const KeyPart> key) {
  SLUICE_CHECK(!key.empty(), "a document id needs a key");
  full_text_ = {};
  const KeyPart& first = key.front();
  std::string_view id;
  if (key.size() == 1 && first.kind != KeyPart::Kind::kNull && !first.text.empty() &&
      first.text.front() != '~') {
    id = first.text;  // the usual case: no copy
  } else {
    scratch_.clear();
    for (const KeyPart& part : key) {
      if (&part != &first) scratch_.push_back(',');
      AppendPart(part, key.size() == 1);
    }
    id = scratch_;
  }
  if (id.size() <= kDocumentIdBytesMax) return id;
  if (id.data() != scratch_.data()) scratch_.assign(id);
  full_text_ = scratch_;
  hashed_ = "~h" + Sha256Hex(full_text_);
  return hashed_;
}

void DocumentIdBuilder::AppendPart(const KeyPart& part, bool only_part) {
  if (part.kind == KeyPart::Kind::kNull) {
    scratch_.append("~n");
  } else if (part.text.empty()) {
    scratch_.append("~e");
  } else if (only_part) {
    if (part.text.front() == '~') scratch_.push_back('~');
    scratch_.append(part.text);
  } else {
    for (const char c : part.text) {
      if (c == '~') {
        scratch_.append("~~");
      } else if (c == ',') {
        scratch_.append("~c");
      } else {
        scratch_.push_back(c);
      }
    }
  }
}

std::optional<KeyTexts> KeyTextsOf(std::string_view id, size_t columns) {
  KeyTexts texts;
  for (size_t begin = 0; begin <= id.size();) {
    const size_t comma = columns == 1 ? id.size() : std::min(id.find(',', begin), id.size());
    if (texts.size() == columns) return std::nullopt;
    if (!AddText(id.substr(begin, comma - begin), columns == 1, texts)) return std::nullopt;
    begin = comma + 1;
  }
  if (texts.size() != columns) return std::nullopt;
  return texts;
}

void PrependFullKey(std::string_view full_key, std::string_view document, std::string& out) {
  SLUICE_CHECK(!document.empty() && document.front() == '{', "a document is a JSON object");
  out.assign("{\"");
  out.append(kFullKeyField);
  out.append("\":");
  AppendJsonString(full_key, out);
  const size_t content = document.find_first_not_of(" \t\r\n", 1);
  if (content != std::string_view::npos && document[content] != '}') out.push_back(',');
  out.append(document.substr(1));
}

}  // namespace sluice
