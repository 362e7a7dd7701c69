#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/operations/delivery/courier.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_dead_letters.h"
#include "tests/fakes/fake_destinations.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_randomness.h"
#include "tests/fakes/fake_record_archive.h"
#include "tests/fakes/fake_record_source.h"
#include "tests/fakes/fake_waiter.h"
#include "tests/fakes/recording_observer.h"

namespace sluice::testing {

/// Reads `destination` out of the record's value, `DESTINATION BODY`; the key is what is kept in
/// order. No value is a tombstone, and `?` a value that nobody understands.
class FakeDeliveryReader : public DeliveryReader {
 public:
  void Bind(PartitionSlot slot, const TopicPartition& stream) override;
  void Read(const Record& record, DeliveryEvent& event) override;
};

/// Writes to the fake log what it acknowledges. What is not acknowledged at a crash may have been
/// written, the first ones at least, or come later (Late()).
class FakeParking : public EventPublisher {
 public:
  explicit FakeParking(FakeLog& log) : log_(log) {}

  StreamSlot Open(const std::string& stream) override;
  [[nodiscard]] uint32_t CountPartitions(StreamSlot) override { return 0; }
  [[nodiscard]] bool Publish(const OutgoingEvent& event) override;
  void Poll(std::vector<PublishAck>& acks) override;
  [[nodiscard]] const Failure& trouble() const override { return trouble_; }
  [[nodiscard]] size_t queued_bytes() const override { return queue_.size(); }
  [[nodiscard]] size_t queued_records() const override { return queue_.size(); }

  /// Nothing is written or acknowledged while held.
  void Hold(bool held) { held_ = held; }
  void SetAcksPerPoll(size_t records) { acks_per_poll_ = records; }
  void SetCapacity(size_t records) { capacity_ = records; }
  void FailNext(Failure failure) { failure_ = std::move(failure); }
  /// While set, it does not say where a record stands, as after a repeat that the broker knew.
  void HideOffsets(bool hidden) { hidden_ = hidden; }
  /// Writes up to so many of those that wait, without telling anybody.
  void Late(size_t records);

 private:
  struct Waiting {
    TopicPartition stream;
    uint64_t token = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<Header> headers;
  };
  Offset Write(Waiting& waiting);

  FakeLog& log_;
  std::vector<std::string> streams_;
  std::deque<Waiting> queue_;
  bool held_ = false;
  bool hidden_ = false;
  size_t acks_per_poll_ = SIZE_MAX;
  size_t capacity_ = SIZE_MAX;
  std::optional<Failure> failure_;
  Failure trouble_;
};

/// What all members of a group share: the log, the clock and what customers say.
struct CourierWorld {
  FakeLog log;
  FakeClock clock;
  /// How customers answer, whoever asks; by default they accept at once.
  std::function<FakeDestinations::Reply(const ArrivedDelivery&)> reply;
  /// All that has arrived at them, in its order.
  std::vector<ArrivedDelivery> arrived;

  /// The topic, and the parked ones of these destinations, with that many partitions.
  CourierWorld(const std::vector<std::string>& destinations, int32_t partitions);
  [[nodiscard]] DeliverySettings Settings() const;
  /// A status of a package; packages stand in the partition of their number. Returns its key among
  /// deliveries.
  std::string Append(int package, const std::string& destination, const std::string& body);

  std::vector<std::string> destinations;
  int32_t partitions;
};

inline constexpr const char* kStream = "status";

/// One courier and its ports. Destroying it is a crash.
class CourierMember {
 public:
  CourierMember(CourierWorld& world, const DeliverySettings& settings, uint64_t seed = 1);

  /// Turns until nothing happens any more without time passing.
  void Settle();
  /// Settles, lets that much time pass, and settles again, up to `turns` times while `more`.
  void Run(int64_t us, int turns);
  void AssignAll();

  [[nodiscard]] FakeRecordSource& source() { return source_; }
  [[nodiscard]] FakeParking& parking() { return *parking_; }
  [[nodiscard]] FakeDestinations& customers() { return customers_; }
  [[nodiscard]] FakeDeadLetters& letters() { return letters_; }
  [[nodiscard]] RecordingObserver& observer() { return observer_; }
  [[nodiscard]] FakeWaiter& waiter() { return waiter_; }
  [[nodiscard]] Courier& courier() { return *courier_; }
  [[nodiscard]] const DestinationStats& stats(size_t destination) const {
    return courier_->stats().destinations[destination];
  }

 private:
  CourierWorld& world_;
  FakeRecordSource source_;
  FakeDeliveryReader reader_;
  FakeDestinations customers_;
  std::unique_ptr<FakeParking> parking_;
  FakeDeadLetters letters_;
  FakeRecordArchive archive_;
  FakeWaiter waiter_;
  FakeRandomness randomness_;
  RecordingObserver observer_;
  std::unique_ptr<Courier> courier_;
};

}  // namespace sluice::testing
