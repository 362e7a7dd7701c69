#include "adapters/postgres/dry_gate.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

namespace sluice::postgres {
namespace {

/// Load is: much at once, or something, however little, again within a short time.
constexpr size_t kMuchBytes = size_t{64} * 1024;
constexpr int64_t kShortUs = 500;

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kNsPerUs = 1'000;

}  // namespace

DryGate::~DryGate() {
  if (timer_ >= 0) close(timer_);
  if (epoll_ >= 0) close(epoll_);
}

bool DryGate::Open(int socket, int64_t pause_us) {
  socket_ = socket;
  pause_us_ = pause_us;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll_ < 0 || timer_ < 0) return false;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = timer_;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) != 0) return false;
  event.data.fd = socket_;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event) == 0;
}

void DryGate::RanDry(size_t bytes, int64_t now_us) {
  Disarm();
  const bool load = bytes >= kMuchBytes || (bytes > 0 && now_us - dry_us_ < kShortUs);
  dry_us_ = now_us;
  if (pause_us_ == 0 || !load) return;
  paused_ = true;
  until_us_ = now_us + pause_us_;
  Watch(false);
  Arm(pause_us_);
}

bool DryGate::MayRead(int64_t now_us) {
  if (!paused_) return true;
  if (now_us < until_us_) return false;
  paused_ = false;
  dry_us_ = now_us;  // the pause itself is no quiet time
  Disarm();
  Watch(true);
  return true;
}

void DryGate::Rest() {
  if (resting_ || paused_) return;
  resting_ = true;
  Disarm();
  Watch(false);
}

void DryGate::EndRest() {
  if (!resting_) return;
  resting_ = false;
  Watch(true);
}

void DryGate::WakeNow() {
  Arm(1);
}

void DryGate::Watch(bool socket) {
  epoll_event event{};
  event.events = socket ? static_cast<uint32_t>(EPOLLIN) : 0U;
  event.data.fd = socket_;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &event);
}

void DryGate::Arm(int64_t after_us) {
  itimerspec when{};
  when.it_value.tv_sec = after_us / kUsPerSecond;
  when.it_value.tv_nsec = (after_us % kUsPerSecond) * kNsPerUs;
  timerfd_settime(timer_, 0, &when, nullptr);
  armed_ = true;
}

void DryGate::Disarm() {
  if (!armed_) return;
  const itimerspec never{};  // also takes away an expiry that nobody has read
  timerfd_settime(timer_, 0, &never, nullptr);
  armed_ = false;
}

}  // namespace sluice::postgres
