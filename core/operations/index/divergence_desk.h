#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/model/divergence.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/operations/index/divergence_causes.h"
#include "core/ports/divergence_store.h"

namespace sluice {

/// Knows which ids are divergent, and keeps that safe: what is noted counts at once, and is stored
/// behind. Nothing that follows from it may be sent or become terminal before it is Safe().
///
/// Threads:   the pipeline's.
/// Ownership: borrows the store. Memory: at most `ids_max` ids of all indices, kBytesEach each.
/// Time:      no call blocks.
/// Errors:    as news.
class DivergenceDesk {
 public:
  /// The longest id, and what stands beside it.
  static constexpr size_t kBytesEach = 768;
  /// So often an index that has divergent ids is looked at again: an operator may have healed some
  /// (`sluice dlq replay`). Until then they only count.
  static constexpr int64_t kLookAgainUs = 30'000'000;

  struct News {
    enum class Kind : uint8_t {
      kLoaded,  ///< The ids of `index` are known.
      kHeld,    ///< Still trying; `failure` says why.
      kHalted,  ///< `failure` says why, and what the choices are.
    };
    Kind kind = Kind::kLoaded;
    IndexSlot index;
    Failure failure;
  };

  DivergenceDesk(DivergenceStore& store, size_t ids_max) : store_(store), ids_max_(ids_max) {}

  /// Reads what is stored of an index; news follow. What is known meanwhile stays known.
  void Load(IndexSlot index, const std::string& name);

  /// An id became divergent, or is so once more. `entry.index` and `entry.since` are set here. The
  /// answer is to be asked for by Safe().
  uint64_t Note(IndexSlot index, Divergence entry);
  [[nodiscard]] bool Safe(uint64_t ticket) const { return !open_.contains(ticket); }
  /// How many are not.
  [[nodiscard]] size_t open() const { return open_.size(); }

  /// Whether the index has divergent ids at all: the one question that every write asks.
  [[nodiscard]] bool any(IndexSlot index) const {
    return index.value < indices_.size() && !indices_[index.value].ids.empty();
  }
  /// Whether values of a state with version `older` may not stand for those that the record of
  /// version `newer` did not carry: a cause may lie between the two.
  [[nodiscard]] bool Bars(IndexSlot index, std::string_view id, int64_t older, int64_t newer) const;

  /// A write of that version is in the index, or a newer one of our log. `whole`: its record
  /// carried every column. `written`: it is there as it was sent.
  void Applied(IndexSlot index, const std::string& id, int64_t version, bool whole, bool written);

  /// How many ids of the index are divergent, as far as records of that partition made them so.
  [[nodiscard]] uint64_t count(IndexSlot index, int32_t partition) const;

  bool Poll(int64_t now_us, std::vector<News>& news);

 private:
  struct Known {
    DivergenceCauses causes;
    DivergenceReason reason = DivergenceReason::kValueMissing;
    int32_t partition = 0;
    Offset offset;
    uint32_t load = 0;     ///< The number of the last Load() before it was noted, stored or told.
    uint32_t pending = 0;  ///< Tickets of it that are not safe yet.
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Index {
    std::string name;
    uint32_t loads = 0;
    uint32_t answers = 0;
    int64_t asked_us = 0;
    std::unordered_map<std::string, Known, TextHash, std::equal_to<>> ids;
    std::map<int32_t, uint64_t> counts;  ///< By partition.
  };

  Index& At(IndexSlot index);
  Known& Learn(Index& index, const Divergence& entry);
  void Forget(Index& index, const std::string& id);
  void TakeStored(uint64_t ticket);
  void TakeLoaded(IndexSlot slot, const DivergenceAnswer& answer);
  void HaltForNumber(IndexSlot slot);
  void LookAgain();

  DivergenceStore& store_;
  const size_t ids_max_;
  int64_t now_us_ = 0;
  size_t known_ = 0;
  uint64_t next_ticket_ = 1;
  struct Ticket {
    IndexSlot index;
    std::string id;
  };
  std::unordered_map<uint64_t, Ticket> open_;  // those that are not safe yet
  std::vector<Index> indices_;                 // by IndexSlot
  std::vector<DivergenceAnswer> answers_;
  std::vector<News> news_;
};

}  // namespace sluice
