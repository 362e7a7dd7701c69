#include "adapters/elasticsearch/error_body.h"

#include <simdjson.h>

namespace sluice::elasticsearch {

std::string_view Shortened(std::string_view text) {
  if (text.size() <= kServerTextBytesMax) return text;
  size_t end = kServerTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

ErrorBody ReadErrorBody(const std::string& reply) {
  ErrorBody words;
  simdjson::dom::parser parser;
  simdjson::dom::element error;
  std::string_view text;
  if (parser.parse(reply)["error"].get(error) != simdjson::SUCCESS) {
    words.reason = Shortened(reply);
    return words;
  }
  if (error.get(text) == simdjson::SUCCESS) {
    words.reason = Shortened(text);
    return words;
  }
  if (error["type"].get(text) == simdjson::SUCCESS) words.type = Shortened(text);
  if (error["reason"].get(text) == simdjson::SUCCESS) words.reason = Shortened(text);
  return words;
}

}  // namespace sluice::elasticsearch
