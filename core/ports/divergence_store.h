#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/model/divergence.h"
#include "core/model/outcome.h"

namespace sluice {

/// What a store of divergent ids has to say.
struct DivergenceAnswer {
  enum class Kind : uint8_t {
    kLoaded,  ///< To Load(): `entries` are all of `index`, unless it is not `complete`.
    kStored,  ///< To Put(): the entry of `token`, or a newer one of its id, is safe.
    kHeld,    ///< Still trying; `failure` says why. Repeats, and another answer follows.
    kHalted,  ///< What is stored cannot be read; `failure` says why and what to do.
  };
  Kind kind = Kind::kLoaded;
  std::string index;
  std::vector<Divergence> entries;
  bool complete = true;  ///< False: reading ended at `entries_max`.
  uint64_t token = 0;
  Failure failure;
};

/// Where divergent ids are remembered: one entry an id and index, by version. What is said about an
/// id with a version stands against all that was said with a lower one, so that a call which is
/// repeated, or whose copy comes late, changes nothing that came after it.
///
/// Threads:   one call at a time per instance; several instances may share what they store.
/// Ownership: what is passed is copied.
/// Time:      no call blocks; answers come through Poll(). What cannot be reached is tried again
///            without end, with back-off.
/// Errors:    as answers.
class DivergenceStore {
 public:
  virtual ~DivergenceStore() = default;

  /// Reads the entries of an index, no more than `entries_max`. Every entry is told that was stored
  /// before, by whomever.
  virtual void Load(const std::string& index, size_t entries_max) = 0;
  /// Stores an entry in place of one of the same or a lower version.
  virtual void Put(uint64_t token, const Divergence& entry) = 0;
  /// Forgets the entry of that id, unless it has a higher version. There is no answer: an entry
  /// that stays too long is harmless.
  virtual void Remove(const std::string& index, const std::string& id, int64_t version) = 0;
  virtual void Poll(std::vector<DivergenceAnswer>& answers) = 0;
};

}  // namespace sluice
