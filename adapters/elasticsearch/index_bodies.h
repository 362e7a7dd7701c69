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
  std::string backing;              ///< Its own name.
  bool has_alias = false;           ///< It carries the alias that was asked for.
  std::optional<bool> write_index;  ///< What the alias says about writing, if anything.
  bool hides_stubs = false;         ///< The alias leaves stubs out of searches.
  int64_t gc_deletes_ms = 60'000;   ///< The servers' default.
  std::string pipeline;             ///< A default or final ingest pipeline, empty: none.
  std::string uuid;
  std::string history_uuid;  ///< Given by a restore; empty: never restored.
  int64_t shards = 0;
};

/// Reads the reply of `GET /NAME`; nothing when it is not understood.
[[nodiscard]] std::optional<std::vector<ExistingIndex>> ReadExisting(const std::string& reply,
                                                                     std::string_view alias);

/// Why this destination cannot be used, in a sentence that names the cure; empty when it can.
[[nodiscard]] std::string RefusalOf(const std::string& alias,
                                    const std::vector<ExistingIndex>& existing,
                                    const Settings& settings);

/// The one index behind the alias that writes go to; null when there is none.
[[nodiscard]] const ExistingIndex* WriteIndexOf(const std::vector<ExistingIndex>& existing);

/// The name of the first backing index of an alias.
[[nodiscard]] std::string BackingName(const std::string& alias);
/// The request, as an operator makes it, that lets `alias` stand for `backing` as we need it.
[[nodiscard]] std::string AddAlias(const std::string& backing, const std::string& alias,
                                   const Settings& settings);

/// The path of the request that creates the backing index.
[[nodiscard]] std::string CreatePath(const std::string& alias);

/// `/` and the name of an index or alias.
[[nodiscard]] std::string IndexPath(std::string_view name);
/// The path of `GET /NAME`, which tells only what ReadExisting() needs.
[[nodiscard]] std::string InspectPath(std::string_view name);

/// A name as it stands in a path.
[[nodiscard]] std::string UrlEscaped(std::string_view name);

/// A duration as the servers write it ("15m", "60s", "500ms") in milliseconds.
[[nodiscard]] std::optional<int64_t> ReadDurationMs(std::string_view text);

}  // namespace sluice::elasticsearch
