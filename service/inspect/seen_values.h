#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/model/record.h"
#include "service/inspect/write_planner.h"

namespace sluice::inspect {

/// Which values of one field came by, and how often: what shows how a group shares the work.
///
/// Threads:   one call at a time.
/// Ownership: values.
/// Time:      never blocks.
/// Errors:    none: a record without the field is counted as such.
class SeenValues {
 public:
  /// `what`: "key", the record's key, or the name of a field of its document; a dot before it names
  /// a field that is called key.
  explicit SeenValues(std::string what);

  /// True: a value that was not seen before.
  bool Note(const OwnedRecord& record, const InspectedRecord& inspected);

  /// "symbols seen by this consumer: AAPL 12, MSFT 7"
  [[nodiscard]] std::string RenderText() const;
  /// {"schema":"sluice.inspect.seen/1","of":"symbol","values":{"AAPL":12},"others":0,"without":0}
  [[nodiscard]] std::string RenderJson() const;

 private:
  static constexpr size_t kValuesMax = 1'000;

  [[nodiscard]] bool FieldOf(const OwnedRecord& record, const InspectedRecord& inspected,
                             std::string& value) const;

  bool of_key_;
  std::string name_;
  std::map<std::string, uint64_t> counts_;
  uint64_t others_ = 0;   ///< Records with values beyond the first kValuesMax.
  uint64_t without_ = 0;  ///< Records without the field.
};

}  // namespace sluice::inspect
