#include "service/commands/load_config.h"

#include <filesystem>
#include <ostream>

#include "service/commands/adapter_checks.h"

namespace sluice::service {
namespace {

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
  if (!options.log_format.empty()) {
    sources.flags.push_back({"log.format", options.log_format, "--log-format"});
  }
  return sources;
}

}  // namespace

void AddConfigOption(CLI::App& verb, GlobalOptions& options) {
  verb.add_option("-c,--config", options.config_file,
                  std::string("The configuration, - for standard input; default ") + kDefaultFile)
      ->type_name("FILE")
      ->envname("SLUICE_CONFIG");
}

std::string ConfigFile(const GlobalOptions& options) {
  if (!options.config_file.empty()) return options.config_file;
  std::error_code error;
  return std::filesystem::exists(kDefaultFile, error) ? kDefaultFile : "";
}

config::LoadedConfig LoadConfig(const GlobalOptions& options, const std::string& file) {
  return config::Load(SourcesOf(options, file), CheckWithAdapters);
}

std::optional<config::LoadedConfig> LoadGoodConfig(CommandContext& context) {
  config::LoadedConfig loaded = LoadConfig(context.global, ConfigFile(context.global));
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
