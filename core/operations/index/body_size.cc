#include "core/operations/index/body_size.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr double kWorthIt = 1.1;

}  // namespace

BodySize::BodySize(size_t most_bytes)
    : most_bytes_(most_bytes), bytes_(std::min(kFirstBytes, most_bytes)) {}

void BodySize::Acknowledged(size_t body_bytes, bool full, int64_t now_us) {
  if (!full || body_bytes < bytes_) {  // also one that was filled before the size had grown
    ForgetTrial();
    return;
  }
  if (trial_bodies_++ == 0) {
    trial_began_us_ = now_us;
    trial_bytes_ = 0;
    return;
  }
  trial_bytes_ += body_bytes;
  if (trial_bodies_ <= kTrialBodies) return;
  ForgetTrial();
  const auto elapsed_us = static_cast<double>(std::max<int64_t>(1, now_us - trial_began_us_));
  Judge(static_cast<double>(trial_bytes_) / elapsed_us);
}

void BodySize::Judge(double bytes_per_us) {
  if (settled_trials_ > 0) {
    if (--settled_trials_ == 0) rate_before_ = 0;
    return;
  }
  if (rate_before_ > 0 && bytes_per_us < rate_before_ * kWorthIt) {
    Settle(bytes_ / 2);
  } else if (bytes_ == most_bytes_) {
    Settle(bytes_);
  } else {
    rate_before_ = bytes_per_us;
    bytes_ = std::min(bytes_ * 2, most_bytes_);
  }
}

void BodySize::TooLarge(size_t body_bytes) {
  most_bytes_ = std::min(most_bytes_, std::max(body_bytes / 2, kLeastBytes));
  Settle(bytes_);
}

void BodySize::Overloaded() {
  Settle(bytes_ / 2);
}

void BodySize::Settle(size_t bytes) {
  bytes_ = std::min(std::max(bytes, kLeastBytes), most_bytes_);
  settled_trials_ = kSettledTrials;
  ForgetTrial();
}

}  // namespace sluice
