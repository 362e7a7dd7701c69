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

/// For which part that reads topics a command speaks that has this file: the index, else
/// deliveries, else the change log; capture, where the file is about nothing else. What is read
/// from standard input, which cannot be read twice, is about an index.
[[nodiscard]] config::Sides ReaderIn(const GlobalOptions& options);

/// What else the file is about of which a command that speaks for `reader` says nothing: "deliver,
/// a change log"; empty: nothing.
[[nodiscard]] std::string OthersIn(const GlobalOptions& options, config::Sides reader);

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
