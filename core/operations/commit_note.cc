#include "core/operations/commit_note.h"

namespace sluice {
namespace {
constexpr std::string_view kGrammar = "1";
constexpr std::string_view kClean = "clean=1";
}  // namespace

CommitNote NoteOf(bool leaves, bool clean) {
  return {.clean = leaves && clean};
}

bool FoundClean(bool committed, std::string_view note) {
  return !committed || ParseCommitNote(note).clean;
}

std::string RenderCommitNote(const CommitNote& note) {
  return std::string(kGrammar) + (note.clean ? ";clean=1" : ";clean=0");
}

CommitNote ParseCommitNote(std::string_view text) {
  CommitNote note;
  for (bool first = true; !text.empty(); first = false) {
    const size_t end = text.find(';');
    const std::string_view part = text.substr(0, end);
    if (first && part != kGrammar) return {};
    note.clean |= part == kClean;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return note;
}

}  // namespace sluice
