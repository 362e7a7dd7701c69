#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/model/source_change.h"
#include "core/ports/event_encoder.h"

namespace sluice {

/// One record that a change becomes.
struct RecordPlan {
  enum class Kind : uint8_t { kRow, kTombstone, kTruncate };
  enum class KeyOf : uint8_t { kBefore, kAfter, kNone };
  /// Which key a header names: that of the row's other life, when its key has changed.
  enum class Link : uint8_t { kNone, kNewKey, kOldKey };

  Kind kind = Kind::kRow;
  RowOperation operation = RowOperation::kCreate;
  KeyOf key_of = KeyOf::kAfter;
  bool shows_before = false;
  bool shows_after = false;
  Link link = Link::kNone;
};

/// The records of one change, in the order in which they are written; at most three.
class RecordPlans {
 public:
  void Add(const RecordPlan& plan) { plans_[count_++] = plan; }
  [[nodiscard]] std::span<const RecordPlan> all() const& { return {plans_.data(), count_}; }
  void all() && = delete;  // in a range-for the plans would be gone before the loop's first turn

 private:
  std::array<RecordPlan, 3> plans_;
  size_t count_ = 0;
};

/// Pure: insert, update, delete, truncate and read changes. A changed key makes three records: the
/// delete of the old one, its tombstone, and the creation of the new one.
[[nodiscard]] RecordPlans PlanRecords(const SourceChange& change, bool tombstones_on_delete);

/// Whether two rows of a table differ in their key, as far as the old one was sent.
[[nodiscard]] bool KeyDiffers(const Table& table, Row before, Row after);

}  // namespace sluice
