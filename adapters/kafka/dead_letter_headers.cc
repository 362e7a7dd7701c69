#include "adapters/kafka/dead_letter_headers.h"

#include <utility>

namespace sluice::kafka {
namespace {

/// Connect's names of the stages at which a record can fail.
const char* ConnectStage(std::string_view stage) {
  if (stage == "decode") return "VALUE_CONVERTER";
  if (stage == "plan") return "TRANSFORMATION";
  return "TASK_PUT";
}

/// The part of the program that refused, under the header that names a class in Connect.
std::string Refuser(std::string_view stage) {
  return "sluice." + std::string(stage);
}

std::string Offsets(std::span<const Offset> offsets) {
  constexpr size_t kOffsetsMax = 1'000;
  std::string text;
  for (size_t i = 0; i < offsets.size() && i < kOffsetsMax; ++i) {
    if (i > 0) text += ',';
    text += std::to_string(offsets[i].value);
  }
  if (offsets.size() > kOffsetsMax) text += ",…";
  return text;
}

}  // namespace

std::string Truncated(std::string_view text, size_t bytes) {
  constexpr std::string_view kCut = "…";
  if (text.size() <= bytes) return std::string(text);
  size_t end = bytes > kCut.size() ? bytes - kCut.size() : 0;
  // Bytes of the form 10xxxxxx continue a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + std::string(kCut);
}

std::vector<Header> DeadLetterHeaders(const DeadLetter& letter,
                                      const DeadLetterSettings& settings) {
  std::vector<Header> headers(letter.headers.begin(), letter.headers.end());
  const auto add = [&headers](const char* name, std::string value) {
    headers.push_back({name, std::move(value)});
  };
  const std::string reason = RejectReasonName(letter.reason);
  const std::string error_type =
      letter.error_type.empty() ? reason : std::string(letter.error_type);
  std::string message = reason;
  if (settings.include_error_text && !letter.error_detail.empty()) {
    message += ": " + Truncated(letter.error_detail, settings.error_text_max_bytes);
  }
  add("__connect.errors.topic", letter.stream.topic);
  add("__connect.errors.partition", std::to_string(letter.stream.partition));
  add("__connect.errors.offset", std::to_string(letter.offset.value));
  add("__connect.errors.connector.name", "sluice");
  add("__connect.errors.task.id", "0");
  add("__connect.errors.stage", ConnectStage(letter.stage));
  add("__connect.errors.class.name", Refuser(letter.stage));
  add("__connect.errors.exception.class.name", error_type);
  add("__connect.errors.exception.message", std::move(message));

  add("sluice.content",
      letter.content == DeadLetter::Content::kOriginal ? "original" : "reference");
  add("sluice.stage", std::string(letter.stage));
  add("sluice.reason", reason);
  if (!letter.error_type.empty()) add("sluice.error.type", std::string(letter.error_type));
  if (!letter.destination.empty()) add("sluice.destination", std::string(letter.destination));
  if (!letter.index.empty()) add("sluice.index", std::string(letter.index));
  if (!letter.id.empty()) add("sluice.id", std::string(letter.id));
  if (letter.version > 0) add("sluice.version", std::to_string(letter.version));
  if (!letter.operation.empty()) add("sluice.operation", std::string(letter.operation));
  add("sluice.attempts", std::to_string(letter.attempts));
  add("sluice.first.ms", std::to_string(letter.first_ms));
  add("sluice.last.ms", std::to_string(letter.last_ms));
  if (!letter.replaced.empty()) add("sluice.replaced", Offsets(letter.replaced));
  return headers;
}

}  // namespace sluice::kafka
