#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::webhook {

/// One customer's server. Values are checked by whoever fills them in.
struct Endpoint {
  std::string name;
  std::string url;     ///< `https://host/path`; every status is a POST to it.
  std::string secret;  ///< By which requests are signed; empty: they are not.
};

struct Settings {
  std::vector<Endpoint> endpoints;  ///< By DestinationSlot.
  std::string ca_file;              ///< PEM; empty: the system's.
  std::string proxy;  ///< `http://host:port`; empty: none, whatever the environment says.
  std::string user_agent = "sluice";
  int64_t connect_timeout_ms = 10'000;
  int64_t request_timeout_ms = 60'000;  ///< From its beginning to the whole answer.
};

}  // namespace sluice::webhook
