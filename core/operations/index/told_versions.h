#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "core/model/position.h"

namespace sluice {

/// What one partition's records have told of their source, where versions come from their headers:
/// which run of it wrote last, and how far its versions have come.
///
/// A value: no clock, no I/O. Memory: 16 bytes for each new epoch behind the committed offset.
class ToldVersions {
 public:
  /// Reading begins; what the last owner's commit note says of the records below.
  void Start(int64_t epoch, int64_t version) {
    epoch_ = committed_epoch_ = epoch;
    version_ = version;
    met_ = 0;
    rises_.clear();
  }

  /// Takes a record in, in the order of the log. False: a newer run of the source had written to
  /// this partition before, and has told again whatever this record tells: it is passed over.
  [[nodiscard]] bool Take(Offset offset, int64_t epoch, int64_t version) {
    if (epoch < epoch_) return false;
    if (epoch > epoch_) {
      epoch_ = epoch;
      rises_.push_back({offset, epoch});
    }
    version_ = std::max(version_, version);
    return true;
  }

  /// The highest version that was told; 0: none.
  [[nodiscard]] int64_t version() const { return version_; }
  /// The highest epoch among the records below `next`, the present or a later commit's position.
  [[nodiscard]] int64_t EpochBelow(Offset next) {
    for (; !rises_.empty() && rises_.front().offset < next; rises_.pop_front())
      committed_epoch_ = rises_.front().epoch;
    return committed_epoch_;
  }

  /// A document has this version, which no record has told yet.
  void Meet(int64_t stored) { met_ = std::max(met_, stored); }
  /// The highest such version that is still not told; 0: none is left.
  [[nodiscard]] int64_t untold() const { return met_ > version_ ? met_ : 0; }

 private:
  struct Rise {
    Offset offset;
    int64_t epoch = 0;
  };

  int64_t epoch_ = 0;
  int64_t committed_epoch_ = 0;
  int64_t version_ = 0;
  int64_t met_ = 0;
  std::deque<Rise> rises_;
};

}  // namespace sluice
