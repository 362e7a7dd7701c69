#include "core/operations/group/rejection_share.h"

namespace sluice {

bool RejectionShare::Refuse() {
  if (max_ppm_ >= kMillion) return true;
  at_.push_back(read_);
  while (at_.front() + kRecords <= read_) at_.pop_front();
  return static_cast<int64_t>(at_.size()) * kMillion <= max_ppm_ * kRecords;
}

}  // namespace sluice
