#include "core/operations/group/commit_note.h"

#include <charconv>

namespace sluice {
namespace {

constexpr std::string_view kGrammar = "1";
constexpr std::string_view kClean = "clean=1";
constexpr std::string_view kEpoch = "epoch=";
constexpr std::string_view kVersion = "version=";

/// Sets `number` where the part is of that name and holds a positive number.
void Read(std::string_view part, std::string_view name, int64_t& number) {
  if (!part.starts_with(name)) return;
  part.remove_prefix(name.size());
  int64_t value = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error == std::errc() && end == part.data() + part.size() && value > 0) number = value;
}

}  // namespace

CommitNote NoteOf(bool leaves, bool clean) {
  CommitNote note;
  note.clean = leaves && clean;
  return note;
}

bool FoundClean(bool committed, std::string_view note) {
  return !committed || ParseCommitNote(note).clean;
}

bool IsCommitNote(std::string_view text) {
  return text.substr(0, text.find(';')) == kGrammar;
}

std::string RenderCommitNote(const CommitNote& note) {
  std::string text = std::string(kGrammar) + (note.clean ? ";clean=1" : ";clean=0");
  if (note.epoch == 0 && note.version == 0) return text;
  text += ';';
  text += kEpoch;
  text += std::to_string(note.epoch);
  text += ';';
  text += kVersion;
  text += std::to_string(note.version);
  return text;
}

CommitNote ParseCommitNote(std::string_view text) {
  CommitNote note;
  for (bool first = true; !text.empty(); first = false) {
    const size_t end = text.find(';');
    const std::string_view part = text.substr(0, end);
    if (first && part != kGrammar) return {};
    note.clean |= part == kClean;
    Read(part, kEpoch, note.epoch);
    Read(part, kVersion, note.version);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return note;
}

}  // namespace sluice
