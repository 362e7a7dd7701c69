#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/debezium/envelope_decoder.h"
#include "core/model/change_event.h"
#include "core/model/record.h"

namespace sluice::debezium {

/// One record in words, for people who look at a topic. Texts own their memory.
struct RecordDescription {
  EventKind kind = EventKind::kSkip;
  SkipRule skip = SkipRule::kMessage;            ///< Valid for kSkip.
  RejectReason reject = RejectReason::kBadJson;  ///< Valid for kReject.
  std::string op;                                ///< The envelope's letter; empty without one.
  bool key_with_schema = false;
  bool value_with_schema = false;

  struct KeyColumn {
    std::string name;  ///< Empty for a key that is a bare value.
    KeyPart::Kind kind = KeyPart::Kind::kText;
    std::string text;
  };
  std::vector<KeyColumn> key;  ///< Also of records that are skipped or rejected, where readable.

  // Of `source`, as written there; empty when absent or null.
  std::string connector;
  std::string db;
  std::string schema;
  std::string table;
  std::string snapshot;
  std::optional<int64_t> tx_id;
  std::optional<int64_t> lsn;
  std::optional<int64_t> source_ms;    ///< `source.ts_ms`.
  std::optional<int64_t> envelope_ms;  ///< `ts_ms` of the envelope: the connector's clock.

  std::string before;  ///< JSON as written; empty when absent or null.
  std::string after;
  std::vector<std::string> unchanged;  ///< Columns that the change did not carry.
};

/// Tells what a record is and what became of it, whether it can be indexed or not.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the record is borrowed for the call; the description owns its texts.
/// Time:      never blocks. For display: allocates freely.
/// Errors:    none: what cannot be read stays empty.
class RecordDescriber {
 public:
  explicit RecordDescriber(DecoderOptions options = {}) : decoder_(std::move(options)) {}

  [[nodiscard]] RecordDescription Describe(const Record& record);
  /// Of a topic of documents, and what DocumentDecoder has made of it.
  [[nodiscard]] RecordDescription DescribeDocument(const Record& record, const ChangeEvent& event);

 private:
  void DescribeKey(const Record& record, RecordDescription& description);
  void DescribeEnvelope(RecordDescription& description);

  EnvelopeDecoder decoder_;
  KeyReader key_;
};

}  // namespace sluice::debezium
