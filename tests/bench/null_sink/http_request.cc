#include "tests/bench/null_sink/http_request.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace sluice::bench {
namespace {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

void ApplyHeader(std::string_view name, std::string_view value, HttpRequest& request) {
  if (EqualsIgnoringCase(name, "content-length")) {
    const auto parsed =
        std::from_chars(value.data(), value.data() + value.size(), request.body_bytes);
    if (parsed.ec != std::errc{}) request.method = {};
  } else if (EqualsIgnoringCase(name, "connection")) {
    request.keep_alive = !EqualsIgnoringCase(value, "close");
  } else if (EqualsIgnoringCase(name, "expect")) {
    request.expects_continue = EqualsIgnoringCase(value, "100-continue");
  } else if (EqualsIgnoringCase(name, "transfer-encoding") ||
             EqualsIgnoringCase(name, "content-encoding")) {
    request.supported = EqualsIgnoringCase(value, "identity");
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<HttpRequest> ParseHead(std::string_view received) {
  const size_t end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  HttpRequest request;
  request.head_bytes = end + 4;
  std::string_view head = received.substr(0, end);
  size_t line_end = std::min(head.find('\n'), head.size());
  const std::string_view first = Trim(head.substr(0, line_end));
  const size_t space = first.find(' ');
  const size_t last = first.rfind(' ');
  if (space == std::string_view::npos || last == space) return request;
  request.method = first.substr(0, space);
  const std::string_view target = first.substr(space + 1, last - space - 1);
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  while (line_end < head.size()) {
    head.remove_prefix(line_end + 1);
    line_end = std::min(head.find('\n'), head.size());
    const std::string_view line = head.substr(0, line_end);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    ApplyHeader(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)), request);
  }
  return request;
}

std::optional<std::string> QueryParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name) {
      return equals == std::string_view::npos ? std::string()
                                              : PercentDecode(pair.substr(equals + 1));
    }
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return std::nullopt;
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

}  // namespace sluice::bench
