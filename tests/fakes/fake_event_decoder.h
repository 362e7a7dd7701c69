#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/event_decoder.h"

namespace sluice::testing {

/// Reads records in a compact form, so that tests of the core lean on no adapter.
///
///   key    columns joined by `|`; `\N` is null
///   value  none: tombstone (with a key), skipped by rule (without)
///          c{…} r{…} u{…}   a row as flat JSON; the value "__unchanged" was not sent
///          f{…}             the row that begins a snapshot
///          i{…}             a document whose id stands in the header `id`
///          d                a delete
///          t  m  h  x       truncate, message, heartbeat, transaction marker
///          anything else    not JSON
///   A row or a delete without a key is refused.
///
/// Threads:   one call at a time.
/// Ownership: views into the record and into scratch memory that the next call overwrites.
/// Time:      never blocks.
/// Errors:    none: whatever the bytes are, the event says what they mean. A slot that it was not
///            told of ends the test.
class FakeEventDecoder : public EventDecoder {
 public:
  void Bind(PartitionSlot slot, const TopicPartition& stream) override;
  void Decode(const Record& record, ChangeEvent& event) override;
  void SetId(std::optional<std::string_view> header, ChangeEvent& event) override;
  [[nodiscard]] bool SetUnchanged(std::span<const std::string> names, ChangeEvent& event) override;

  /// Of all keys from now on.
  KeyEncoding key_encoding = kKeyUnknown;

 private:
  void ReadKey(const Record& record, ChangeEvent& event);
  void ReadRow(std::string_view after, EventKind kind, ChangeEvent& event);

  std::vector<bool> bound_;  // by PartitionSlot
  std::vector<KeyPart> key_;
  std::string key_text_;
  std::string after_;
  std::vector<UnchangedField> unchanged_;
};

}  // namespace sluice::testing
