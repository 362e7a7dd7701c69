#include "adapters/elasticsearch/control_client.h"

#include <utility>
#include <vector>

#include "adapters/transfer/multi_waiter.h"

namespace sluice::elasticsearch {

ControlClient::ControlClient(const Settings& settings, const Clock& clock,
                             std::chrono::milliseconds timeout)
    : clock_(clock),
      timeout_(timeout),
      transport_(settings, clock),
      index_(settings, transport_, clock, 0) {}

Result<ControlAnswer> ControlClient::Await(const std::string& what) {
  constexpr std::chrono::milliseconds kTurn{50};
  transfer::MultiWaiter waiter(transport_.multi());
  std::string reason = "no answer";
  std::vector<Response> responses;
  std::vector<ControlAnswer> answers;
  for (const int64_t until_us = clock_.NowUs() + timeout_.count() * 1'000;
       clock_.NowUs() < until_us;) {
    answers.clear();
    index_.Poll(answers);
    for (ControlAnswer& answer : answers) {
      if (answer.kind != ControlAnswer::Kind::kHeld) return std::move(answer);
      reason = answer.failure.detail;
    }
    waiter.Wait(kTurn);
    responses.clear();
    transport_.Poll(responses);
    for (const Response& response : responses)
      index_.Take(static_cast<uint32_t>(response.tag), response);
  }
  return Error{what + ": " + reason + " (tried for " + std::to_string(timeout_.count()) + " ms)",
               "check elasticsearch.urls, the network, and the account's rights"};
}

Result<ControlAnswer> ControlClient::Look(const std::string& index) {
  index_.Look(index);
  Result<ControlAnswer> answer = Await("looking at index " + index);
  if (answer && answer->kind == ControlAnswer::Kind::kHalted)
    return Error{answer->failure.detail, ""};
  return answer;
}

Status ControlClient::Write(const ControlRecord& record, const ControlTicket& ticket) {
  if (ticket.seq_no < 0) {
    index_.Create(record);
  } else {
    index_.Replace(record, ticket);
  }
  const Result<ControlAnswer> answer = Await("writing the control record of " + record.index);
  if (!answer) return answer.error();
  if (answer->kind == ControlAnswer::Kind::kWritten) return {};
  if (answer->kind == ControlAnswer::Kind::kRefused)
    return Error{
        "the control record of " + record.index + " was changed by somebody else meanwhile",
        "look at it again: sluice control show " + record.index};
  return Error{answer->failure.detail, ""};
}

}  // namespace sluice::elasticsearch
