#include "service/verify/wait_text.h"

#include <algorithm>

#include "core/model/lsn_text.h"
#include "service/config/values.h"

namespace sluice::verify {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
/// For the source to tell the database how far it is, and for commits.
constexpr int64_t kBeyondUs = 60 * kSecondUs;
constexpr int64_t kFirstUs = 3 * kSecondUs;
constexpr int64_t kAgainUs = 30 * kSecondUs;

std::string Longest(int64_t left_us) {
  return ", for " +
         config::FormatDurationUs(std::max<int64_t>(left_us, 0) / kSecondUs * kSecondUs) +
         " at most";
}

}  // namespace

int64_t DefaultWaitUs(const WaitBounds& bounds) {
  return bounds.window_us + bounds.session_us + kBeyondUs;
}

std::string SourceWaitText(const std::string& slot, Lsn confirmed, Lsn wanted, int64_t left_us) {
  return "waits until the source has confirmed " + LsnText(wanted) + " (slot " + slot +
         " stands at " + LsnText(confirmed) + ")" + Longest(left_us);
}

std::string IndexWaitText(const std::string& group, const std::string& topic, int64_t lag,
                          int64_t window_us, int64_t left_us) {
  return "waits until group " + group + " has committed " + std::to_string(lag) +
         " more records of topic " + topic +
         ": deletes that may meet a late copy of an older write, and truncates, hold its offset "
         "until their window is over (" +
         config::FormatDurationUs(window_us) + ")" + Longest(left_us);
}

WaitPace::WaitPace(int64_t now_us) : next_us_(now_us + kFirstUs) {}

bool WaitPace::Due(int64_t now_us) {
  if (now_us < next_us_) return false;
  next_us_ = now_us + kAgainUs;
  return true;
}

}  // namespace sluice::verify
