#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "core/ports/clock.h"

namespace sluice::demo {

/// Shows how far a long command is: a bar that is redrawn on a terminal, else a line every ten
/// seconds.
///
/// Threads:   one call at a time.
/// Ownership: stream and clock are borrowed.
/// Time:      never blocks but for the stream.
/// Errors:    none.
class Progress {
 public:
  Progress(std::string what, int64_t total, bool terminal, int columns, std::ostream& stream,
           const Clock& clock);
  /// Removes the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(int64_t done);

 private:
  const std::string what_;
  const int64_t total_;
  const bool terminal_;
  const int columns_;
  std::ostream& stream_;
  const Clock& clock_;
  int64_t shown_us_;
  bool bar_ = false;
};

}  // namespace sluice::demo
