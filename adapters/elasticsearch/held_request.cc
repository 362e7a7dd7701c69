#include "adapters/elasticsearch/held_request.h"

#include <algorithm>

#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/error_map.h"
#include "adapters/elasticsearch/jitter.h"

namespace sluice::elasticsearch {

void Patience::Fail(const Settings& settings, int64_t now_us, uint64_t& random_state) {
  constexpr uint32_t kDoublingsMax = 16;
  failures = std::min(failures + 1, kDoublingsMax);
  const int64_t ceiling_us =
      std::min(settings.retry_longest_ms, settings.retry_first_ms << (failures - 1)) * 1000;
  not_before_us = now_us + 1000 +
                  static_cast<int64_t>(NextRandom(random_state) %
                                       static_cast<uint64_t>(std::max<int64_t>(ceiling_us, 1)));
}

bool MayPass(const Response& response) {
  return response.error != TransferError::kNone || response.status >= 500 ||
         response.status == 429 || response.status == 401 || response.status == 403;
}

std::string WordsOf(const Response& response) {
  if (response.error != TransferError::kNone) return response.detail;
  const ErrorBody words = ReadErrorBody(response.body);
  std::string text = "HTTP " + std::to_string(response.status);
  if (!words.type.empty()) text += " " + words.type;
  if (!words.reason.empty()) text += ": " + words.reason;
  return text;
}

Failure HoldOf(const Response& response, const std::string& what) {
  const Verdict verdict = response.error != TransferError::kNone
                              ? OfTransfer(response.error, response.body_sent)
                              : OfRequest(response.status);
  Failure failure;
  failure.verdict = {
      Disposition::kHold,
      verdict.disposition == Disposition::kDone ? FailureReason::kShardUnavailable : verdict.reason,
      WriteResult::kCreated};
  failure.detail = what.empty() ? WordsOf(response) : what;
  return failure;
}

}  // namespace sluice::elasticsearch
