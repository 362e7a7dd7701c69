#pragma once

#include <functional>
#include <optional>
#include <string>

namespace sluice::elasticsearch {

/// What an account proves itself with. An API key goes before a password.
struct Credentials {
  std::string username;
  std::string password;
  std::string api_key;  ///< As the cluster prints it, base64 of `id:key`.

  bool operator==(const Credentials&) const = default;
};

/// Reads them anew, where they come from files or the like; nothing when that fails just now.
/// Called after a 401, at most once a second, on the transport's thread: it must be quick.
using CredentialReader = std::function<std::optional<Credentials>()>;

}  // namespace sluice::elasticsearch
