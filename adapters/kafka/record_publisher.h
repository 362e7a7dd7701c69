#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/broker_reminder.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "adapters/kafka/wakeup.h"
#include "core/ports/clock.h"
#include "core/ports/event_publisher.h"

namespace sluice::kafka {

/// Writes change events to topics, each once and in order, and tells when every replica in sync has
/// them.
///
/// Threads:   one call at a time; the library's threads are hidden.
/// Ownership: what is passed is copied before the call returns.
/// Time:      no call waits for a broker.
/// Errors:    a full queue is `false`; everything else comes as an acknowledgement, a topic that
///            was deleted or has lost records too, which halts. Open() fails for settings that no
///            broker is needed to refuse.
class RecordPublisher : public EventPublisher {
 public:
  static Result<std::unique_ptr<RecordPublisher>> Make(const Settings& settings,
                                                       const PublisherSettings& publisher,
                                                       Clock& clock, LogSink log = nullptr);
  ~RecordPublisher() override;

  /// Readable when Poll() may have something.
  [[nodiscard]] int descriptor() const { return wakeup_.descriptor(); }

  StreamSlot Open(const std::string& stream) override;
  [[nodiscard]] uint32_t CountPartitions(StreamSlot stream) override;
  [[nodiscard]] bool Publish(const OutgoingEvent& event) override;
  void Poll(std::vector<PublishAck>& acks) override;
  [[nodiscard]] const Failure& trouble() const override { return trouble_; }
  [[nodiscard]] size_t queued_bytes() const override { return queued_bytes_; }
  [[nodiscard]] size_t queued_records() const override { return queued_records_; }

 private:
  struct Stream {
    std::string name;
    Topic topic;
    bool created = false;          ///< By us or by others.
    bool asked = false;            ///< How many partitions it has.
    uint32_t partitions = 0;       ///< The answer, until it is taken; 0: none.
    bool found = false;            ///< The brokers have told its id.
    int suspected = 0;             ///< Looks in a row that did not find what was written.
    std::vector<int64_t> written;  ///< By partition: the last offset that was acknowledged.
  };

  RecordPublisher(const Settings& settings, const PublisherSettings& publisher, Clock& clock,
                  LogSink log);
  Status Start(const Settings& settings);
  void CreateTopic(const std::string& name);
  /// Once more, where that was refused for a reason that may pass.
  void CreateAgain();
  /// Asks which topics the brokers have, when it is time.
  void Look();
  void OnLooked(rd_kafka_event_t* event);
  /// A record was written to a topic. Empty: behind all that were acknowledged; else the sentence
  /// that says what was lost.
  [[nodiscard]] std::string PlaceLost(Stream& stream, const rd_kafka_message_t& message);
  void OnEvent(rd_kafka_event_t* event, std::vector<PublishAck>& acks);
  void OnCreated(rd_kafka_event_t* event);
  void OnDelivered(rd_kafka_event_t* event, std::vector<PublishAck>& acks);
  void OnError(rd_kafka_event_t* event);
  void OnDescribed(rd_kafka_event_t* event);
  [[nodiscard]] Stream* StreamOf(std::string_view name);

  const PublisherSettings settings_;
  const LogSink log_;
  Clock& clock_;
  BrokerReminder reminder_;
  Wakeup wakeup_;
  Client producer_;
  Queue events_;
  std::vector<Stream> streams_;
  std::vector<PublishAck> refused_;  ///< Answers that need no broker, until the next Poll().
  std::vector<const rd_kafka_message_t*> messages_;
  size_t queued_bytes_ = 0;
  size_t queued_records_ = 0;
  Failure trouble_;
  std::map<std::string, uint32_t, std::less<>> by_name_;  ///< Places in `streams_`.
  bool looking_ = false;
  bool look_at_new_ = false;  ///< At those that were not found yet.
  int64_t next_look_us_ = 0;
  int64_t create_again_us_ = INT64_MAX;
};

}  // namespace sluice::kafka
