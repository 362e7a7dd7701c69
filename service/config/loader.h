#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "service/config/config.h"
#include "service/config/option.h"
#include "service/config/problem.h"
#include "service/config/references.h"
#include "service/config/sides.h"

namespace sluice::config {

/// A setting given on the command line.
struct FlagValue {
  std::string path;
  std::string text;
  std::string flag;  ///< "--set" or the flag's own name.
};

/// Where a configuration comes from. Precedence: flag > environment > file > default.
struct ConfigSources {
  std::string file;                 ///< A path, "-" for standard input, or empty for none.
  std::optional<std::string> text;  ///< The file's text, when it was read already.
  std::vector<FlagValue> flags;
  std::vector<std::pair<std::string, std::string>> environment;  ///< All variables.
  ReferenceSources references = SystemReferences();
  int64_t memory_bytes = 0;  ///< What the process will have; 0: unknown, not checked.
};

/// What an option was set to, and by whom. `text` never holds a secret.
struct EffectiveValue {
  const Option* option = nullptr;
  std::string text;
  Origin origin;
};

/// A configuration, or all that is wrong with it.
struct LoadedConfig {
  Config config;
  Sides sides = Sides::kIndex;         ///< Those that were checked.
  std::vector<EffectiveValue> values;  ///< One per option, in the table's order.
  std::vector<Problem> problems;       ///< Empty: `config` may be used.
  std::vector<Problem> warnings;

  [[nodiscard]] const EffectiveValue& Find(std::string_view path) const;
};

/// Further checks that need an adapter's knowledge: called when every value is of its type.
using ExtraChecks = std::function<std::vector<Problem>(const LoadedConfig&)>;

/// Reads, checks and joins all sources. Opens no socket; never throws. All problems are found in
/// one go.
///
/// Every option is read and checked by itself, so that one file serves all parts. What is
/// required, and how options fit together, is asked of the `sides` that are to run. Without them:
/// of capture when any of its own options is set; of index when topics to read or the search
/// cluster are, and when capture is not. Variables count only where there is no file.
[[nodiscard]] LoadedConfig Load(const ConfigSources& sources, const ExtraChecks& extra = {},
                                std::optional<Sides> sides = std::nullopt);

/// The process's environment.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> SystemEnvironment();

}  // namespace sluice::config
