#include <iostream>

#include "service/commands/command.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(sluice::service::RunCommandLine(arguments, std::cout, std::cerr));
}
