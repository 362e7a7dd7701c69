#include "tests/bench/null_sink/fault_plan.h"

namespace sluice::bench {

FaultPlan::FaultPlan(const FaultSettings& settings) : settings_(settings), random_(settings.seed) {
  const std::string& text = settings_.latency;
  if (text.starts_with("exp:")) {
    shape_ = Shape::kExponential;
    high_ms_ = std::stod(text.substr(4));
    return;
  }
  const size_t dash = text.find('-');
  low_ms_ = std::stod(text.substr(0, dash));
  high_ms_ = dash == std::string::npos ? low_ms_ : std::stod(text.substr(dash + 1));
}

bool FaultPlan::Draw(double share) {
  return share > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < share;
}

int64_t FaultPlan::DrawLatencyUs() {
  if (high_ms_ <= 0) return 0;
  double latency_ms = 0;
  switch (shape_) {
    case Shape::kEven:
      latency_ms = std::uniform_real_distribution<double>(low_ms_, high_ms_)(random_);
      break;
    case Shape::kExponential:
      latency_ms = std::exponential_distribution<double>(1 / high_ms_)(random_);
      break;
  }
  return static_cast<int64_t>(latency_ms * 1000);
}

}  // namespace sluice::bench
