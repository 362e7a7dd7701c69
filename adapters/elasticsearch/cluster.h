#pragma once

#include <optional>
#include <string>

#include "core/model/result.h"

namespace sluice::elasticsearch {

/// What answers at the other end.
struct Cluster {
  bool known = false;
  bool opensearch = false;
  std::string version;  ///< Empty when the account may not see it.

  [[nodiscard]] const char* product() const { return opensearch ? "OpenSearch" : "Elasticsearch"; }
};

/// Reads the reply of `GET /`; nothing when it is not one of a search cluster.
[[nodiscard]] std::optional<Cluster> ReadRoot(const std::string& reply);

/// Reads the reply of `GET /_nodes/_local`, which answers where `GET /` does not. The product is
/// known by a header only.
[[nodiscard]] std::optional<Cluster> ReadNodes(const std::string& reply, bool elastic_product);
/// What the answer to it tells, whatever its status.
[[nodiscard]] std::optional<Cluster> ClusterBehind(long status, const std::string& reply,
                                                   bool elastic_product);
inline constexpr const char* kNodesPath = "/_nodes/_local?filter_path=nodes.*.version";

/// Refuses versions that lack what the delivery contract needs: require_alias came with 7.10.
[[nodiscard]] Status CheckVersion(const Cluster& cluster);

}  // namespace sluice::elasticsearch
