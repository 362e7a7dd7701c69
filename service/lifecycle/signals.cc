#include "service/lifecycle/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "core/model/check.h"

namespace sluice::service {

StopSignals::StopSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);  // threads started later inherit it
  signals_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  SLUICE_CHECK(signals_ >= 0 && wake_ >= 0, "the process may open descriptors");
}

StopSignals::~StopSignals() {
  close(signals_);
  close(wake_);
}

int StopSignals::Wait(int longest_ms) {
  std::array<pollfd, 2> descriptors = {pollfd{signals_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  poll(descriptors.data(), descriptors.size(), longest_ms);
  signalfd_siginfo info{};
  if (read(signals_, &info, sizeof info) == sizeof info) return static_cast<int>(info.ssi_signo);
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t drained = read(wake_, &count, sizeof count);
  return 0;
}

void StopSignals::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

}  // namespace sluice::service
