#pragma once

#include <string>
#include <string_view>

#include "core/model/outcome.h"

namespace sluice::postgres {

/// Where an error was met: the same code means different things in each.
enum class ErrorPlace : uint8_t {
  kConnect,     ///< Opening a connection.
  kQuery,       ///< A question to the catalogue.
  kSlot,        ///< Creating a slot.
  kPublish,     ///< Creating or changing the publication.
  kStart,       ///< Starting to stream.
  kStream,      ///< While streaming.
  kSnapshot,    ///< Reading existing rows.
  kChunk,       ///< Reading existing rows beside the stream, which goes on without.
  kFirstChunk,  ///< The same, of rows that the first snapshot left and that nobody asks for again.
  kGap,         ///< Reading what a change does not carry, from the row as it is now.
};
inline constexpr int kErrorPlaces = 10;

/// What an error means, by its SQLSTATE; empty: the connection itself failed and the server said
/// nothing. Total: every code has an answer in every place (delivery contract, part 9). kHold waits
/// and tries again, kHalt ends with exit code 3. `text`: the words that came with it, which tell
/// causes apart that share a code.
[[nodiscard]] Verdict MeaningOf(ErrorPlace place, std::string_view sqlstate,
                                std::string_view text = {});

/// The failure with its SQLSTATE as type and one sentence: what was tried, the server's words, the
/// cure. `doing` names it: "reading the table public.users".
[[nodiscard]] Failure FailureOf(ErrorPlace place, std::string_view sqlstate, std::string_view doing,
                                std::string_view text);

/// What does away with such an error; empty where the server's words say all.
[[nodiscard]] std::string_view CureOf(ErrorPlace place, std::string_view sqlstate,
                                      std::string_view text = {});

/// The words of a library that was told to be verbose: "FATAL:  28P01: text", a line with the place
/// in the server's sources after it.
struct VerboseWords {
  std::string sqlstate;  ///< Empty: the server said nothing.
  std::string text;
};
[[nodiscard]] VerboseWords ReadVerboseWords(std::string_view text);

}  // namespace sluice::postgres
