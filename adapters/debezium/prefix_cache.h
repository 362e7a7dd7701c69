#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/position.h"

namespace sluice::debezium {

/// Remembers how the last text of each partition began, so that the same beginning (an embedded
/// schema, the constant part of `source`) is recognised by one comparison and read only once.
///
/// Texts are shared between partitions: those of one topic begin alike.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: copies what is put; what Find() gives is valid until the next Put().
/// Time:      never blocks. Find() is one comparison.
/// Errors:    none: what does not fit is not remembered.
class PrefixCache {
 public:
  static constexpr size_t kTextsMax = 256;
  static constexpr size_t kBytesMax = 4 * 1024 * 1024;
  static constexpr size_t kTextBytesMax = 256 * 1024;
  static constexpr size_t kSlotsMax = 64 * 1024;

  /// The remembered beginning, when `text` begins with it; else empty.
  [[nodiscard]] std::string_view Find(PartitionSlot slot, std::string_view text) const;
  /// `mark`: the caller's, told again by Mark() while this beginning is what Find() gives.
  void Put(PartitionSlot slot, std::string_view prefix, uint64_t mark = 0);
  /// Of what Find() has just given for that partition.
  [[nodiscard]] uint64_t Mark(PartitionSlot slot) const {
    return marks_[slots_[slot.value] - size_t{1}];
  }

  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] size_t texts() const { return texts_.size(); }

 private:
  size_t PlaceFor(std::string_view prefix);

  std::vector<uint16_t> slots_;  ///< 1 + place in `texts_`; 0: none.
  std::vector<std::string>
      texts_;                    ///< An evicted place may still be named by slots: it is compared.
  std::vector<uint64_t> marks_;  ///< By place in `texts_`.
  size_t bytes_ = 0;
  size_t oldest_ = 0;
};

}  // namespace sluice::debezium
