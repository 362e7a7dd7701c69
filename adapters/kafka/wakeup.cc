#include "adapters/kafka/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "core/model/check.h"

namespace sluice::kafka {
namespace {

constexpr uint64_t kOne = 1;

}  // namespace

Wakeup::Wakeup() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  SLUICE_CHECK(descriptor_ >= 0, "a descriptor is free for each Kafka client");
}

Wakeup::~Wakeup() {
  close(descriptor_);
}

void Wakeup::Attach(rd_kafka_queue_t* queue) {
  rd_kafka_queue_io_event_enable(queue, descriptor_, &kOne, sizeof(kOne));
}

void Wakeup::Detach(rd_kafka_queue_t* queue) {
  rd_kafka_queue_io_event_enable(queue, -1, nullptr, 0);
}

void Wakeup::Drain() {
  uint64_t count = 0;
  // Nothing to read is the common answer and means the same.
  [[maybe_unused]] const ssize_t read_bytes = read(descriptor_, &count, sizeof(count));
}

void Wakeup::Signal() {
  [[maybe_unused]] const ssize_t written = write(descriptor_, &kOne, sizeof(kOne));
}

}  // namespace sluice::kafka
