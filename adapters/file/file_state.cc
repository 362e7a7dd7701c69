#include "adapters/file/file_state.h"

#include <charconv>

namespace sluice::file {
namespace {

constexpr std::string_view kFirst = "sluice-changelog 1\n";
constexpr std::string_view kLast = "end\n";

/// Takes `before … \n` off the text; none: it does not begin so.
std::optional<std::string_view> TakeLine(std::string_view& text, std::string_view before) {
  if (!text.starts_with(before)) return std::nullopt;
  text.remove_prefix(before.size());
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> Number(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

}  // namespace

std::string RenderFileState(const FileState& state) {
  return std::string(kFirst) + "file " + std::to_string(state.number) + " " + state.ending +
         "\nbytes " + std::to_string(state.bytes) + "\nshape " + state.shape + "\npositions " +
         std::to_string(state.positions.size()) + "\n" + state.positions + std::string(kLast);
}

std::optional<FileState> ParseFileState(std::string_view text) {
  if (!text.starts_with(kFirst)) return std::nullopt;
  text.remove_prefix(kFirst.size());
  FileState state;
  const auto file = TakeLine(text, "file ");
  const size_t blank = file ? file->find(' ') : std::string_view::npos;
  if (blank == std::string_view::npos) return std::nullopt;
  const auto number = Number(file->substr(0, blank));
  state.ending = file->substr(blank + 1);
  const auto bytes = Number(TakeLine(text, "bytes "));
  const auto shape = TakeLine(text, "shape ");
  const auto count = Number(TakeLine(text, "positions "));
  if (!number || *number == 0 || !bytes || !shape || !count) return std::nullopt;
  if (text.size() < kLast.size() || text.size() - kLast.size() != *count) return std::nullopt;
  if (!text.ends_with(kLast)) return std::nullopt;
  state.number = *number;
  state.bytes = *bytes;
  state.shape = *shape;
  state.positions = text.substr(0, *count);
  return state;
}

}  // namespace sluice::file
