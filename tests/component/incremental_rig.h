#pragma once

#include <string>

#include "tests/component/relay_rig.h"

namespace sluice::testing {

/// A signal of FakeSignalDecoder.
inline constexpr const char* kExecute = "execute public.t";

/// A relay whose database has rows that were never streamed.
struct IncrementalRig : RelayRig {
  explicit IncrementalRig(int rows = 4) {
    for (int id = 0; id < rows; ++id) {
      log.Commit({log.Insert(std::to_string(id), "old" + std::to_string(id))});
    }
    slot = log.end();
    positions.stored().flushed = slot;
  }
  void Signal(const std::string& text) { log.Commit({log.Message("sluice.signal", text)}); }
  void Step() {
    RunFor(20);
    chunks->Advance();
    RunFor(20);
  }
  /// Until nothing is left to be read; false: it takes too long.
  bool Finish() {
    for (int step = 0; step < 200; ++step) {
      Step();
      RunFor(1'100);
      if (positions.stored().incremental.empty() && !chunks->busy()) return true;
    }
    return false;
  }
};

}  // namespace sluice::testing
