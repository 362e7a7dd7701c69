#pragma once

#include <string>
#include <vector>

namespace sluice::config {

/// Something wrong with a configuration, told so that a person finds and mends it.
struct Problem {
  std::string place;    ///< "sluice.yaml:12:5", "environment SLUICE_…", "flag --set"; may be empty.
  std::string path;     ///< The option; empty for the file as a whole.
  std::string message;  ///< "got …, expected …", with the remedy.

  [[nodiscard]] std::string ToString() const;
};

/// Who set a value.
struct Origin {
  enum class Kind { kDefault, kFile, kEnvironment, kFlag };
  Kind kind = Kind::kDefault;
  std::string place;  ///< As in Problem; "default".
};

}  // namespace sluice::config
