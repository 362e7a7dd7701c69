#include "adapters/transfer/transfer_error.h"

#include <mutex>

namespace sluice::transfer {

TransferError ErrorOf(CURLcode code, bool begun) {
  if (code == CURLE_OK) return TransferError::kNone;
  if (!begun) return TransferError::kUnreachable;
  switch (static_cast<int>(code)) {
    case CURLE_OPERATION_TIMEDOUT: return TransferError::kTimeout;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR: return TransferError::kUnreadable;
    default: return TransferError::kConnectionLost;
  }
}

void InitCurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace sluice::transfer
