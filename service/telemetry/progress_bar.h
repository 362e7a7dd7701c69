#pragma once

#include <cstdint>
#include <string>

#include "core/model/capture_stats.h"

namespace sluice::telemetry {

/// How far a snapshot is, as one line of at most `columns` characters:
/// "[######--------------]  31% 620000 of about 2000000 rows, 1 of 4 tables, 310000 rows/s". The
/// number of rows is the database's estimate; where it has none, there is no share. Pure.
[[nodiscard]] std::string RenderProgress(const CaptureStats& stats, double rows_per_second,
                                         size_t columns);

/// The bar alone: "[######--------------]  31% ". `whole` is above 0. Pure.
[[nodiscard]] std::string RenderBar(uint64_t done, uint64_t whole);

/// A line on standard error that is written over and over, where that is a terminal.
///
/// Threads:   one.
/// Ownership: none.
/// Time:      a write to a terminal.
/// Errors:    none.
class ProgressBar {
 public:
  /// `began_us`: by the clock that `now_us` is of.
  explicit ProgressBar(int64_t began_us);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Show(const CaptureStats& stats, int64_t now_us) const;
  /// A line of another kind, cut to the terminal's width.
  void ShowLine(const std::string& line) const;
  [[nodiscard]] bool on_terminal() const { return on_terminal_; }

 private:
  const int64_t began_us_;
  const bool on_terminal_;
};

}  // namespace sluice::telemetry
