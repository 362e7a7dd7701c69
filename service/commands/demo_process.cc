#include "service/commands/demo_process.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

namespace sluice::service {

bool DrawsOnErrors() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

int ErrorColumns() {
  winsize size{};
  constexpr int kUsual = 80;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

bool StoppablePause::operator()(int longest_ms) {
  if (stopped_by_ == 0) stopped_by_ = signals_.Wait(longest_ms);
  return stopped_by_ != 0;
}

ExitCode StoppablePause::stopped() const {
  return stopped_by_ == SIGINT ? ExitCode::kInterrupted : ExitCode::kFailed;
}

}  // namespace sluice::service
