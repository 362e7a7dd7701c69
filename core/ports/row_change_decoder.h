#pragma once

#include <optional>
#include <string_view>

#include "core/model/record.h"
#include "core/model/row_change.h"

namespace sluice {

/// Turns the bytes of a record into what a change log tells of it: the columns that are wanted,
/// before and after.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the change's views are valid until the next call or the end of the record.
/// Time:      never blocks.
/// Errors:    none: whatever the bytes are, the change says what they mean (kReject with a reason).
class RowChangeDecoder {
 public:
  virtual ~RowChangeDecoder() = default;

  /// `header`: the record's header `sluice`, which tells the columns that were not sent; none: the
  /// record is not of our own source, and they are known by their placeholder.
  virtual void Decode(const Record& record, std::optional<std::string_view> header,
                      RowChange& change) = 0;
};

}  // namespace sluice
