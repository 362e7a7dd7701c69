#include "adapters/postgres/copy_text.h"

#include <cstring>

namespace sluice::postgres {
namespace {

/// What a letter after a backslash stands for; any other stands for itself.
char Unescape(char letter) {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return letter;
  }
}

/// `to` and `from` stand at the first backslash. Returns the new end of the value; null when the
/// last backslash has nothing behind it. The server never writes octal or hexadecimal escapes.
char* UndoEscapes(char* from, const char* end) {
  char* to = from;
  while (from != end) {
    if (*from != '\\') {
      *to++ = *from++;
      continue;
    }
    if (++from == end) return nullptr;
    *to++ = Unescape(*from++);
  }
  return to;
}

bool ReadValue(char* begin, char* end, ColumnValue& value) {
  const size_t size = static_cast<size_t>(end - begin);
  if (size == 2 && begin[0] == '\\' && begin[1] == 'N') {
    value = {ColumnValue::Kind::kNull, {}};
    return true;
  }
  value.kind = ColumnValue::Kind::kText;
  auto* escape = static_cast<char*>(size == 0 ? nullptr : std::memchr(begin, '\\', size));
  if (escape != nullptr) {
    end = UndoEscapes(escape, end);
    if (end == nullptr) return false;
  }
  value.text = {begin, static_cast<size_t>(end - begin)};
  return true;
}

}  // namespace

bool ReadCopyRow(std::span<char> line, std::span<ColumnValue> row) {
  char* at = line.data();
  char* end = at + line.size();
  if (at != end && end[-1] == '\n') --end;
  if (row.empty()) return at == end;
  for (size_t i = 0; i + 1 < row.size(); ++i) {
    // A tab inside a value is written as \t: each tab is a border.
    auto* tab = static_cast<char*>(
        at == end ? nullptr : std::memchr(at, '\t', static_cast<size_t>(end - at)));
    if (tab == nullptr || !ReadValue(at, tab, row[i])) return false;
    at = tab + 1;
  }
  if (at != end && std::memchr(at, '\t', static_cast<size_t>(end - at)) != nullptr) return false;
  return ReadValue(at, end, row.back());
}

}  // namespace sluice::postgres
