#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/elasticsearch/transport.h"
#include "core/ports/document_index.h"

namespace sluice::elasticsearch {

/// Reads stored documents by id, many in one realtime `_mget`.
///
///   request = { "docs": [ { "_index": NAME, "_id": ID } … ] }
///   reply   = { "docs": [ { "found": bool, "_version": N, "_source": OBJECT … }
///                       | { "error": { "type" … } … } … ] }
///
/// Without a filter_path, which would render the documents anew: `_source` is passed on byte for
/// byte. A reply that is larger than accepted is asked for again in halves.
///
/// Threads:   as the transport, which is borrowed.
/// Ownership: texts are copied.
/// Time:      no call blocks.
/// Errors:    one verdict per token.
class LookupDesk {
 public:
  LookupDesk(Transport& transport, uint64_t tag) : transport_(transport), tag_(tag) {}

  void Ask(uint64_t token, std::string_view index_name, std::string_view id);
  void Flush();
  /// Takes the answer to the request with that number (the tag without its upper byte).
  void Take(uint32_t number, Response& response, std::vector<LookupResult>& results);

 private:
  struct Wanted {
    uint64_t token = 0;
    uint32_t end = 0;  // of its entry in the body
  };
  struct Asked {
    std::string body;
    std::vector<Wanted> wanted;
  };
  void Send(Asked asked);
  void SendInHalves(const Asked& asked);
  [[nodiscard]] bool Read(const Asked& asked, std::string& reply,
                          std::vector<LookupResult>& results);

  Transport& transport_;
  const uint64_t tag_;
  simdjson::ondemand::parser parser_;
  Asked gathering_;
  std::unordered_map<uint32_t, Asked> asked_;  // by number
  uint32_t next_ = 0;
};

}  // namespace sluice::elasticsearch
