#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/control.h"
#include "core/model/result.h"

namespace sluice::elasticsearch {

/// A control record as one document, and back.
///
///   {"schema":"sluice.control/1","index":"cdc.public.users","backing":"cdc.public.users-000001",
///    "index_uuid":"…","index_history_uuid":"","primaries":["0:…"],"operations":0,
///    "group":"sluice","cluster_id":"…","topic":"cdc.public.users","topic_id":"…","partitions":3,
///    "key_encoding":"json","version_mode":"offset","incarnation":1,"starts":[0,0,0]}
[[nodiscard]] std::string RenderControl(const ControlRecord& record);
[[nodiscard]] Result<ControlRecord> ParseControl(const std::string& document);

/// The document behind `GET /CONTROL/_doc/ID`.
struct StoredControl {
  std::string document;
  ControlTicket ticket;
};
/// Nothing when it is no such answer.
[[nodiscard]] std::optional<StoredControl> ReadStored(const std::string& reply);
/// The state that an answer to a write tells.
[[nodiscard]] ControlTicket ReadTicket(const std::string& reply);

/// What `GET /INDEX/_stats/docs?level=shards` tells of `backing`. Nothing while a primary is away.
struct ShardFacts {
  std::vector<std::string> primaries;
  int64_t operations = 0;
};
[[nodiscard]] std::optional<ShardFacts> ReadShards(const std::string& reply,
                                                   const std::string& backing, int64_t shards);
[[nodiscard]] std::string StatsPath(const std::string& backing);
/// Of the record of `index` in `records`, the index of the records.
[[nodiscard]] std::string ControlPath(const std::string& records, const std::string& index,
                                      const char* endpoint = "_doc");

/// The body of the request that creates the index of the records.
[[nodiscard]] std::string ControlIndexBody();

}  // namespace sluice::elasticsearch
