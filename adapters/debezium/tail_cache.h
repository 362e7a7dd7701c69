#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/bracket_scan.h"
#include "adapters/debezium/envelope_frame.h"
#include "adapters/debezium/source_reader.h"
#include "core/model/position.h"

namespace sluice::debezium {

/// A stretch of a text.
struct Span {
  uint32_t at = 0;
  uint32_t bytes = 0;

  [[nodiscard]] std::string_view in(std::string_view text) const {
    return {text.data() + at, bytes};
  }
};

/// How an envelope of Debezium's own order and spelling goes on behind its row:
///   ,"source":{…},"transaction":…,"op":"…","ts_ms":N,"ts_us":N,"ts_ns":N}
///
/// From one record to the next only digits and the letter of `op` change, seldom their number.
struct EnvelopeTail {
  std::string text;      ///< With 0 for each digit, ` for the letter of `op`.
  std::string bounds;    ///< How far each byte may be from that of `text`: at most both, XORed.
  bool wrapped = false;  ///< One more brace ends it.
  Span source;
  Span transaction;
  Span op;
  Span ts_ms;
  Span source_ms;                     ///< The digits of `source.ts_ms`.
  std::array<uint32_t, 4> leading{};  ///< Digits that are not 0: of source.ts_ms and the three.
  bool first_of_snapshot = false;
};

/// Remembers the tail of each partition's last envelope, so that the next is recognised by one
/// comparison: brackets, names and all texts are equal then, and what they mean is known.
///
/// Tails are shared between partitions: those of one topic are alike.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: copies what it learns; a tail found is valid until the next Learn().
/// Time:      never blocks; a comparison reads no byte outside the text.
/// Errors:    none: what does not fit is not remembered.
class TailCache {
 public:
  static constexpr size_t kTailsMax = 256;
  static constexpr size_t kTailBytesMin = 64;
  static constexpr size_t kTailBytesMax = 4096;
  static constexpr size_t kSlotsMax = size_t{64} * 1024;

  explicit TailCache(ScanKernel kernel = FastestScanKernel()) : kernel_(kernel) {}

  /// The tail of this partition's last envelope, or null.
  [[nodiscard]] const EnvelopeTail* Last(PartitionSlot slot) const;
  /// Whether `text` is that tail: every member reads as EnvelopeTail says. With kPortable never.
  [[nodiscard]] bool Matches(const EnvelopeTail& tail, std::string_view text);
  /// What `source` says in a text that matches.
  [[nodiscard]] static SourceFacts Source(const EnvelopeTail& tail, std::string_view text);

  /// Remembers the tail of an envelope that was read. `text` goes from its brace to the value's
  /// end.
  void Learn(PartitionSlot slot, std::string_view text, bool wrapped, const ObjectFrame& envelope);

  [[nodiscard]] size_t tails() const { return tails_.size(); }

 private:
  /// Learning costs as much as reading some records: where tails never repeat, few are learnt.
  static constexpr uint32_t kPatienceOfLearning = 4;
  static constexpr uint32_t kPatienceMax = 4096;

  [[nodiscard]] size_t PlaceForLearnt();

  ScanKernel kernel_;
  uint32_t patience_ = kPatienceMax;
  std::vector<uint16_t> slots_;      ///< 1 + place in `tails_`; 0: none.
  std::vector<EnvelopeTail> tails_;  ///< A replaced place may still be named by slots: see Last().
  size_t oldest_ = 0;
  EnvelopeTail learnt_;  ///< Kept for its memory.
};

}  // namespace sluice::debezium
