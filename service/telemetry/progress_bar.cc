#include "service/telemetry/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace sluice::telemetry {
namespace {

constexpr size_t kBarWidth = 20;
constexpr size_t kUsualColumns = 80;
constexpr std::string_view kClearLine = "\r\x1b[2K";

/// What cannot be written to a terminal is not worth a word.
void Write(std::string_view text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

size_t Columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualColumns;
}

}  // namespace

std::string RenderBar(uint64_t done, uint64_t whole) {
  // An estimate may be too small: what is beyond it is no more than the whole.
  done = std::min(done, whole);
  const size_t filled = kBarWidth * done / whole;
  const std::string share = std::to_string(100 * done / whole);
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '-') + "] " +
         std::string(share.size() < 3 ? 3 - share.size() : 0, ' ') + share + "% ";
}

std::string RenderProgress(const CaptureStats& stats, double rows_per_second, size_t columns) {
  std::string line;
  if (stats.snapshot_rows_known > 0) {
    line = RenderBar(stats.snapshot_rows, stats.snapshot_rows_known);
  }
  line += std::to_string(stats.snapshot_rows);
  if (stats.snapshot_rows_known > 0) {
    line += " of about " + std::to_string(stats.snapshot_rows_known);
  }
  line += " rows, " + std::to_string(stats.snapshot_tables_done) + " of " +
          std::to_string(stats.snapshot_tables) + " tables, " +
          std::to_string(static_cast<uint64_t>(std::max(rows_per_second, 0.0))) + " rows/s";
  return line.substr(0, columns);
}

ProgressBar::ProgressBar(int64_t began_us)
    : began_us_(began_us), on_terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (on_terminal_) Write(kClearLine);
}

void ProgressBar::Show(const CaptureStats& stats, int64_t now_us) const {
  if (!on_terminal_) return;
  const double seconds = static_cast<double>(std::max<int64_t>(now_us - began_us_, 1)) / 1e6;
  const double speed = static_cast<double>(stats.snapshot_rows) / seconds;
  ShowLine(RenderProgress(stats, speed, Columns() - 1));
}

void ProgressBar::ShowLine(const std::string& line) const {
  if (!on_terminal_) return;
  // Back to the line's beginning, so that a line of the log takes its place.
  Write(std::string(kClearLine) + line.substr(0, Columns() - 1) + "\r");
}

}  // namespace sluice::telemetry
