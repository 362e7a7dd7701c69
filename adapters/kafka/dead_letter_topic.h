#pragma once

#include <cstdint>
#include <vector>

#include "adapters/kafka/broker_reminder.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "adapters/kafka/wakeup.h"
#include "core/ports/clock.h"
#include "core/ports/dead_letters.h"

namespace sluice::kafka {

/// Sends dead letters to a topic and tells when every replica in sync has them.
///
/// The producer is made at the first letter; it also creates the topic where it is missing and the
/// brokers allow that, with unlimited retention: a dead letter is kept until somebody deals with
/// it.
///
/// Threads:   one call at a time; the library's threads are hidden.
/// Ownership: what is passed is copied before the call returns.
/// Time:      no call waits for a broker. Making the producer takes about a millisecond.
/// Errors:    a full queue is `false`; everything else comes as an acknowledgement.
class DeadLetterTopic : public DeadLetters {
 public:
  DeadLetterTopic(const Settings& settings, const DeadLetterSettings& letters, Clock& clock,
                  LogSink log = nullptr);
  ~DeadLetterTopic() override;

  /// Readable when Poll() may have something.
  [[nodiscard]] int descriptor() const { return wakeup_.descriptor(); }

  [[nodiscard]] bool Send(uint64_t token, const DeadLetter& letter) override;
  void Poll(std::vector<DeadLetterAck>& acks) override;

 private:
  [[nodiscard]] Status OpenProducer();
  void CloseProducer();
  void CreateTopic();
  void OnEvent(rd_kafka_event_t* event, std::vector<DeadLetterAck>& acks);

  const Settings settings_;
  const DeadLetterSettings letters_;
  const LogSink log_;
  BrokerReminder reminder_;
  Wakeup wakeup_;
  Client producer_;
  Queue events_;
  std::vector<DeadLetterAck> refused_;  ///< Answers that need no broker, until the next Poll().
  size_t in_flight_ = 0;
  bool fatal_ = false;  ///< The producer can send no more: a new one is made when it is empty.
};

}  // namespace sluice::kafka
