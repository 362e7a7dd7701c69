#pragma once

#include <cstdint>
#include <string>

#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/outcome.h"

namespace sluice::elasticsearch {

/// When a request that is asked again without end is asked next.
struct Patience {
  uint32_t failures = 0;
  int64_t not_before_us = 0;

  /// After one more failure: full jitter up to the doubled ceiling of the settings.
  void Fail(const Settings& settings, int64_t now_us, uint64_t& random_state);
};

/// Whether the same request may be answered otherwise a while later: no answer, 5xx, 429, 401, 403.
[[nodiscard]] bool MayPass(const Response& response);

/// An answer in words.
[[nodiscard]] std::string WordsOf(const Response& response);

/// The failure that is reported meanwhile. `what`: our own words for an answer that was no error;
/// empty: the server's.
[[nodiscard]] Failure HoldOf(const Response& response, const std::string& what);

}  // namespace sluice::elasticsearch
