#pragma once

#include <librdkafka/rdkafka.h>

namespace sluice::kafka {

/// A descriptor that becomes readable when one of the queues attached to it gets something.
///
/// Threads:   Drain() from the owner's thread; the library's threads signal.
/// Ownership: owns the descriptor. Queues attached to it must be detached or gone before it.
/// Time:      never blocks.
/// Errors:    a machine without free descriptors aborts at construction.
class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  void Attach(rd_kafka_queue_t* queue);
  static void Detach(rd_kafka_queue_t* queue);
  /// Makes it unreadable again; to be called before the queues are served, so that what arrives in
  /// between is not missed.
  void Drain();
  /// Makes it readable, for something that a queue does not tell.
  void Signal();

 private:
  int descriptor_;
};

}  // namespace sluice::kafka
