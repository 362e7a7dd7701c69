#include "tests/bench/null_sink/bulk_action.h"

#include <charconv>
#include <cstring>

namespace sluice::bench {
namespace {

/// A JSON string at the front of `text`, without its quotes; removed from it.
std::optional<std::string_view> TakeString(std::string_view& text) {
  if (text.empty() || text.front() != '"') return std::nullopt;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      const std::string_view value = text.substr(1, i - 1);
      text.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

void SkipSpaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n' ||
                           text.front() == '\r')) {
    text.remove_prefix(1);
  }
}

bool TakeByte(std::string_view& text, char byte) {
  SkipSpaces(text);
  if (text.empty() || text.front() != byte) return false;
  text.remove_prefix(1);
  SkipSpaces(text);
  return true;
}

}  // namespace

size_t ReadFlatObject(std::string_view text, BulkAction& action) {
  const size_t whole = text.size();
  if (!TakeByte(text, '{')) return 0;
  while (!TakeByte(text, '}')) {
    const std::optional<std::string_view> name = TakeString(text);
    if (!name || !TakeByte(text, ':')) return 0;
    std::string_view value;
    if (const std::optional<std::string_view> string = TakeString(text)) {
      value = *string;
    } else {
      const size_t end = text.find_first_of(",}");
      if (end == std::string_view::npos || text.find_first_of("[{") < end) return 0;
      value = text.substr(0, end);
      text.remove_prefix(end);
    }
    if (*name == "_index") action.index = value;
    if (*name == "_id") action.id = value;
    if (*name == "if_seq_no") action.conditional = true;
    if (*name == "version") {
      std::from_chars(value.data(), value.data() + value.size(), action.version);
    }
    TakeByte(text, ',');
    if (text.empty()) return 0;
  }
  return whole - text.size();
}

std::optional<std::string_view> BulkReader::TakeLine() {
  if (rest_.empty()) return std::nullopt;
  const void* end = std::memchr(rest_.data(), '\n', rest_.size());
  if (end == nullptr) return std::nullopt;
  const auto length = static_cast<size_t>(static_cast<const char*>(end) - rest_.data());
  const std::string_view line = rest_.substr(0, length);
  rest_.remove_prefix(length + 1);
  return line;
}

std::optional<BulkAction> BulkReader::NextUnread() {
  const std::optional<std::string_view> line = TakeLine();
  if (!line) return std::nullopt;
  line_ = *line;
  BulkAction action;
  if (line->starts_with(R"({"delete")")) {
    action.operation = "delete";
    return action;
  }
  action.operation = "index";
  const std::optional<std::string_view> source = TakeLine();
  if (!source) {
    rest_ = line_;  // broke off: not complete
    return std::nullopt;
  }
  action.source = *source;
  return action;
}

std::optional<BulkAction> BulkReader::Next() {
  std::optional<BulkAction> action = NextUnread();
  if (!action) return std::nullopt;
  std::string_view line = line_;
  if (!TakeByte(line, '{')) return std::nullopt;
  const std::optional<std::string_view> operation = TakeString(line);
  if (!operation || !TakeByte(line, ':') || ReadFlatObject(line, *action) == 0) {
    rest_ = line_;
    return std::nullopt;
  }
  action->operation = *operation;
  return action;
}

}  // namespace sluice::bench
