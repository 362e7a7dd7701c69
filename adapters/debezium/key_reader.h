#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/prefix_cache.h"
#include "core/model/change_event.h"
#include "core/model/control.h"
#include "core/model/position.h"

namespace sluice::debezium {

/// What a record's key turned out to be.
enum class KeyShape : uint8_t {
  kColumns,  ///< One part or more.
  kNull,     ///< JSON null, with or without a wrapper.
  kEmpty,    ///< No bytes, or an object without members.
  kBad,      ///< Begins like JSON and is not, or is text that cannot identify a row.
  kBadUtf8,
};

/// Reads a record's key into the parts of a document id.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: parts point into the key or into the reader; valid until the next call.
/// Time:      never blocks. No allocation in the steady state.
/// Errors:    as KeyShape.
class KeyReader {
 public:
  /// More columns than any key has: a limit for the search for duplicates.
  static constexpr size_t kColumnsMax = 256;

  KeyShape Read(PartitionSlot slot, std::string_view key);

  [[nodiscard]] std::span<const KeyPart> parts() const { return parts_; }
  /// The column names of an object, without quotes, in the order of parts(). Else empty.
  [[nodiscard]] std::span<const std::string_view> names() const { return names_; }
  /// Whether the key read last carried its schema.
  [[nodiscard]] bool with_schema() const { return with_schema_; }
  /// How the key read last was encoded; valid for kColumns.
  [[nodiscard]] KeyEncoding encoding() const { return encoding_; }

 private:
  KeyShape ReadText(std::string_view key);
  KeyShape ReadObject(PartitionSlot slot, std::string_view key, bool may_be_wrapper);
  KeyShape ReadPayload(PartitionSlot slot, std::string_view payload);
  [[nodiscard]] bool ReadUsual(std::string_view key);
  [[nodiscard]] bool ReadMembers(std::string_view object, size_t& size);
  [[nodiscard]] bool ReadKnownWrapper(PartitionSlot slot, std::string_view key);
  [[nodiscard]] bool AddPart(std::string_view value);
  KeyShape AddColumns();

  PrefixCache wrappers_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> values_;
  std::vector<KeyPart> parts_;
  std::string scratch_;
  bool with_schema_ = false;
  KeyEncoding encoding_ = kKeyJson;
};

}  // namespace sluice::debezium
