#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "service/commands/command.h"
#include "service/config/loader.h"

namespace sluice::service {

/// Adds -c/--config with its variable SLUICE_CONFIG.
void AddConfigOption(CLI::App& verb, GlobalOptions& options);

/// The file that is read: what was given, else what the variable SLUICE_CONFIG names, else
/// /etc/sluice/sluice.yaml when there is one, else none.
[[nodiscard]] std::string ConfigFile(const GlobalOptions& options);

/// The sides that a word stands for: "index", "capture", "changelog", "deliver", or "run" for the
/// first three; none for another.
[[nodiscard]] std::optional<config::Sides> SidesOf(const std::string& word);

/// The part that reads topics for which a command speaks that has a file, and what else the file is
/// about.
struct FileReader {
  /// The index, else deliveries, else the change log; capture, where there is nothing else.
  config::Sides side = config::Sides::kIndex;
  bool delivers_too = false;  ///< Beside `side`, as the next one.
  bool has_changelog_too = false;
};
/// What is read from standard input, which cannot be read twice, counts as about an index.
[[nodiscard]] FileReader ReaderIn(const GlobalOptions& options);

/// Whether the configuration is for a process on this very machine, whose memory then counts.
enum class UsedHere : uint8_t { kNo, kYes };

/// Loads the configuration of a command: file, environment, --set and the flags that stand for
/// options. Nothing is connected to. `sides`: what the command runs; none: see config::Load().
[[nodiscard]] config::LoadedConfig LoadConfig(const GlobalOptions& options, const std::string& file,
                                              UsedHere here = UsedHere::kNo,
                                              std::optional<config::Sides> sides = std::nullopt);

/// The same for commands that need a good one: prints warnings and all problems to `err`; nothing
/// is returned when there are problems (exit code 2).
[[nodiscard]] std::optional<config::LoadedConfig> LoadGoodConfig(
    CommandContext& context, UsedHere here = UsedHere::kNo,
    std::optional<config::Sides> sides = std::nullopt);

}  // namespace sluice::service
