#pragma once

#include <cstddef>
#include <string_view>

#include "adapters/debezium/text_buffer.h"

namespace sluice::debezium {

// JSON strings as Jackson writes them to UTF-8: quote, backslash and control bytes escaped (short
// forms where there are any, else \u00XX in capitals), characters outside the basic plane as two
// escaped surrogates, everything else as it is.

/// Appends `text` with its quotes. Bytes that are no UTF-8 become U+FFFD; returns how many did.
size_t AppendJsonString(std::string_view text, TextBuffer& out);
/// The same for JSON that goes into another JSON string: characters outside the basic plane stay as
/// they are, for the outer string escapes them.
size_t AppendInnerJsonString(std::string_view text, TextBuffer& out);

/// Reads one character at `text[at]` and moves `at` behind it. 0xFFFFFFFF: not UTF-8, one byte.
char32_t NextCharacter(std::string_view text, size_t& at);

}  // namespace sluice::debezium
