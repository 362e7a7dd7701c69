#include "adapters/debezium/json_string.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace sluice::debezium {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr char32_t kNotUtf8 = 0xFFFFFFFF;
constexpr size_t kEscapeBytesMax = 12;  // two surrogates

bool IsPlain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// Copies plain bytes until one that is not, or the end. Both pointers have 16 bytes to spare only
/// where `left` says so; returns how many were copied.
size_t CopyPlain(const char* from, size_t left, char* to) {
  size_t at = 0;
#if defined(__SSE2__)
  const __m128i space = _mm_set1_epi8(0x20);
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  for (; left - at >= 16; at += 16) {
    __m128i bytes;
    std::memcpy(&bytes, from + at, sizeof(bytes));
    // As signed numbers, bytes above 0x7F are below the space too.
    const __m128i special =
        _mm_or_si128(_mm_cmplt_epi8(bytes, space),
                     _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
    std::memcpy(to + at, &bytes, sizeof(bytes));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return at + static_cast<size_t>(std::countr_zero(mask));
  }
#endif
  constexpr uint64_t kOnes = 0x0101010101010101;
  for (; left - at >= 8; at += 8) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, from + at, sizeof(bytes));
    const uint64_t quotes = bytes ^ (kOnes * '"');
    const uint64_t backslashes = bytes ^ (kOnes * '\\');
    const uint64_t special =
        ((bytes - kOnes * 0x20) | (quotes - kOnes) | (backslashes - kOnes) | bytes) &
        (kOnes * 0x80);
    if (special != 0) break;  // which byte it is, the loop below finds
    std::memcpy(to + at, &bytes, sizeof(bytes));
  }
  for (; at < left && IsPlain(static_cast<unsigned char>(from[at])); ++at) to[at] = from[at];
  return at;
}

char* PutUnicodeEscape(uint32_t unit, char* to) {
  *to++ = '\\';
  *to++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4) *to++ = kHexDigits[(unit >> shift) & 15];
  return to;
}

char* PutControl(unsigned char byte, char* to) {
  char letter = 0;
  switch (byte) {
    case '\b': letter = 'b'; break;
    case '\t': letter = 't'; break;
    case '\n': letter = 'n'; break;
    case '\f': letter = 'f'; break;
    case '\r': letter = 'r'; break;
    case '"': letter = '"'; break;
    case '\\': letter = '\\'; break;
    default: return PutUnicodeEscape(byte, to);
  }
  *to++ = '\\';
  *to++ = letter;
  return to;
}

/// Whether `text[at]` goes on a character, and its six bits.
bool Continuation(std::string_view text, size_t at, uint32_t& bits) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  if ((byte & 0xC0) != 0x80) return false;
  bits = bits << 6 | (byte & 0x3FU);
  return true;
}

}  // namespace

char32_t NextCharacter(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  uint32_t code = lead;
  size_t size = 1;
  uint32_t smallest = 0;
  if (lead >= 0xF0 && lead < 0xF5) {
    size = 4;
    code = lead & 7U;
    smallest = 0x10000;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    size = 3;
    code = lead & 15U;
    smallest = 0x800;
  } else if (lead >= 0xC2 && lead < 0xE0) {
    size = 2;
    code = lead & 31U;
    smallest = 0x80;
  } else if (lead >= 0x80) {
    ++at;
    return kNotUtf8;
  }
  for (size_t i = 1; i < size; ++i) {
    if (!Continuation(text, at + i, code)) {
      ++at;
      return kNotUtf8;
    }
  }
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (code < smallest || surrogate || code > 0x10FFFF) {
    ++at;
    return kNotUtf8;
  }
  at += size;
  return code;
}

namespace {

/// Writes the character at `at` that CopyPlain() stopped at. Returns where writing goes on.
template <bool kInner>
char* PutSpecial(std::string_view text, size_t& at, char* to, size_t& replaced) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) {
    ++at;
    return PutControl(byte, to);
  }
  const size_t from = at;
  const char32_t code = NextCharacter(text, at);
  if (code == kNotUtf8) {
    ++replaced;
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    return std::copy(kReplacement.begin(), kReplacement.end(), to);
  }
  if (!kInner && code >= 0x10000) {
    const uint32_t rest = static_cast<uint32_t>(code) - 0x10000;
    to = PutUnicodeEscape(0xD800 + (rest >> 10), to);
    return PutUnicodeEscape(0xDC00 + (rest & 0x3FF), to);
  }
  std::memcpy(to, text.data() + from, at - from);
  return to + (at - from);
}

template <bool kInner>
size_t AppendContent(std::string_view text, TextBuffer& out) {
  // Pieces, so that a value of a gigabyte does not ask for twelve.
  constexpr size_t kPiece = 4096;
  size_t replaced = 0;
  size_t at = 0;
  while (at < text.size()) {
    const size_t stop = std::min(text.size(), at + kPiece);
    char* const start = out.Need((stop - at) * kEscapeBytesMax);
    char* to = start;
    while (at < stop) {
      const size_t plain = CopyPlain(text.data() + at, stop - at, to);
      at += plain;
      to += plain;
      // Other characters often come in rows: a text in another script.
      while (at < stop && !IsPlain(static_cast<unsigned char>(text[at]))) {
        to = PutSpecial<kInner>(text, at, to, replaced);
      }
    }
    out.Advance(static_cast<size_t>(to - start));
  }
  return replaced;
}

}  // namespace

size_t AppendJsonString(std::string_view text, TextBuffer& out) {
  out.Put('"');
  const size_t replaced = AppendContent<false>(text, out);
  out.Put('"');
  return replaced;
}

size_t AppendInnerJsonString(std::string_view text, TextBuffer& out) {
  out.Put('"');
  const size_t replaced = AppendContent<true>(text, out);
  out.Put('"');
  return replaced;
}

}  // namespace sluice::debezium
