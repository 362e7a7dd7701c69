#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/debezium/bracket_scan.h"

namespace sluice::debezium {

/// Offsets within a value are 32 bits wide. Kafka's records are smaller by far.
inline constexpr size_t kValueBytesMax = size_t{1} << 31;

/// The members that tell what a value is. Others are passed over.
enum class Member : uint8_t {
  kBefore,
  kAfter,
  kSource,
  kTransaction,
  kOp,
  kTsMs,
  kMessage,
  kStatus,
  kId,
  kEventCount,
  kDataCollections,
  kSchema,
  kPayload,
  kOther,
};
inline constexpr size_t kMembers = 13;  ///< Without kOther.

/// One JSON object, cut into its members; views into the text.
struct ObjectFrame {
  std::array<std::string_view, kMembers> values;  ///< From first to last byte; empty when absent.
  uint32_t seen = 0;                              ///< Bit per Member that was there.
  uint32_t count = 0;                             ///< Members of any name.

  [[nodiscard]] bool has(Member member) const {
    return (seen >> static_cast<unsigned>(member)) & 1;
  }
  [[nodiscard]] std::string_view at(Member member) const {
    return has(member) ? values[static_cast<size_t>(member)] : std::string_view{};
  }
};

/// What a text is, seen from outside.
enum class TextShape : uint8_t {
  kBadUtf8,
  kBadJson,
  kNull,    ///< The JSON value null.
  kScalar,  ///< Another value that is no object.
  kObject,
};

/// Cuts a record's value into the members of its envelope.
///
/// What is promised about a text that is not kBadJson: its strings are closed and hold no control
/// byte, its brackets match in kind and depth, white space outside strings is JSON's, and the
/// members of the object read are separated as JSON wants. What stands between the brackets of
/// `before`, `after` and `source` is not tokenised: a fault in there is the index's to refuse.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: frames hold views into the text; valid until the next ReadText() on this instance.
/// Time:      never blocks; one pass. No allocation in the steady state.
/// Errors:    as TextShape, or false.
class FrameReader {
 public:
  explicit FrameReader(ScanKernel kernel = FastestScanKernel()) : scanner_(kernel) {}

  /// Scans a whole text. With kObject, `object` holds its members; when the text is a wrapped
  /// object `{"schema":…,"payload":…}`, ReadPayload() goes on with the inner one.
  TextShape ReadText(std::string_view text, ObjectFrame& object);

  /// Whether the object just read is Connect's wrapper: nothing but `schema`, an object or null,
  /// and `payload`.
  [[nodiscard]] static bool IsWrapper(const ObjectFrame& object);

  /// The members of the `payload` of the wrapper just read, which begins with a brace.
  [[nodiscard]] bool ReadPayload(const ObjectFrame& wrapper, ObjectFrame& object);

  /// Reads `{…}}`: a payload object and the brace that ends its wrapper, where the text before it
  /// was recognised as a known wrapper's beginning.
  [[nodiscard]] bool ReadWrapperTail(std::string_view text, ObjectFrame& object);

  /// Whether the text read last holds control bytes (then newlines may stand between tokens).
  [[nodiscard]] bool holds_control() const { return facts_.control; }

 private:
  class Walker;

  [[nodiscard]] bool Scan(std::string_view text, TextShape& shape);
  [[nodiscard]] bool ReadWhole(std::string_view text, bool wrapper_tail, ObjectFrame& object);

  BracketScanner scanner_;
  TextFacts facts_;
  std::string_view text_;
  const uint32_t* payload_bracket_ = nullptr;
  std::vector<char> open_;
};

}  // namespace sluice::debezium
