#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/bench/null_sink/bulk_action.h"
#include "tests/bench/null_sink/bulk_reply.h"

namespace sluice::bench {

/// Remembers the last write of each document, with external versions as a search node keeps them,
/// and tombstones for ever.
class DocumentStore {
 public:
  struct Document {
    int64_t version = 0;
    bool live = false;
    std::string source;
  };

  explicit DocumentStore(bool with_sources) : with_sources_(with_sources) {}

  ItemResult Apply(const BulkAction& action);
  /// Nothing when there is no live document.
  [[nodiscard]] const Document* Find(std::string_view index, std::string_view id) const;
  [[nodiscard]] size_t live() const { return live_; }
  /// One line a document or tombstone: {"index":…,"id":…,"version":…,"op":"index"|"delete"}.
  [[nodiscard]] std::string Dump() const;

 private:
  bool with_sources_;
  size_t live_ = 0;
  std::unordered_map<std::string, Document> documents_;  ///< Key: index, newline, id.
};

}  // namespace sluice::bench
