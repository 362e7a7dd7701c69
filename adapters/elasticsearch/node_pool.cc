#include "adapters/elasticsearch/node_pool.h"

#include <algorithm>

#include "core/model/check.h"

namespace sluice::elasticsearch {

NodePool::NodePool(const std::vector<std::string>& urls, int64_t first_us, int64_t longest_us)
    : first_us_(first_us), longest_us_(longest_us) {
  for (std::string url : urls) {
    while (!url.empty() && url.back() == '/') url.pop_back();
    nodes_.push_back({std::move(url), 0, 0, 0});
  }
  SLUICE_CHECK(!nodes_.empty(), "settings name at least one node");
}

bool NodePool::Ready(const Node& node, int64_t now_us) const {
  if (node.failures == 0) return true;
  return node.aside_until_us <= now_us && node.running == 0;  // one probe at a time
}

size_t NodePool::Take(int64_t now_us) {
  size_t best = nodes_.size();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const size_t at = (turn_ + i) % nodes_.size();
    const Node& node = nodes_[at];
    if (!Ready(node, now_us)) continue;
    if (best == nodes_.size() || node.running < nodes_[best].running) best = at;
  }
  if (best == nodes_.size()) {
    const auto first_back = std::min_element(
        nodes_.begin(), nodes_.end(),
        [](const Node& a, const Node& b) { return a.aside_until_us < b.aside_until_us; });
    best = static_cast<size_t>(first_back - nodes_.begin());
  }
  turn_ = (best + 1) % nodes_.size();
  ++nodes_[best].running;
  return best;
}

void NodePool::Release(size_t at, bool answered, int64_t now_us) {
  Node& node = nodes_[at];
  --node.running;
  if (answered) {
    node.failures = 0;
    node.aside_until_us = 0;
    return;
  }
  // Requests that failed together are one failure.
  if (node.failures > 0 && now_us < node.aside_until_us) return;
  constexpr uint32_t kDoublingsMax = 16;
  node.failures = std::min(node.failures + 1, kDoublingsMax);
  node.aside_until_us = now_us + std::min(longest_us_, first_us_ << (node.failures - 1));
}

bool NodePool::OtherReady(size_t at, int64_t now_us) const {
  for (size_t i = 0; i < nodes_.size(); ++i)
    if (i != at && Ready(nodes_[i], now_us)) return true;
  return false;
}

}  // namespace sluice::elasticsearch
