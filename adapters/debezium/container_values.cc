#include "adapters/debezium/container_values.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "adapters/debezium/json_string.h"

namespace sluice::debezium {
namespace {

void NoteReplaced(size_t bytes, ValueSink& sink) {
  if (bytes > 0) sink.Note(Alteration::kReplaced, bytes);
}

/// Reads the text of one array.
class ArrayText {
 public:
  ArrayText(std::string_view text, const ValueFormat& format, ValueSink& sink)
      : text_(text),
        element_(*format.element),
        compat_(format.fidelity == Fidelity::kCompat),
        delimiter_(format.element->type == ColumnType::kBox ? ';' : ','),
        sink_(sink) {}

  /// The whole text: bounds where they are not the usual ones, then the array.
  bool Render() {
    if (text_.starts_with('[')) {
      const size_t equals = text_.find('=');
      if (equals == std::string_view::npos) return false;
      at_ = equals + 1;
      sink_.Lose(KeyLoss::kBounds);
    }
    return RenderLevel(1) && at_ == text_.size();
  }

 private:
  [[nodiscard]] char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool RenderLevel(int depth) {
    if (depth > kArrayDepthMax || Next() != '{') return false;
    ++at_;
    sink_.out.Put('[');
    if (Next() == '}') {
      ++at_;
      sink_.out.Put(']');
      return true;
    }
    while (RenderItem(depth)) {
      const char next = Next();
      ++at_;
      if (next == '}') {
        sink_.out.Put(']');
        return true;
      }
      if (next != delimiter_) return false;
      sink_.out.Put(',');
    }
    return false;
  }

  bool RenderItem(int depth) {
    if (Next() == '{') {
      const size_t start = sink_.out.size();
      if (!RenderLevel(depth + 1)) return false;
      if (compat_) {
        sink_.out.CutTo(start);
        sink_.out.Append("null");
        sink_.Lose(KeyLoss::kCompat);
      }
      return true;
    }
    if (Next() == '"') return RenderQuoted();
    const size_t from = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '}') ++at_;
    const std::string_view value = text_.substr(from, at_ - from);
    if (value.empty()) return false;
    if (value == "NULL") {
      sink_.out.Append("null");
    } else {
      AppendValue(value, element_, sink_);
    }
    return true;
  }

  bool RenderQuoted() {
    const size_t from = ++at_;
    bool escaped = false;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        escaped = true;
        ++at_;
      }
      ++at_;
    }
    if (at_ >= text_.size()) return false;
    std::string_view value = text_.substr(from, at_ - from);
    ++at_;
    if (escaped) {
      sink_.text.clear();
      for (size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\') ++i;
        sink_.text += value[i];
      }
      value = sink_.text;
    }
    AppendValue(value, element_, sink_);
    return true;
  }

  std::string_view text_;
  const ValueFormat& element_;
  bool compat_;
  char delimiter_;
  ValueSink& sink_;
  size_t at_ = 0;
};

/// Reads a quoted part of an hstore at `at` and appends it to `plain` without its escapes.
bool TakeQuoted(std::string_view text, size_t& at, std::string& plain, size_t& from, size_t& size) {
  if (at >= text.size() || text[at] != '"') return false;
  from = plain.size();
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && ++at == text.size()) return false;
    plain += text[at];
  }
  if (at >= text.size()) return false;
  ++at;
  size = plain.size() - from;
  return true;
}

bool TakeWord(std::string_view text, size_t& at, std::string_view word) {
  if (text.substr(at, word.size()) != word) return false;
  at += word.size();
  return true;
}

/// "a"=>"1", "b"=>NULL
bool ReadPairs(std::string_view text, ValueSink& sink) {
  sink.pairs.clear();
  sink.plain.clear();
  size_t at = 0;
  while (at < text.size()) {
    if (!sink.pairs.empty() && !TakeWord(text, at, ", ")) return false;
    PairPlace pair;
    pair.number = static_cast<uint32_t>(sink.pairs.size());
    if (!TakeQuoted(text, at, sink.plain, pair.key, pair.key_size) || !TakeWord(text, at, "=>")) {
      return false;
    }
    pair.null = TakeWord(text, at, "NULL");
    if (!pair.null && !TakeQuoted(text, at, sink.plain, pair.value, pair.value_size)) return false;
    sink.pairs.push_back(pair);
  }
  return true;
}

