#pragma once

#include <array>
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
  std::string guard;        ///< Both lines of a guard, see BulkBody.
  /// As the first two with "external_gte", for writes that an equal version gives way to.
  std::string index_or_equal_head;
  std::string delete_or_equal_head;
};

[[nodiscard]] ActionTemplate MakeActionTemplate(std::string_view index_name);

/// The body of one `_bulk` request: an action line per write, and the document's line under it.
///
///   body   = 1*( action LF [ document LF ] )
///   action = {"index":{"_index":NAME,"version_type":TYPE,"_id":ID,"version":N}}
///   TYPE   = "external" | "external_gte"
///          | {"delete":{ … }}                                          ; no document line
///
/// Neither server applies `require_alias` to deletes, and a delete with an external version creates
/// the index that it does not find. But an index action to the same name in the same body forbids
/// that to all of them. So where a body has only deletes for an index, a *guard* is added: an index
/// action under a condition that never holds, which writes nothing and whose answer (409, or 404
/// where there is no such alias) tells what the deletes' own answers do not.
///
///   guard  = {"index":{"_index":NAME,"_id":"~guard","if_seq_no":N,"if_primary_term":1}} LF {} LF
///
/// Memory is kept by Clear(), so that a recycled body allocates nothing.
class BulkBody {
 public:
  void Clear();
  /// Copies the write in. Returns the size in bytes after it.
  size_t Append(const ActionTemplate& action, const DocumentWrite& write);

  /// Adds a guard for each index that has only deletes. The last thing before sending.
  template <typename ActionOf>
  void AddGuards(const ActionOf& action_of) {
    for (const uint32_t slot : slots_)
      if (!seen_[slot].index) AppendGuard(action_of(IndexSlot{slot}), seen_[slot].last_delete);
  }

  [[nodiscard]] std::string_view text() const { return {bytes_.get(), size_}; }
  [[nodiscard]] size_t items() const { return items_.size(); }
  /// After the items, in the reply too: for each guard, the ordinal of a delete that it guards.
  [[nodiscard]] const std::vector<uint32_t>& guards() const { return guards_; }
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

  /// What the body has for one index.
  struct Seen {
    bool any = false;
    bool index = false;
    uint32_t last_delete = 0;
  };

  static constexpr IndexSlot kNoIndex{UINT32_MAX};

  void Reserve(size_t bytes);
  void Note(const DocumentWrite& write);
  [[nodiscard]] char* PutVersion(char* at, int64_t version);
  void AppendGuard(const ActionTemplate& action, uint32_t guarded);

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  std::vector<Item> items_;
  std::vector<Seen> seen_;        // by IndexSlot
  std::vector<uint32_t> slots_;   // those that were seen
  IndexSlot indexed_ = kNoIndex;  // of the last index action: what Note() knows already
  std::vector<uint32_t> guards_;
  std::string escaped_;
  // Versions that follow each other share their upper digits.
  int64_t upper_ = 0;
  size_t upper_bytes_ = 0;
  std::array<char, 16> upper_text_{};
};

}  // namespace sluice::elasticsearch
