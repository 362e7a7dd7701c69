#pragma once

#include "adapters/elasticsearch/credentials.h"
#include "service/config/config.h"
#include "service/config/references.h"

namespace sluice::service {

/// Resolves the references of the search cluster's credentials again, so that a password or key
/// that was changed in its file is taken up without a restart. The reader gives nothing while a
/// reference cannot be resolved; it is empty when no credential is a reference.
[[nodiscard]] elasticsearch::CredentialReader CredentialReaderOf(
    const config::Config& config, const config::ReferenceSources& sources);

}  // namespace sluice::service
