#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::elasticsearch {

/// Chooses the node for each request: the least busy of those that answer. One that failed is set
/// aside with growing back-off; when its time has come a single request probes it.
///
/// Threads:   one call at a time.
/// Ownership: none.
/// Time:      never blocks; `now_us` is the caller's.
/// Errors:    none: with all nodes set aside, the one that comes back first is tried.
class NodePool {
 public:
  NodePool(const std::vector<std::string>& urls, int64_t first_us, int64_t longest_us);

  /// Takes a node for one request; Release() gives it back.
  [[nodiscard]] size_t Take(int64_t now_us);
  void Release(size_t node, bool answered, int64_t now_us);
  /// Gives it back without a judgement, after a request that was aborted.
  void Abandon(size_t node) { --nodes_[node].running; }

  /// Whether another node than this one may answer now.
  [[nodiscard]] bool OtherReady(size_t node, int64_t now_us) const;
  [[nodiscard]] const std::string& url(size_t node) const { return nodes_[node].url; }
  [[nodiscard]] size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    std::string url;
    uint32_t running = 0;
    uint32_t failures = 0;
    int64_t aside_until_us = 0;
  };
  [[nodiscard]] bool Ready(const Node& node, int64_t now_us) const;

  const int64_t first_us_;
  const int64_t longest_us_;
  std::vector<Node> nodes_;
  size_t turn_ = 0;  // where equally busy nodes are looked at first
};

}  // namespace sluice::elasticsearch
