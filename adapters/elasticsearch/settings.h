#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::elasticsearch {

/// How to reach the search cluster and what destinations look like. Values are checked by whoever
/// fills them in.
struct Settings {
  std::vector<std::string> urls;  ///< `http://host:port`, without a path; several: fail-over.
  std::string username;           ///< Basic authentication, unless `api_key` is set.
  std::string password;
  std::string api_key;           ///< As the cluster prints it, base64 of `id:key`.
  std::string ca_file;           ///< PEM; empty: the system's.
  std::string certificate_file;  ///< PEM, for mutual TLS; empty: none.
  std::string key_file;
  bool gzip = false;
  int64_t connect_timeout_ms = 10'000;
  int64_t request_timeout_ms = 60'000;
  int64_t bulk_timeout_ms = 30'000;  ///< How long the node waits for shards.

  /// Stream → index name, where it is not the stream's own name in lower case.
  std::vector<std::pair<std::string, std::string>> index_names;
  std::string index_settings;  ///< One JSON object, for indices that are created; empty: none.
  std::string index_mappings;  ///< One JSON object; `dynamic_templates` in it replaces the default.
  bool soft_deletes = false;   ///< A delete leaves a stub (stub.h) behind a filtered alias.
  bool allow_pipelines = false;  ///< Accept indices with a default or final ingest pipeline.
  /// The least time for which an index must remember deletes: as long as a late copy of a write can
  /// be alive.
  int64_t gc_deletes_least_ms = 180'000;

  std::string control_index = "sluice-control";      ///< Where control records are kept.
  std::string divergent_index = "sluice-divergent";  ///< Where divergent ids are kept; an alias.

  int64_t retry_first_ms = 100;  ///< Back-off of index preparation and of nodes set aside.
  int64_t retry_longest_ms = 30'000;
};

/// How long a created index remembers deletes, unless it has to for longer.
inline constexpr int64_t kGcDeletesCreatedMs = 15 * 60 * 1000;

}  // namespace sluice::elasticsearch
