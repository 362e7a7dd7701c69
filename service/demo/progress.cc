#include "service/demo/progress.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace sluice::demo {
namespace {

constexpr int64_t kBarEveryUs = 100'000;
constexpr int64_t kLineEveryUs = 10'000'000;
constexpr int kBarLongest = 40;

}  // namespace

Progress::Progress(std::string what, int64_t total, bool terminal, int columns,
                   std::ostream& stream, const Clock& clock)
    : what_(std::move(what)),
      total_(std::max<int64_t>(total, 1)),
      terminal_(terminal),
      columns_(columns),
      stream_(stream),
      clock_(clock),
      shown_us_(clock.NowUs()) {}

Progress::~Progress() {
  if (bar_) stream_ << "\r\x1b[K" << std::flush;
}

void Progress::Show(int64_t done) {
  const int64_t now = clock_.NowUs();
  if (now - shown_us_ < (terminal_ ? kBarEveryUs : kLineEveryUs)) return;
  shown_us_ = now;
  const std::string counted = std::to_string(done) + "/" + std::to_string(total_);
  if (!terminal_) {
    stream_ << what_ << ": " << counted << std::endl;
    return;
  }
  const int room = columns_ - static_cast<int>(what_.size() + counted.size()) - 5;
  const int64_t length = std::clamp(room, 0, kBarLongest);
  const auto filled = static_cast<size_t>(length * std::min(done, total_) / total_);
  stream_ << "\r" << what_ << " [" << std::string(filled, '#')
          << std::string(static_cast<size_t>(length) - filled, '.') << "] " << counted << "\x1b[K"
          << std::flush;
  bar_ = true;
}

}  // namespace sluice::demo
