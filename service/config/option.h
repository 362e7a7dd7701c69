#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "service/config/config.h"
#include "service/config/sides.h"

namespace sluice::config {

enum class OptionType : uint8_t {
  kText,
  kInteger,
  kBytes,
  kDuration,
  kMilliseconds,  ///< A duration as a plain number, as Debezium and Kafka write it.
  kShare,         ///< A part of a whole, 0 to 1; kept in millionths.
  kBoolean,
  kChoice,
  kTextList,
  kTextMap,
  kJson,  ///< Any mapping; handed on as JSON.
};

/// Where a value goes.
using OptionTarget = std::variant<std::string Config::*, int64_t Config::*, bool Config::*,
                                  std::vector<std::string> Config::*, TextMap Config::*>;

/// All there is to say about one option. The table of these is the only declaration: the parser,
/// the checks, the help, the reference and the example follow from it.
struct Option {
  std::string_view path;  ///< "bulk.max.bytes"
  OptionType type = OptionType::kText;
  OptionTarget target;
  std::string_view fallback;  ///< The default as a user would write it.
  int64_t least = 0;          ///< Of integers, sizes, durations and shares, in base units.
  int64_t most = 0;
  std::vector<std::string_view> choices;  ///< Of choices; of lists of words.
  bool required = false;
  bool secret = false;           ///< Never printed.
  std::string_view description;  ///< Full sentences.
  std::string_view example;      ///< As a user would write it, where the default shows nothing.
  Sides sides = Sides::kIndex;
};

/// A chapter of the reference: the options whose path begins with one of its words.
struct Section {
  std::string_view name;
  std::string_view words;  ///< Separated by blanks.
  std::string_view description;
};

[[nodiscard]] const std::vector<Option>& Options();
[[nodiscard]] std::span<const Section> Sections();
/// The section that an option belongs to, or nothing.
[[nodiscard]] const Section* SectionOf(const Option& option);

/// The option of that path, or nothing.
[[nodiscard]] const Option* FindOption(std::string_view path);
/// The map option that `path` is an entry of ("kafka.properties.security.protocol"), or nothing.
[[nodiscard]] const Option* FindMapOf(std::string_view path);
/// Whether an option's path goes on after `path` and a dot.
[[nodiscard]] bool IsOptionPrefix(std::string_view path);

/// "SLUICE_BULK_MAX_BYTES"
[[nodiscard]] std::string EnvironmentName(std::string_view path);

/// What a value must be, in words: "a size from 64KiB to 100MiB".
[[nodiscard]] std::string ExpectedValue(const Option& option);
/// "size", "text", …
[[nodiscard]] std::string_view OptionTypeName(OptionType type);

/// The path of an option, or of an entry of a map, as it may be printed: the salt of a hash is
/// "[secret]".
[[nodiscard]] std::string ShownPath(std::string_view path);

/// Whether a Kafka property holds a password or key and must not be printed.
[[nodiscard]] bool IsSecretProperty(std::string_view name);

}  // namespace sluice::config
