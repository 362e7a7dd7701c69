#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/compacted_topic.h"
#include "adapters/kafka/record_publisher.h"
#include "core/model/changelog_row.h"
#include "core/ports/row_sink.h"
#include "core/ports/waiter.h"

namespace sluice::kafka {

struct RowTopicSettings {
  std::string topic;            ///< Of the rows; made where it is missing.
  std::string positions_topic;  ///< Where the place in the log is kept, compacted.
  std::string positions_name;   ///< Under which key.
  std::vector<RowColumn> columns;
  PublisherSettings publisher;
  int64_t keep_timeout_us = 60'000'000;  ///< How long acknowledgements are waited for.
};

/// Rows as JSON documents in a topic, the row's id being the key (a JSON string, as Connect writes
/// one). A row may stand there twice after a crash, under the same id. The place tells the topic of
/// its rows, so that two change logs do not go on from each other's.
///
/// Threads, Ownership: as RowSink.
/// Time:      Append() waits while the producer's queue is full, Keep() for the acknowledgements;
///            each for `keep_timeout_us` at most.
/// Errors:    as RowSink.
class RowTopic : public RowSink {
 public:
  /// `positions` and `publisher` belong to this sink alone. `waiter` watches both descriptors.
  RowTopic(RowTopicSettings settings, std::unique_ptr<CompactedTopic> positions,
           std::unique_ptr<RecordPublisher> publisher, Waiter& waiter, Clock& clock);

  [[nodiscard]] Failure Load(std::string& positions) override;
  [[nodiscard]] Failure Append(const ChangelogRow& row) override;
  [[nodiscard]] Failure Keep(const std::string& positions) override;
  [[nodiscard]] const RowSinkCounts& counts() const override { return counts_; }

 private:
  [[nodiscard]] Failure OfAnother(const std::string& topic) const;
  /// Takes acknowledgements in; a failure is what one of them says.
  [[nodiscard]] Failure Poll();
  template <typename Done>
  [[nodiscard]] Failure AwaitUntil(const Done& done, const std::string& what);

  const RowTopicSettings settings_;
  std::unique_ptr<CompactedTopic> positions_;
  std::unique_ptr<RecordPublisher> publisher_;
  Waiter& waiter_;
  Clock& clock_;
  StreamSlot stream_;
  std::optional<std::string> kept_;  ///< The positions that are in their topic, with its name.
  uint64_t open_ = 0;                ///< Rows that are not acknowledged.
  uint64_t bytes_ = 0;               ///< Of rows appended since the last Keep().
  std::string key_;
  std::string value_;
  std::vector<PublishAck> acks_;
  RowSinkCounts counts_;
};

}  // namespace sluice::kafka
