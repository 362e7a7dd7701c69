#pragma once

#include <string_view>

#include "adapters/debezium/envelope_frame.h"
#include "adapters/debezium/row_scan.h"
#include "adapters/debezium/source_reader.h"
#include "adapters/debezium/tail_cache.h"

namespace sluice::debezium {

/// Reads the envelopes that almost all records are, those that differ from their partition's last
/// one in the rows, in digits and in the letter of `op`, at a fraction of FrameReader's price.
///
/// It gives an answer only where FrameReader gives the same. Its own promise is FrameReader's, and
/// that the text holds no control byte.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: frames hold views into the text.
/// Time:      never blocks; one pass, which reads no byte outside the text.
/// Errors:    false: FrameReader has to read the text.
class UsualEnvelopeReader {
 public:
  UsualEnvelopeReader(const ValueMarks& marks, ScanKernel kernel)
      : rows_(marks, kernel), tails_(kernel) {}

  /// Reads a text that begins at the envelope's brace and ends with the value; where `wrapped`,
  /// one more brace ends it.
  [[nodiscard]] bool Read(PartitionSlot slot, std::string_view text, bool wrapped,
                          ObjectFrame& envelope);

  /// Of the envelope that was read: whether `after` may hold a marked value, and what `source`
  /// says.
  [[nodiscard]] bool after_marked() const { return after_marked_; }
  [[nodiscard]] const SourceFacts& source() const { return source_; }

  /// Shows an envelope that FrameReader took out of such a text.
  void Learn(PartitionSlot slot, std::string_view text, bool wrapped, const ObjectFrame& envelope) {
    tails_.Learn(slot, text, wrapped, envelope);
  }

 private:
  [[nodiscard]] const char* PassRow(const char* at, const char* end, bool& marked) const;

  RowScanner rows_;
  TailCache tails_;
  SourceFacts source_;
  bool after_marked_ = true;
};

}  // namespace sluice::debezium
