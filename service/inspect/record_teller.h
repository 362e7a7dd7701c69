#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "core/model/record.h"
#include "service/inspect/seen_values.h"
#include "service/inspect/write_planner.h"

namespace sluice::inspect {

struct TellerSettings {
  PlannerSettings planner;
  bool json = false;
  std::string seen;  ///< As for SeenValues; empty: nothing is counted.
};

/// Prints records, a line each, and which values came by.
///
/// Threads:   one call at a time.
/// Ownership: the stream is borrowed.
/// Time:      never blocks but for the stream.
/// Errors:    those of the stream.
class RecordTeller {
 public:
  RecordTeller(const TellerSettings& settings, std::ostream& out);

  void Tell(const OwnedRecord& record);
  /// A line of what was seen since the beginning, where anything was told since the last one.
  void TellSeen();
  /// The same, where there was a value that was not seen before.
  void TellNewlySeen();

 private:
  WritePlanner planner_;
  const bool json_;
  std::ostream& out_;
  std::optional<SeenValues> seen_;
  bool new_value_ = false;
  bool any_ = false;
};

}  // namespace sluice::inspect
