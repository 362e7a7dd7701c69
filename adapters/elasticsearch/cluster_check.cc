#include "adapters/elasticsearch/cluster_check.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/transfer/multi_waiter.h"

namespace sluice::elasticsearch {
namespace {

Settings Bounded(Settings settings, std::chrono::milliseconds timeout) {
  settings.connect_timeout_ms = std::min<int64_t>(settings.connect_timeout_ms, timeout.count());
  settings.request_timeout_ms = std::min<int64_t>(settings.request_timeout_ms, timeout.count());
  return settings;
}

Error Unexpected(long status, const std::string& what) {
  const std::string seen = what + ": HTTP " + std::to_string(status);
  if (status == 401) {
    return Error{seen + ", the cluster does not know the account",
                 "set elasticsearch.username and elasticsearch.password, or elasticsearch.api_key"};
  }
  if (status == 403) {
    return Error{seen + ", the account may not look at it",
                 "grant it monitor on the cluster and manage, read and write on the indices"};
  }
  if (status == 429 || status >= 500)
    return Error{seen, "look at the cluster's health and try again"};
  return Error{seen, "check elasticsearch.urls"};
}

std::string Minutes(int64_t ms) {
  return ms % 60'000 == 0 ? std::to_string(ms / 60'000) + "m" : std::to_string(ms / 1'000) + "s";
}

}  // namespace

ClusterCheck::ClusterCheck(Settings settings, const Clock& clock, std::chrono::milliseconds timeout)
    : settings_(Bounded(std::move(settings), timeout)),
      clock_(clock),
      timeout_(timeout),
      transport_(settings_, clock) {}

Result<Response> ClusterCheck::Ask(const std::string& path) {
  constexpr std::chrono::milliseconds kTurn{50};
  Request request;
  request.path = path;
  transport_.Start(std::move(request));
  transfer::MultiWaiter waiter(transport_.multi());
  const int64_t until_us = clock_.NowUs() + timeout_.count() * 1'000;
  std::vector<Response> responses;
  for (transport_.Poll(responses); responses.empty() && clock_.NowUs() < until_us;
       transport_.Poll(responses)) {
    waiter.Wait(kTurn);
  }
  if (responses.empty()) {
    transport_.CancelAll();
    transport_.Poll(responses);
    return Error{"no answer within " + std::to_string(timeout_.count()) + " ms",
                 "check elasticsearch.urls and the network"};
  }
  Response response = std::move(responses.front());
  if (response.error != TransferError::kNone) {
    return Error{response.detail,
                 "check elasticsearch.urls, the network, elasticsearch.ca_file "
                 "and that the node runs"};
  }
  return response;
}

Result<Cluster> ClusterCheck::Detect() {
  Result<Response> root = Ask("/");
  if (!root) return root.error();
  if (root->status == 401) return Unexpected(401, "GET /");
  std::optional<Cluster> cluster;
  if (root->status == 200) cluster = ReadRoot(root->body);
  if (!cluster) {  // reduced builds and accounts refuse GET /
    Result<Response> nodes = Ask(kNodesPath);
    if (!nodes) return nodes.error();
    cluster = ClusterBehind(nodes->status, nodes->body, nodes->elastic_product);
    if (!cluster && nodes->status != 200) return Unexpected(nodes->status, "GET /_nodes/_local");
  }
  if (!cluster) {
    return Error{"what answers is neither Elasticsearch nor OpenSearch",
                 "check elasticsearch.urls"};
  }
  if (Status version = CheckVersion(*cluster); !version) return version.error();
  return *cluster;
}

Result<DestinationLook> ClusterCheck::Look(const std::string& name) {
  using State = DestinationLook::State;
  Result<Response> answer = Ask(InspectPath(name));
  if (!answer) return answer.error();
  if (answer->status == 404) {
    const std::string backing = BackingName(name);
    Result<Response> left = Ask(InspectPath(backing));
    if (!left) return left.error();
    if (left->status == 200) {
      return DestinationLook{State::kRefused, "there is an index " + backing + " but no alias " +
                                                  name + "; put the alias onto it, or delete it"};
    }
    if (left->status != 404) return Unexpected(left->status, backing);
    return DestinationLook{State::kMissing, "free, to be created as an alias onto " + backing};
  }
  if (answer->status != 200) return Unexpected(answer->status, name);
  const auto existing = ReadExisting(answer->body, name);
  if (!existing || existing->empty()) {
    return Error{name + ": an answer that is not understood", "check elasticsearch.urls"};
  }
  std::string refusal = RefusalOf(name, *existing, settings_);
  if (!refusal.empty()) return DestinationLook{State::kRefused, std::move(refusal)};
  const ExistingIndex* write = WriteIndexOf(*existing);
  std::string text =
      "alias onto " + write->backing + ", remembers deletes for " + Minutes(write->gc_deletes_ms);
  if (!write->pipeline.empty()) text += ", ingest pipeline " + write->pipeline;
  return DestinationLook{State::kReady, std::move(text)};
}

}  // namespace sluice::elasticsearch
