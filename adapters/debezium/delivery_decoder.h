#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/debezium/stream_decoder.h"
#include "core/operations/document_id.h"
#include "core/ports/delivery_reader.h"

namespace sluice::debezium {

struct DeliveryOptions {
  StreamOptions streams;
  std::string destination_field = "customer";  ///< Of the row, or of the document.
};

/// Reads whom a record is for out of its row, and what they are told: the row as it is.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the event's views point into the record and the reader; they are valid until the next
///            call or the release of the record.
/// Time:      never blocks; two passes over the row.
/// Errors:    none: whatever the bytes are, the event says what they mean (kReject with a reason).
class DeliveryDecoder final : public DeliveryReader {
 public:
  explicit DeliveryDecoder(const DeliveryOptions& options);
  ~DeliveryDecoder() override;

  void Bind(PartitionSlot slot, const TopicPartition& stream) override;
  void Read(const Record& record, DeliveryEvent& event) override;

 private:
  struct Parser;

  void TakeRow(DeliveryEvent& event);
  /// The field's text; false: there is none.
  [[nodiscard]] bool FindDestination(std::string_view row);

  const std::string field_;
  StreamDecoder decoder_;
  DocumentIdBuilder ids_;
  ChangeEvent change_;
  std::unique_ptr<Parser> parser_;
  std::string destination_;
};

}  // namespace sluice::debezium
