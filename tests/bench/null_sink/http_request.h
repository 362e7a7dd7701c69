#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::bench {

/// One HTTP/1.1 request. The views point into the connection's buffer.
struct HttpRequest {
  std::string_view method;
  std::string_view path;   ///< Without the query, still percent-encoded.
  std::string_view query;  ///< Without the question mark.
  std::string_view body;
  size_t body_bytes = 0;  ///< As announced; `body` is empty until it has arrived.
  size_t head_bytes = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  bool supported = true;  ///< False for chunked or compressed bodies, which this server refuses.
};

/// Reads the head of a request; nothing while it is incomplete. A head that is no HTTP gives an
/// empty method.
std::optional<HttpRequest> ParseHead(std::string_view received);

/// The decoded value of a query parameter, nothing when it is absent.
std::optional<std::string> QueryParameter(std::string_view query, std::string_view name);

/// Turns %41 into A; malformed escapes stay as they are.
std::string PercentDecode(std::string_view text);

}  // namespace sluice::bench
