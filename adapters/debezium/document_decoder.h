#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/envelope_decoder.h"
#include "adapters/debezium/envelope_frame.h"
#include "adapters/debezium/key_reader.h"
#include "core/model/change_event.h"
#include "core/model/record.h"
#include "core/ports/event_decoder.h"

namespace sluice::debezium {

/// What a record of a topic of documents is found by in the index.
enum class DocumentIdentity : uint8_t {
  kKey,       ///< The record's key: one document a key, the last record wins, no value deletes.
  kHeader,    ///< The record's header `id`: one document an event, however often it was sent.
  kPosition,  ///< `topic-partition-offset`: one document a record.
};

struct DocumentOptions {
  EventFormat format = EventFormat::kAuto;  ///< As of envelopes: whether values carry a schema.
  DocumentIdentity identity = DocumentIdentity::kKey;
  ScanKernel kernel = FastestScanKernel();
};

/// Understands records whose values are documents and no change events, as Debezium's outbox event
/// router writes them through Connect's converters: a JSON object, or a JSON string that holds the
/// text of one.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the event's views point into the record and the decoder; they are valid until the
///            next call or the release of the record.
/// Time:      never blocks; one pass over the value, one more over a text that was in a string. No
///            allocation per event in the steady state.
/// Errors:    none: whatever the bytes are, the event says what they mean (kReject with a reason).
class DocumentDecoder final : public EventDecoder {
 public:
  explicit DocumentDecoder(DocumentOptions options = {});

  void Bind(PartitionSlot slot, const TopicPartition& stream) override;
  void Decode(const Record& record, ChangeEvent& event) override;
  void SetId(std::optional<std::string_view> header, ChangeEvent& event) override;
  /// A document has no columns that its source could have left out.
  [[nodiscard]] bool SetUnchanged(std::span<const std::string> names, ChangeEvent& event) override;

 private:
  /// What a record's value is, the key left aside.
  enum class ValueShape : uint8_t { kDocument, kNull, kReject };

  ValueShape ReadValue(std::string_view value);
  ValueShape ReadPayload();
  ValueShape ReadText(std::string_view quoted);
  ValueShape Take(std::string_view object);
  ValueShape Refuse(RejectReason reason);
  void DecodeAbsent(const Record& record, ChangeEvent& event);
  void TakeIdentity(const Record& record, ChangeEvent& event);
  void TakeKey(const Record& record, ChangeEvent& event);
  void TakePosition(const Record& record, ChangeEvent& event);

  const DocumentOptions options_;
  FrameReader frames_;
  ObjectFrame frame_;
  KeyReader key_;
  KeyReader id_;
  PartitionSlot slot_;                   ///< Of the record decoded last.
  std::vector<TopicPartition> streams_;  ///< By PartitionSlot.
  RejectReason reason_ = RejectReason::kBadJson;
  std::string_view document_;
  std::string text_;  ///< What a string held.
  std::string minified_;
  std::string position_;
  std::array<KeyPart, 1> position_key_;
};

}  // namespace sluice::debezium
