#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/debezium/describe.h"
#include "adapters/debezium/stream_decoder.h"
#include "adapters/elasticsearch/index_names.h"
#include "core/model/change_event.h"
#include "core/model/document_write.h"
#include "core/model/position.h"
#include "core/model/record.h"
#include "core/operations/change_header.h"
#include "core/operations/document_id.h"
#include "core/operations/index/pipeline_settings.h"
#include "core/operations/index/plan_write.h"
#include "core/ports/document_merger.h"

namespace sluice::inspect {

/// What `sluice index` would do because of one record.
struct PlannedWrite {
  enum class Action : uint8_t {
    kIndex,
    kDelete,
    kTruncate,  ///< All older documents are deleted.
    kSkip,      ///< For the rule in `reason`.
    kReject,    ///< A dead letter, for the reason in `reason`.
    kHalt,      ///< The service stops, for the reason in `reason`.
  };
  Action action = Action::kSkip;
  std::string reason;           ///< Of kSkip, kReject and kHalt: its stable name.
  std::string index;            ///< Of kIndex, kDelete and kTruncate.
  std::string id;               ///< Of kIndex and kDelete.
  int64_t version = 0;          ///< Of kIndex, kDelete and kTruncate.
  int64_t epoch = 0;            ///< Of the run of our own source that told the record; 0: none did.
  std::string document;         ///< Of kIndex; with placeholders in the unchanged columns.
  std::vector<OpenField> open;  ///< Those placeholders.
  EventKind kind = EventKind::kSkip;  ///< What the record tells, whatever is done about it.
};

[[nodiscard]] const char* ActionName(PlannedWrite::Action action);  ///< "index", "delete", …

/// A record in words and what would be written because of it.
struct InspectedRecord {
  debezium::RecordDescription description;
  PlannedWrite write;
};

/// What the answer depends on besides the record.
struct PlannerSettings {
  debezium::StreamOptions decoder;
  PipelineSettings pipeline;
  elasticsearch::IndexNames index_names;
};

/// Tells what would be written because of a record, by the very parts that `sluice index` runs.
/// What depends on the index (a newer version there, a value that was left out) is not known here.
///
/// Threads:   one call at a time.
/// Ownership: the record is borrowed for the call; answers own their texts.
/// Time:      never blocks.
/// Errors:    none: a record that cannot be applied is an answer.
class WritePlanner {
 public:
  explicit WritePlanner(PlannerSettings settings);

  /// As for an index that no operator gave another incarnation.
  [[nodiscard]] InspectedRecord Inspect(const OwnedRecord& record);
  [[nodiscard]] PlannedWrite Plan(const OwnedRecord& record, uint16_t incarnation);

  /// Whether versions come from the records' headers.
  [[nodiscard]] bool by_header() const {
    return settings_.pipeline.version_mode == VersionMode::kHeader;
  }

 private:
  [[nodiscard]] PlannedWrite PlanEvent(const Record& record, const std::string& topic,
                                       uint16_t incarnation);
  [[nodiscard]] PlannedWrite PlanDecoded(const Record& record, const std::string& topic,
                                         uint16_t incarnation);
  [[nodiscard]] PlannedWrite PlanRow(const Record& record, const std::string& topic,
                                     uint16_t incarnation);
  [[nodiscard]] PlannedWrite Named(PlannedWrite write, const std::string& topic) const;
  [[nodiscard]] bool TakeUnchanged();
  [[nodiscard]] int64_t VersionOf(const Record& record, uint16_t incarnation) const;
  [[nodiscard]] Record TakeRecord(const OwnedRecord& owned);
  [[nodiscard]] PartitionSlot SlotOf(const TopicPartition& stream);

  const PlannerSettings settings_;
  debezium::StreamDecoder decoder_;
  debezium::RecordDescriber describer_;
  DocumentIdBuilder ids_;
  ChangeEvent event_;
  std::string scratch_;
  std::vector<std::string> column_names_;
  std::optional<ChangeHeader> header_;        ///< Of the record; none or not understood.
  std::optional<std::string_view> event_id_;  ///< The record's header of that name.
  std::map<TopicPartition, PartitionSlot> slots_;
};

}  // namespace sluice::inspect
