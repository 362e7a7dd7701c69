#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/capture_stats.h"
#include "core/model/outcome.h"
#include "core/operations/outbox/outbox_router.h"
#include "core/operations/outbox/outbox_streams.h"
#include "core/ports/event_encoder.h"
#include "core/ports/event_publisher.h"

namespace sluice {

/// Makes events of the rows of outboxes: stream, partition, time, key, value and headers of each.
///
/// Threads:   one.
/// Ownership: borrows encoder and publisher. What it fills in is valid until the next Fill().
/// Time:      no call waits.
/// Errors:    a row that no event can be made of is told apart; `failure()` says why.
class OutboxWriter {
 public:
  /// What came of filling an event in.
  struct Answer {
    enum class Kind : uint8_t {
      kFilled,
      kWait,        ///< The brokers have to be asked first: the same again, later.
      kUnroutable,  ///< `failure()` says why; a halt, whatever the settings make of it.
    };
    Kind kind = Kind::kFilled;
    OutboxFate fate = OutboxFate::kRouted;  ///< Of kFilled.
  };

  OutboxWriter(OutboxSettings settings, EventEncoder& encoder, EventPublisher& publisher);

  /// Whether rows of the table are events. Asked once a table.
  [[nodiscard]] bool IsOutbox(const Table& table) const;
  [[nodiscard]] Result<OutboxPlan> Plan(const Table& table) const;
  [[nodiscard]] bool RetellsRekeyed(const Table& table) const;
  [[nodiscard]] const OutboxSettings& settings() const { return settings_; }
  [[nodiscard]] const OutboxStreams& streams() const { return streams_; }

  /// Adds to an event and its headers what the new row of a change says.
  [[nodiscard]] Answer Fill(const OutboxPlan& plan, const SourceChange& change,
                            const StreamOwners& owners, OutgoingEvent& event,
                            std::vector<HeaderView>& headers);
  /// That the change is one that outboxes are not made for, as a halt.
  [[nodiscard]] Failure UpdateFailure(const SourceChange& change) const;
  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  struct Stream {
    StreamSlot slot;
    uint32_t partitions = 0;  ///< As last heard; 0: nobody has asked.
  };

  /// Each is false where the event is not filled in, with `answer` saying why.
  [[nodiscard]] bool FindStream(const OutboxPlan& plan, const SourceChange& change,
                                const StreamOwners& owners, Answer& answer);
  [[nodiscard]] bool FindPartition(uint32_t column, const SourceChange& change,
                                   OutgoingEvent& event, Answer& answer);
  [[nodiscard]] bool FindTime(uint32_t column, const SourceChange& change, OutgoingEvent& event,
                              Answer& answer);
  void AddHeaders(const OutboxPlan& plan, const SourceChange& change,
                  std::vector<HeaderView>& headers);
  [[nodiscard]] Answer Unroutable(const SourceChange& change, const std::string& what);

  const OutboxSettings settings_;
  EventEncoder& encoder_;
  EventPublisher& publisher_;
  OutboxStreams streams_;
  std::map<std::string, Stream> by_name_;                 ///< No more than `streams_max`.
  std::map<std::string, Stream*, std::less<>> by_route_;  ///< The texts that were met last.
  Stream* stream_ = nullptr;                              ///< Of the event at hand.
  std::string route_;                                     ///< What the event at hand is routed by.
  std::string name_;                                      ///< Of the stream at hand.
  std::vector<std::optional<std::string>> header_texts_;
  Failure failure_;
};

}  // namespace sluice
