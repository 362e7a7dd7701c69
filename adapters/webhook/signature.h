#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::webhook {

/// The value of the header `webhook-signature`, as Standard Webhooks has it:
///
///   signature = "v1," base64(HMAC-SHA256(secret, id "." seconds "." body))
///
/// `id` is the idempotency key, `seconds` since 1970 the time of the attempt; both go with the
/// request. A secret `whsec_…` is base64, as those libraries write it; any other is its own bytes.
[[nodiscard]] std::string SignatureOf(std::string_view secret, std::string_view id, int64_t seconds,
                                      std::string_view body);

/// Whether a secret can be used: not empty, and base64 behind `whsec_`.
[[nodiscard]] bool IsSecret(std::string_view secret);

}  // namespace sluice::webhook
