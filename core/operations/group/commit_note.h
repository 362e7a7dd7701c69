#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// What the owner of a partition tells the next one, in the metadata of its committed offset.
///
///   note = "1" ";" "clean=" ( "0" | "1" ) [ ";epoch=" decimal ";version=" decimal ]
///
/// A reader passes over further parts, and over parts that it cannot read; another first number is
/// another grammar. Notes of offset mode have no more than the first part, as older ones.
struct CommitNote {
  /// No request of this owner was open and none in doubt when it gave the partition up, and it sent
  /// none after. Only the last commit of an owner says so.
  bool clean = false;
  /// Of our own source: the highest epoch among the records below the offset; 0: none was read.
  int64_t epoch = 0;
  /// A version that none of the records below the offset has exceeded, and that the log has told.
  int64_t version = 0;

  bool operator==(const CommitNote&) const = default;
};

/// What goes with a commit. `leaves`: it is the owner's last one for the partition, which sends
/// nothing after it. `clean`: nothing of the partition is on its way or in doubt.
[[nodiscard]] CommitNote NoteOf(bool leaves, bool clean);
/// Whether a new owner need not expect anything of the last one. Where nothing was ever committed
/// nobody has ever sent anything: an owner's first commit comes before its first request.
[[nodiscard]] bool FoundClean(bool committed, std::string_view note);

/// Whether a position was committed by one of these owners.
[[nodiscard]] bool IsCommitNote(std::string_view text);
[[nodiscard]] std::string RenderCommitNote(const CommitNote& note);
/// What is not of this grammar says nothing, that is: not clean.
[[nodiscard]] CommitNote ParseCommitNote(std::string_view text);

}  // namespace sluice
