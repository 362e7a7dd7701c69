#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// What the owner of a partition tells the next one, in the metadata of its committed offset.
///
///   note = "1" ";" "clean=" ( "0" | "1" )
///
/// A reader passes over further parts; another first number is another grammar.
struct CommitNote {
  /// No request of this owner was open and none in doubt when it gave the partition up, and it sent
  /// none after. Only the last commit of an owner says so.
  bool clean = false;

  bool operator==(const CommitNote&) const = default;
};

[[nodiscard]] std::string RenderCommitNote(const CommitNote& note);
/// What is not of this grammar says nothing, that is: not clean.
[[nodiscard]] CommitNote ParseCommitNote(std::string_view text);

}  // namespace sluice
