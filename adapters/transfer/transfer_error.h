#pragma once

#include <curl/curl.h>

#include <cstdint>

namespace sluice::transfer {

/// How a transfer ended when no HTTP answer was received.
enum class TransferError : uint8_t {
  kNone,            ///< There is an answer.
  kUnreachable,     ///< Name, connection or TLS failed.
  kConnectionLost,  ///< Broken off after the connection stood.
  kTimeout,         ///< No whole answer in time, after the connection stood.
  kUnreadable,      ///< Not HTTP, or larger than accepted.
  kCancelled,       ///< Aborted by us.
};

/// `begun`: some of the request's body was handed over, or it has none and the connection stood.
[[nodiscard]] TransferError ErrorOf(CURLcode code, bool begun);

/// Makes libcurl ready for this process; any number of times, from any thread.
void InitCurl();

}  // namespace sluice::transfer