/// String.hashCode() of Java, as its HashMap spreads it.
uint32_t JavaHash(std::string_view text) {
  uint32_t hash = 0;
  for (size_t at = 0; at < text.size();) {
    const auto code = static_cast<uint32_t>(NextCharacter(text, at));
    if (code >= 0x10000 && code <= 0x10FFFF) {
      hash = hash * 31 + 0xD800 + ((code - 0x10000) >> 10);
      hash = hash * 31 + 0xDC00 + ((code - 0x10000) & 0x3FF);
    } else {
      hash = hash * 31 + code;
    }
  }
  return hash ^ hash >> 16;
}

/// The order in which a Java map of these keys gives its entries.
void SortAsJava(ValueSink& sink) {
  uint32_t buckets = 16;
  while (sink.pairs.size() > buckets / 4 * 3) buckets *= 2;
  for (PairPlace& pair : sink.pairs) {
    pair.bucket =
        JavaHash(std::string_view(sink.plain).substr(pair.key, pair.key_size)) & (buckets - 1);
  }
  std::sort(sink.pairs.begin(), sink.pairs.end(), [](const PairPlace& a, const PairPlace& b) {
    return a.bucket != b.bucket ? a.bucket < b.bucket : a.number < b.number;
  });
}

using AppendPart = size_t (*)(std::string_view, TextBuffer&);

bool RenderPairs(std::string_view text, bool compat, AppendPart append, ValueSink& sink) {
  if (!ReadPairs(text, sink)) return false;
  if (compat) SortAsJava(sink);
  const std::string_view plain = sink.plain;
  sink.out.Put('{');
  for (const PairPlace& pair : sink.pairs) {
    if (&pair != sink.pairs.data()) sink.out.Put(',');
    NoteReplaced(append(plain.substr(pair.key, pair.key_size), sink.out), sink);
    sink.out.Put(':');
    if (pair.null) {
      sink.out.Append("null");
    } else {
      NoteReplaced(append(plain.substr(pair.value, pair.value_size), sink.out), sink);
    }
  }
  sink.out.Put('}');
  return true;
}

/// Turns what was appended since `start` into a JSON string.
void QuoteSince(size_t start, ValueSink& sink) {
  sink.plain.assign(sink.out.view().substr(start));
  sink.out.CutTo(start);
  AppendText(sink.plain, sink);
}

/// Reads an attribute of a row type. `quoted`: it stands in quotes, so that it is not null.
bool TakeAttribute(std::string_view text, size_t& at, std::string& plain, bool& quoted) {
  plain.clear();
  quoted = false;
  bool inside = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      if (inside && at + 1 < text.size() && text[at + 1] == '"') {
        plain += text[++at];
      } else {
        inside = !inside;
        quoted = true;
      }
    } else if (c == '\\') {
      if (++at == text.size()) return false;
      plain += text[at];
    } else if (!inside && (c == ',' || c == ')')) {
      return true;
    } else {
      plain += c;
    }
  }
  return false;
}

}  // namespace

bool RenderArray(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  return ArrayText(text, format, sink).Render();
}

bool RenderHstoreMap(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  return RenderPairs(text, format.fidelity == Fidelity::kCompat, AppendJsonString, sink);
}

bool RenderHstoreJson(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  const size_t start = sink.out.size();
  if (!RenderPairs(text, format.fidelity == Fidelity::kCompat, AppendInnerJsonString, sink)) {
    return false;
  }
  QuoteSince(start, sink);
  return true;
}

bool RenderComposite(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  if (!text.starts_with('(')) return false;
  const size_t start = sink.out.size();
  sink.out.Put('[');
  size_t at = 1;
  for (bool more = true; more;) {
    bool quoted = false;
    if (!TakeAttribute(text, at, sink.plain, quoted)) return false;
    if (sink.plain.empty() && !quoted) {
      sink.out.Append("null");
    } else {
      NoteReplaced(AppendInnerJsonString(sink.plain, sink.out), sink);
    }
    more = text[at++] == ',';
    if (more) sink.out.Put(',');
  }
  if (at != text.size()) return false;
  sink.out.Put(']');
  QuoteSince(start, sink);
  return true;
}

}  // namespace sluice::debezium
