#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "adapters/elasticsearch/bulk_body.h"
#include "adapters/elasticsearch/error_map.h"
#include "core/model/outcome.h"

namespace sluice::elasticsearch {

/// What stands behind an item's verdict that is not a plain success.
struct ItemError {
  uint32_t ordinal = 0;
  std::string type;
  std::string reason;
  int64_t stored_version = 0;  ///< Of a conflict with a newer version.
};

/// Reads the reply to a bulk: one verdict per item, in order.
///
///   reply = { "errors": bool, "items": [ { ACTION: { "status": N, "error": { "type", "reason" } …
///   } } … ] … }
///
/// Other members and any order of members are accepted. Items of the shape that our filter_path
/// asks for are read by a strict scanner; everything else goes through simdjson. The answers to
/// guards follow those to the writes.
///
/// Threads:   one call at a time per instance.
/// Ownership: the reply is borrowed for the call; it may be grown by padding.
/// Time:      proportional to the reply.
/// Errors:    false when it is not such a reply or has not as many items as the body.
class BulkReplyReader {
 public:
  [[nodiscard]] bool Read(std::string& reply, const BulkBody& body, std::vector<Verdict>& verdicts,
                          std::vector<ItemError>& errors);

 private:
  [[nodiscard]] bool ReadPlain(std::string_view reply, const BulkBody& body,
                               std::vector<Verdict>& verdicts);
  [[nodiscard]] bool ReadAny(std::string& reply, const BulkBody& body,
                             std::vector<Verdict>& verdicts, std::vector<ItemError>& errors);
  [[nodiscard]] static bool ReadAnswer(simdjson::ondemand::object item, ItemAnswer& answer);
  [[nodiscard]] static bool ReadItem(simdjson::ondemand::object item, const BulkBody& body,
                                     uint32_t ordinal, std::vector<Verdict>& verdicts,
                                     std::vector<ItemError>& errors);
  [[nodiscard]] static bool ReadGuard(simdjson::ondemand::object item, const BulkBody& body,
                                      uint32_t ordinal, std::vector<Verdict>& verdicts,
                                      std::vector<ItemError>& errors);

  simdjson::ondemand::parser parser_;
};

}  // namespace sluice::elasticsearch
