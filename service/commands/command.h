#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <vector>

#include "service/lifecycle/exit_code.h"

namespace sluice::service {

/// What every command understands.
struct GlobalOptions {
  std::string config_file;        ///< -c; empty: none was given.
  std::vector<std::string> sets;  ///< "path=value" of --set.
  std::string log_level;          ///< Empty: as configured.
  int verbose = 0;                ///< How many -v: steps from info to more lines.
  int quiet = 0;                  ///< How many -q: steps from info to fewer.
  std::string log_format;
  std::string colour = "auto";  ///< auto, always or never.
  bool json = false;
};

/// What a command gets and where it leaves its answer. A command's answer goes to `out`, everything
/// else to `err`.
struct CommandContext {
  GlobalOptions global;
  std::ostream& out;
  std::ostream& err;
  ExitCode exit_code = ExitCode::kDone;
};

/// Adds one command to the program: its name, flags and help, and a callback that runs it and sets
/// `context.exit_code`. `context` outlives the parsing.
using AddCommand = void (*)(CLI::App& app, CommandContext& context);

/// All commands, in the order of the help.
[[nodiscard]] const std::vector<AddCommand>& Commands();

/// Makes a command with its purpose (the first line stands in the list of commands) and the
/// examples that its help begins with.
CLI::App& AddVerb(CLI::App& app, const std::string& name, const std::string& purpose,
                  const std::string& examples);

/// Runs the program: finds the command, runs it, maps every error to an exit code.
[[nodiscard]] ExitCode RunCommandLine(const std::vector<std::string>& arguments, std::ostream& out,
                                      std::ostream& err);

}  // namespace sluice::service
