#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/model/outcome.h"
#include "core/ports/observer.h"

namespace sluice {

/// What a loop does about a fault of the group or the brokers.
enum class FaultAnswer : uint8_t { kNothing, kHold, kHalt };
[[nodiscard]] constexpr FaultAnswer AnswerTo(Disposition disposition) {
  switch (disposition) {
    case Disposition::kHalt:
    case Disposition::kReject: return FaultAnswer::kHalt;
    case Disposition::kHold:
    case Disposition::kInDoubt:
    case Disposition::kSplit: return FaultAnswer::kHold;
    case Disposition::kRetry:      // the next commit carries the newest position
    case Disposition::kCancelled:  // the assignment is gone: whoever has it now reads on
    case Disposition::kDone: break;
  }
  return FaultAnswer::kNothing;
}

/// What a worker holds and why: one sentence for each of `kPlaces` places, the enumerators of
/// `Place`. Its observer is told when a hold begins, gets another reason, or is over.
template <typename Place, size_t kPlaces>
class HoldBook {
 public:
  HoldBook(Observer& observer, int worker) : observer_(observer), worker_(worker) {}

  void Begin(Place place, FailureReason reason, const std::string& sentence) {
    const bool news = !Has(place, reason);
    At(place) = {sentence, reason};
    if (news) observer_.OnHold(worker_, reason, sentence);
  }
  void End(Place place) {
    Entry& entry = At(place);
    if (entry.sentence.empty()) return;
    entry.sentence.clear();
    observer_.OnHoldOver(worker_, entry.reason);
  }
  [[nodiscard]] bool Has(Place place, FailureReason reason) const {
    const Entry& entry = entries_[static_cast<size_t>(place)];
    return !entry.sentence.empty() && entry.reason == reason;
  }
  /// The sentence of the first place that has one; empty when nothing is held.
  [[nodiscard]] std::string First() const {
    for (const Entry& entry : entries_)
      if (!entry.sentence.empty()) return entry.sentence;
    return {};
  }

 private:
  struct Entry {
    std::string sentence;
    FailureReason reason = FailureReason::kNone;
  };
  [[nodiscard]] Entry& At(Place place) { return entries_[static_cast<size_t>(place)]; }

  Observer& observer_;
  const int worker_;
  std::array<Entry, kPlaces> entries_;
};

}  // namespace sluice
