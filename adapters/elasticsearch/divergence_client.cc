#include "adapters/elasticsearch/divergence_client.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "adapters/elasticsearch/divergence_json.h"
#include "adapters/transfer/multi_waiter.h"

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

template <typename Done>
Status DivergenceClient::Await(const std::string& what, const Done& done) {
  constexpr std::chrono::milliseconds kTurn{50};
  transfer::MultiWaiter waiter(transport_.multi());
  std::string reason = "no answer";
  std::vector<Response> responses;
  std::vector<DivergenceAnswer> answers;
  for (const int64_t until_us = clock_.NowUs() + timeout_.count() * 1'000;
       clock_.NowUs() < until_us;) {
    answers.clear();
    index_.Poll(answers);
    for (const DivergenceAnswer& answer : answers)
      if (!answer.failure.detail.empty()) reason = answer.failure.detail;
    if (done(answers)) return {};
    waiter.Wait(kTurn);
    responses.clear();
    transport_.Poll(responses);
    for (const Response& response : responses)
      index_.Take(static_cast<uint32_t>(response.tag), response);
  }
  return Error{what + ": " + reason,
               "check elasticsearch.urls, the network, and the account's rights on " + alias_};
}

Result<std::vector<Divergence>> DivergenceClient::All(const std::string& index) {
  constexpr size_t kEntriesMax = 1'000'000;
  std::vector<Divergence> entries;
  bool complete = false;
  index_.Load(index, kEntriesMax);
  const Status loaded = Await("reading the divergent ids of " + index, [&](auto& answers) {
    for (DivergenceAnswer& answer : answers) {
      if (answer.kind != DivergenceAnswer::Kind::kLoaded) continue;
      entries = std::move(answer.entries);
      complete = answer.complete;
      return true;
    }
    return false;
  });
  if (!loaded) return loaded.error();
  if (!complete)
    return Error{
        "index " + index + " has more than " + std::to_string(kEntriesMax) + " divergent ids",
        "have the source tell its rows again"};
  return entries;
}

Status DivergenceClient::Put(const Divergence& entry) {
  constexpr uint64_t kToken = 1;
  index_.Put(kToken, entry);
  return Await("storing the divergent id " + entry.index + "/" + entry.id, [](auto& answers) {
    return std::any_of(answers.begin(), answers.end(), [](const DivergenceAnswer& answer) {
      return answer.kind == DivergenceAnswer::Kind::kStored;
    });
  });
}

Status DivergenceClient::Remove(const std::string& index, const std::string& id, int64_t version) {
  index_.Remove(index, id, version);
  return Await("removing the divergent id " + index + "/" + id,
               [this](auto&) { return index_.idle(); });
}

}  // namespace sluice::elasticsearch
