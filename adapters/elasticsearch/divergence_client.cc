#include "adapters/elasticsearch/divergence_client.h"

#include <array>
#include <vector>

#include "adapters/elasticsearch/divergence_json.h"
#include "adapters/elasticsearch/multi_waiter.h"

namespace sluice::elasticsearch {

DivergenceClient::DivergenceClient(const Settings& settings, const Clock& clock,
                                   std::chrono::milliseconds timeout)
    : alias_(settings.divergent_index),
      clock_(clock),
      timeout_(timeout),
      reader_(settings, clock),
      transport_(settings, clock),
      index_(settings, transport_, clock, 0) {}

Result<std::optional<Divergence>> DivergenceClient::Find(const std::string& index,
                                                         const std::string& id) {
  const auto exists = reader_.Exists(alias_);
  if (!exists) return exists.error();
  if (!*exists) return std::optional<Divergence>();
  const std::array<std::string, 1> keys = {DivergenceKey(index, id)};
  const auto found = reader_.Get(alias_, keys);
  if (!found) return found.error();
  if (found->empty() || !found->front().document) return std::optional<Divergence>();
  Result<Divergence> entry = ParseDivergence(*found->front().document);
  if (!entry) return entry.error();
  return std::optional<Divergence>(std::move(*entry));
}

Status DivergenceClient::Remove(const std::string& index, const std::string& id, int64_t version) {
  constexpr std::chrono::milliseconds kTurn{50};
  MultiWaiter waiter(transport_);
  std::string reason = "no answer";
  std::vector<Response> responses;
  std::vector<DivergenceAnswer> answers;
  index_.Remove(index, id, version);
  for (const int64_t until_us = clock_.NowUs() + timeout_.count() * 1'000;
       clock_.NowUs() < until_us;) {
    answers.clear();
    index_.Poll(answers);
    for (const DivergenceAnswer& answer : answers) reason = answer.failure.detail;
    if (index_.idle()) return {};
    waiter.Wait(kTurn);
    responses.clear();
    transport_.Poll(responses);
    for (const Response& response : responses)
      index_.Take(static_cast<uint32_t>(response.tag), response);
  }
  return Error{"removing the divergent id " + index + "/" + id + ": " + reason,
               "check elasticsearch.urls, the network, and the account's rights on " + alias_};
}

}  // namespace sluice::elasticsearch
