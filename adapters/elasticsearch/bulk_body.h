#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/document_write.h"

namespace sluice::elasticsearch {

/// The parts of an action line that are the same for all writes to one index.
struct ActionTemplate {
  std::string index_head;   ///< {"index":{"_index":"NAME","version_type":"external","_id":"
  std::string delete_head;  ///< {"delete":{"_index":"NAME","version_type":"external","_id":"
};

[[nodiscard]] ActionTemplate MakeActionTemplate(std::string_view index_name);

/// The body of one `_bulk` request: an action line per write, and the document's line under it.
///
///   body   = 1*( action LF [ document LF ] )
///   action = {"index":{"_index":NAME,"version_type":"external","_id":ID,"version":N}}
///          | {"delete":{ … }}                                          ; no document line
///
/// Memory is kept by Clear(), so that a recycled body allocates nothing.
class BulkBody {
 public:
  void Clear();
  /// Copies the write in. Returns the size in bytes after it.
  size_t Append(const ActionTemplate& action, const DocumentWrite& write);

  [[nodiscard]] std::string_view text() const { return {bytes_.get(), size_}; }
  [[nodiscard]] size_t items() const { return items_.size(); }
  [[nodiscard]] std::string_view document(size_t ordinal) const;
  [[nodiscard]] WriteAction action(size_t ordinal) const { return items_[ordinal].action; }
  [[nodiscard]] int64_t version(size_t ordinal) const { return items_[ordinal].version; }
  [[nodiscard]] size_t capacity() const { return capacity_; }

 private:
  struct Item {
    int64_t version = 0;
    uint32_t begin = 0;  // of the document
    uint32_t end = 0;
    WriteAction action = WriteAction::kIndex;
  };

  void Reserve(size_t bytes);

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  std::vector<Item> items_;
  std::string escaped_;
};

}  // namespace sluice::elasticsearch
