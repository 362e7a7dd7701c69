#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::file {

/// What is kept beside the files of one change log: which one is open, how long it is, and how far
/// the log was read when it was that long.
///
///   sluice-changelog 1 LF
///   file NUMBER ENDING LF          number: decimal, from 1; ending: csv or ndjson
///   bytes LENGTH LF
///   shape WORD LF                  of its lines: another one needs another file
///   positions COUNT LF             of the bytes that follow
///   … end LF
struct FileState {
  uint64_t number = 1;
  std::string ending;
  uint64_t bytes = 0;
  std::string shape;
  std::string positions;

  bool operator==(const FileState&) const = default;
};

[[nodiscard]] std::string RenderFileState(const FileState& state);
/// None: it is not of this grammar.
[[nodiscard]] std::optional<FileState> ParseFileState(std::string_view text);

}  // namespace sluice::file
