#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/elasticsearch/settings.h"

namespace sluice::elasticsearch {

/// The body of the request that creates a backing index together with its alias.
[[nodiscard]] std::string CreateIndexBody(std::string_view alias, const Settings& settings);

/// What is known of the index or alias behind a name, from `GET /NAME`.
struct ExistingIndex {
  std::string backing;  ///< Its own name.
  bool write_index = false;
  int64_t gc_deletes_ms = 60'000;  ///< The servers' default.
  std::string pipeline;            ///< A default or final ingest pipeline, empty: none.
};

/// Reads the reply of `GET /NAME`; nothing when it is not understood.
[[nodiscard]] std::optional<std::vector<ExistingIndex>> ReadExisting(const std::string& reply,
                                                                     std::string_view alias);

/// A duration as the servers write it ("15m", "60s", "500ms") in milliseconds.
[[nodiscard]] std::optional<int64_t> ReadDurationMs(std::string_view text);

}  // namespace sluice::elasticsearch
