#pragma once

#include "core/model/capture_stats.h"

namespace sluice::telemetry {

/// Sums the counters of one run of a source after the other, so that none goes back.
class CaptureTotals {
 public:
  /// `stats` are of the run that goes on, or of a new one, whose counters begin at zero.
  void Take(const CaptureStats& stats);
  [[nodiscard]] CaptureStats Sum() const;

 private:
  CaptureStats former_;  ///< Sums of the runs that are over.
  CaptureStats now_;
};

}  // namespace sluice::telemetry
