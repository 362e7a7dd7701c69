#include "service/commands/load_config.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "service/commands/adapter_checks.h"
#include "service/config/changelog_rules.h"
#include "service/config/memory.h"

namespace sluice::service {
namespace {

constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                     "warn",  "error", "off"};
constexpr int kInfo = 2;
constexpr const char* kVariable = "SLUICE_CONFIG";
constexpr const char* kDefaultFile = "/etc/sluice/sluice.yaml";

config::ConfigSources SourcesOf(const GlobalOptions& options, const std::string& file) {
  config::ConfigSources sources;
  sources.file = file;
  sources.environment = config::SystemEnvironment();
  for (const std::string& set : options.sets) {
    const size_t equals = set.find('=');
    const std::string text = equals == std::string::npos ? "" : set.substr(equals + 1);
    sources.flags.push_back({set.substr(0, equals), text, "--set"});
  }
  if (!options.log_level.empty()) {
    sources.flags.push_back({"log.level", options.log_level, "--log-level"});
  }
  if (options.verbose > 0 || options.quiet > 0) {
    const int level = std::clamp(kInfo - options.verbose + options.quiet, 0,
                                 static_cast<int>(kLevels.size()) - 1);
    sources.flags.push_back({"log.level", std::string(kLevels[static_cast<size_t>(level)]),
                             options.verbose > 0 ? "-v" : "-q"});
  }
  if (!options.log_format.empty()) {
    sources.flags.push_back({"log.format", options.log_format, "--log-format"});
  }
  return sources;
}

}  // namespace

void AddConfigOption(CLI::App& verb, GlobalOptions& options) {
  verb.add_option("-c,--config", options.config_file,
                  std::string("The configuration, - for standard input; default $") + kVariable +
                      ", else " + kDefaultFile)
      ->type_name("FILE");
}

std::string ConfigFile(const GlobalOptions& options) {
  if (!options.config_file.empty()) return options.config_file;
  // Not left to the parser, which asks for the variables of all commands, also those not chosen,
  // and would let them stand over what was given to the one that is.
  if (const char* file = std::getenv(kVariable); file != nullptr && *file != '\0') return file;
  std::error_code error;
  return std::filesystem::exists(kDefaultFile, error) ? kDefaultFile : "";
}

std::optional<config::Sides> SidesOf(const std::string& word) {
  if (word == "index") return config::Sides::kIndex;
  if (word == "capture") return config::Sides::kCapture;
  if (word == "changelog") return config::Sides::kChangelog;
  if (word == "run") return config::Sides::kRun;
  if (word == "deliver") return config::Sides::kDeliver;
  return std::nullopt;
}

config::LoadedConfig LoadConfig(const GlobalOptions& options, const std::string& file,
                                UsedHere here, std::optional<config::Sides> sides) {
  config::ConfigSources sources = SourcesOf(options, file);
  if (here == UsedHere::kYes) sources.memory_bytes = config::MemoryOfThisProcess();
  return config::Load(sources, CheckWithAdapters, sides);
}

FileReader ReaderIn(const GlobalOptions& options) {
  using config::Sides;
  FileReader reader;
  const std::string file = ConfigFile(options);
  if (file == "-") return reader;
  const config::LoadedConfig loaded = LoadConfig(options, file);
  const bool delivers = Overlap(loaded.sides, Sides::kDeliver);
  const bool has_changelog = WantsChangelog(loaded.config);
  if (!Overlap(loaded.sides, Sides::kIndex)) {
    reader.side = delivers ? Sides::kDeliver : has_changelog ? Sides::kChangelog : Sides::kCapture;
  }
  reader.delivers_too = delivers && reader.side != Sides::kDeliver;
  reader.has_changelog_too = has_changelog && reader.side != Sides::kChangelog;
  return reader;
}

std::optional<config::LoadedConfig> LoadGoodConfig(CommandContext& context, UsedHere here,
                                                   std::optional<config::Sides> sides) {
  config::LoadedConfig loaded = LoadConfig(context.global, ConfigFile(context.global), here, sides);
  for (const config::Problem& warning : loaded.warnings) {
    context.err << "warning: " << warning.ToString() << "\n";
  }
  if (loaded.problems.empty()) return loaded;
  for (const config::Problem& problem : loaded.problems) context.err << problem.ToString() << "\n";
  context.err << "sluice: " << loaded.problems.size()
              << (loaded.problems.size() == 1 ? " problem" : " problems")
              << " in the configuration; nothing was connected to\n";
  context.exit_code = ExitCode::kUsage;
  return std::nullopt;
}

}  // namespace sluice::service
