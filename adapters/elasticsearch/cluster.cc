#include "adapters/elasticsearch/cluster.h"

#include <simdjson.h>

#include <charconv>
#include <utility>

namespace sluice::elasticsearch {
namespace {

/// "7.10.2" → {7, 10}; {0, 0} when it is no version.
std::pair<int, int> MajorMinor(const std::string& version) {
  std::pair<int, int> parts{0, 0};
  const char* end = version.data() + version.size();
  const auto major = std::from_chars(version.data(), end, parts.first);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {0, 0};
  if (std::from_chars(major.ptr + 1, end, parts.second).ec != std::errc()) return {0, 0};
  return parts;
}

}  // namespace

std::optional<Cluster> ReadRoot(const std::string& reply) {
  simdjson::dom::parser parser;
  simdjson::dom::element version;
  std::string_view number;
  if (parser.parse(reply)["version"].get(version) != simdjson::SUCCESS ||
      version["number"].get(number) != simdjson::SUCCESS)
    return std::nullopt;
  Cluster cluster{true, false, std::string(number)};
  std::string_view distribution;
  if (version["distribution"].get(distribution) == simdjson::SUCCESS)
    cluster.opensearch = distribution == "opensearch";
  return cluster;
}

std::optional<Cluster> ReadNodes(const std::string& reply, bool elastic_product) {
  simdjson::dom::parser parser;
  simdjson::dom::object nodes;
  if (parser.parse(reply)["nodes"].get(nodes) != simdjson::SUCCESS) return std::nullopt;
  Cluster cluster{true, !elastic_product, {}};
  for (const auto& [id, node] : nodes) {
    std::string_view version;
    if (node["version"].get(version) == simdjson::SUCCESS) cluster.version = version;
  }
  if (cluster.version.empty()) return std::nullopt;
  return cluster;
}

std::optional<Cluster> ClusterBehind(long status, const std::string& reply, bool elastic_product) {
  if (status == 200) return ReadNodes(reply, elastic_product);
  // The account may not see the nodes. Refusals do not show the product, later answers do.
  if (status == 403) return Cluster{true, !elastic_product, {}};
  return std::nullopt;
}

Status CheckVersion(const Cluster& cluster) {
  const std::pair<int, int> version = MajorMinor(cluster.version);
  if (cluster.opensearch || version == std::pair{0, 0} || version >= std::pair{7, 10}) return {};
  return Error{"the search cluster runs Elasticsearch " + cluster.version +
                   ", which cannot be kept from creating indices by a write",
               "use Elasticsearch 7.10 or later, or OpenSearch"};
}

}  // namespace sluice::elasticsearch
