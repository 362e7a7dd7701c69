#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/envelope_frame.h"
#include "adapters/debezium/key_reader.h"
#include "adapters/debezium/prefix_cache.h"
#include "adapters/debezium/source_reader.h"
#include "adapters/debezium/unchanged_shapes.h"
#include "adapters/debezium/usual_envelope.h"
#include "core/model/change_event.h"
#include "core/model/record.h"
#include "core/ports/event_decoder.h"

namespace sluice::debezium {

/// How values are written, as `event.format` says. Keys are recognised by their own shape, for
/// Connect's two converters are set apart.
enum class EventFormat : uint8_t {
  kAuto,        ///< Each record by its shape.
  kSchemaless,  ///< The envelope alone (`schemas.enable=false`).
  kWithSchema,  ///< `{"schema":…,"payload":…}` (`schemas.enable=true`).
};

struct DecoderOptions {
  EventFormat format = EventFormat::kAuto;
  /// Bytes, not empty: PlaceholderBytes() of the connector's `unavailable.value.placeholder`.
  std::string placeholder{kDefaultPlaceholder};
  ScanKernel kernel = FastestScanKernel();
};

/// Understands the records that Debezium's connectors write as JSON.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the event's views point into the record and the decoder; they are valid until the
///            next call or the release of the record.
/// Time:      never blocks; one pass over the value. No allocation per event in the steady state.
/// Errors:    none: whatever the bytes are, the event says what they mean (kReject with a reason).
class EnvelopeDecoder final : public EventDecoder {
 public:
  explicit EnvelopeDecoder(DecoderOptions options = {});

  void Bind(PartitionSlot /*slot*/, const TopicPartition& /*stream*/) override {}
  void Decode(const Record& record, ChangeEvent& event) override;
  /// None of its events wants one.
  void SetId(std::optional<std::string_view> /*header*/, ChangeEvent& /*event*/) override {}
  [[nodiscard]] bool SetUnchanged(std::span<const std::string> names, ChangeEvent& event) override;

  /// The envelope of the record decoded last, cut into members; empty when it had none.
  [[nodiscard]] const ObjectFrame& envelope() const { return envelope_; }
  [[nodiscard]] const KeyReader& key_reader() const { return key_; }
  /// Whether the value decoded last carried its schema.
  [[nodiscard]] bool value_with_schema() const { return value_with_schema_; }

 private:
  /// What a record's value is, the key left aside.
  enum class ValueShape : uint8_t { kNull, kEnvelope, kReject };

  ValueShape ReadValue(PartitionSlot slot, std::string_view value, RejectReason& reason);
  ValueShape ReadUnknown(PartitionSlot slot, std::string_view value, RejectReason& reason);
  [[nodiscard]] bool ReadUsual(PartitionSlot slot, std::string_view value);
  void LearnUsual(PartitionSlot slot, std::string_view value);
  [[nodiscard]] bool ReadKnownWrapper(PartitionSlot slot, std::string_view value);
  void DecodeNull(const Record& record, ChangeEvent& event);
  void DecodeEnvelope(const Record& record, ChangeEvent& event);
  void DecodeRow(const Record& record, EventKind kind, ChangeEvent& event);
  void DecodeWithoutOperation(ChangeEvent& event);
  void NameRejected(const Record& record, ChangeEvent& event);
  [[nodiscard]] SourceFacts Source(PartitionSlot slot);
  [[nodiscard]] bool TakeKey(const Record& record, ChangeEvent& event);
  [[nodiscard]] bool TakeAfter(ChangeEvent& event);

  EventFormat format_;
  FrameReader frames_;
  ObjectFrame envelope_;
  PrefixCache wrappers_;
  KeyReader key_;
  SourceReader source_;
  UnchangedShapes shapes_;
  UsualEnvelopeReader usual_;
  std::vector<UnchangedField> unchanged_;
  std::vector<bool> named_;
  std::string name_scratch_;
  std::string after_scratch_;
  bool value_with_schema_ = false;
  bool read_as_usual_ = false;  ///< By `usual_`, and not by `frames_`.
};

}  // namespace sluice::debezium
