#include "service/composition/credential_reader.h"

#include <utility>

namespace sluice::service {

elasticsearch::CredentialReader CredentialReaderOf(const config::Config& config,
                                                   const config::ReferenceSources& sources) {
  if (config.secret_references.empty()) return nullptr;
  const elasticsearch::Credentials configured{
      config.elasticsearch_username, config.elasticsearch_password, config.elasticsearch_api_key};
  return [configured, references = config.secret_references,
          sources]() -> std::optional<elasticsearch::Credentials> {
    elasticsearch::Credentials credentials = configured;
    for (const auto& [path, text] : references) {
      const auto resolved = config::ResolveReferences(text, sources);
      if (!resolved) return std::nullopt;
      if (path == "elasticsearch.password") credentials.password = *resolved;
      if (path == "elasticsearch.api_key") credentials.api_key = *resolved;
    }
    return credentials;
  };
}

}  // namespace sluice::service
