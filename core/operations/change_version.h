#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/model/position.h"
#include "core/model/source_change.h"

namespace sluice {

/// The version of a change: `((commit_lsn + bias) / 8) * 2^10 + rank` (docs/DELIVERY.md). Commits
/// are ordered by their LSN, the changes of one key within a transaction by rank.
inline constexpr int kRankBits = 10;
inline constexpr uint32_t kRankMost = (1U << kRankBits) - 1;
/// Of the rows of a snapshot: below every change that was committed after it.
inline constexpr uint32_t kRankOfSnapshot = 0;

/// Whether a version can be made: commit_lsn + bias is below 2^56.
[[nodiscard]] bool VersionFits(Lsn commit, uint64_t bias);
[[nodiscard]] int64_t ChangeVersion(Lsn commit, uint64_t bias, uint32_t rank);
/// Of a row that is told as it was at `moment`: above what was committed before, below what is
/// committed at or after it. Of an outbox many rows have one key, and no order among them is known:
/// all get the one version of which the last record counts (RankIsFull).
[[nodiscard]] int64_t ReadVersion(Lsn moment, uint64_t bias, bool of_outbox);
/// Whether several changes of one key may have this version: its rank counts no further.
[[nodiscard]] constexpr bool RankIsFull(int64_t version) {
  return (version & kRankMost) == kRankMost;
}

/// A number for the key of a row, from names and texts alone, so that neither a setting nor a
/// later version of this program gives another. It decides ranks: were it to change between
/// sending a transaction and sending it again, the second copy could end below the first.
[[nodiscard]] uint64_t StableKeyHash(uint64_t table_hash, const Table& table, Row row);
[[nodiscard]] uint64_t StableHash(std::string_view bytes, uint64_t seed);
/// The same for the events of outboxes, by the value that becomes their key: whatever the table and
/// the stream, so that events with one key have ranks in their order.
[[nodiscard]] uint64_t StableEventHash(const ColumnValue& key);

/// Counts the changes of each key within one transaction, in fixed memory: keys share counters, by
/// which ranks are only skipped. At the highest rank the count stays.
///
/// Most transactions touch few keys: their counters stand in a small table that stays in the cache.
/// Only a transaction with more of them uses the large one. Ranks are the same in both.
class RankCounter {
 public:
  RankCounter();

  /// 1 to kRankMost.
  [[nodiscard]] uint32_t Next(uint64_t key_hash);
  /// For a change of all keys, such as a truncate: above all before it, below all after it.
  [[nodiscard]] uint32_t NextOfAll();
  /// A new transaction begins.
  void Reset();

 private:
  static constexpr size_t kCounters = size_t{1} << 20;
  /// More counters than that are cleared as a whole.
  static constexpr size_t kTouchedMost = 1 << 14;
  static constexpr size_t kNearPlaces = 1 << 12;
  /// So that half of the places stay free, and a search ends soon.
  static constexpr size_t kNearMost = kNearPlaces / 2;

  struct Near {
    uint32_t transaction = 0;  ///< Of which it is; of another: the place is free.
    uint32_t counter = 0;
    uint32_t count = 0;
  };

  /// The place of a counter in the small table, or the free one where it belongs.
  [[nodiscard]] Near& NearOf(uint32_t counter);
  [[nodiscard]] uint32_t NextNear(uint32_t counter);
  [[nodiscard]] uint32_t NextFar(uint32_t counter);
  void MoveToFar();
  [[nodiscard]] uint32_t After(uint32_t count);

  std::vector<Near> near_ = std::vector<Near>(kNearPlaces);
  size_t near_used_ = 0;
  uint32_t transaction_ = 1;
  bool far_ = false;                    ///< The transaction has outgrown the small table.
  std::unique_ptr<uint16_t[]> counts_;  // NOLINT(modernize-avoid-c-arrays): too large for a value
  std::vector<uint32_t> touched_;
  uint32_t highest_ = 0;
  uint32_t floor_ = 0;  ///< The rank of the last change of all keys.
};

}  // namespace sluice
