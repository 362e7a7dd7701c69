#include "core/operations/index/doubt_windows.h"

#include <algorithm>
#include <utility>

namespace sluice {

void DoubtWindows::Open(uint32_t hash, int64_t now_us) {
  if (length_us_ <= 0) return;
  const int64_t closes_us = now_us + length_us_;
  last_closes_us_ = closes_us;
  const auto [place, added] = closes_at_.try_emplace(hash, closes_us);
  place->second = closes_us;
  if (added) to_look_at_.push_back({closes_us, hash});
}

void DoubtWindows::Tick(int64_t now_us) {
  while (!to_look_at_.empty() && to_look_at_.front().look_us <= now_us) {
    const uint32_t hash = to_look_at_.front().hash;
    to_look_at_.pop_front();
    const auto place = closes_at_.find(hash);
    if (place->second > now_us) {
      to_look_at_.push_back({place->second, hash});  // it was opened again meanwhile
    } else {
      closes_at_.erase(place);
    }
  }
}

int64_t DoubtWindows::ClosesAt(uint32_t hash) const {
  const auto place = closes_at_.find(hash);
  return place == closes_at_.end() ? INT64_MIN : place->second;
}

void DoubtWindows::AppendState(int64_t now_us, std::vector<int64_t>& words) const {
  std::vector<std::pair<uint32_t, int64_t>> open(closes_at_.begin(), closes_at_.end());
  std::sort(open.begin(), open.end());
  words.push_back(static_cast<int64_t>(open.size()));
  for (const auto& [hash, closes_us] : open)
    words.insert(words.end(), {int64_t{hash}, closes_us - now_us});
}

}  // namespace sluice
