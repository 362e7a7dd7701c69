#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/event_publisher.h"
#include "core/ports/position_store.h"

namespace sluice::testing {

/// A record as it was written, with memory of its own.
struct PublishedRecord {
  std::string stream;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::map<std::string, std::string> headers;  ///< the first of each name; "(null)" for none.
  uint64_t token = 0;
  std::optional<uint32_t> partition;
  std::vector<Header> all_headers = {};  ///< As they were given.
  std::optional<int64_t> timestamp_ms = std::nullopt;
};

/// A log in memory. A record is written when it is acknowledged.
///
/// Threads:   one call at a time.
/// Ownership: what is passed is copied.
/// Time:      never blocks.
/// Errors:    as the valves are set.
class FakeEventPublisher : public EventPublisher {
 public:
  StreamSlot Open(const std::string& stream) override;
  /// 0 at the first question, as where the brokers have to be asked.
  [[nodiscard]] uint32_t CountPartitions(StreamSlot stream) override;
  [[nodiscard]] bool Publish(const OutgoingEvent& event) override;
  void Poll(std::vector<PublishAck>& acks) override;
  [[nodiscard]] const Failure& trouble() const override { return trouble_; }
  [[nodiscard]] size_t queued_bytes() const override { return queue_.size(); }
  [[nodiscard]] size_t queued_records() const override { return queue_.size(); }

  void SetPartitions(uint32_t partitions) { partitions_ = partitions; }
  void SetCapacity(size_t records) { capacity_ = records; }
  /// At most that many records are acknowledged by one Poll().
  void SetAcksPerPoll(size_t records) { acks_per_poll_ = records; }
  void FailNext(Failure failure) { failure_ = std::move(failure); }
  void SetTrouble(Failure trouble) { trouble_ = std::move(trouble); }
  /// The process died: what waits may or may not have been written.
  void Crash(size_t written);

  [[nodiscard]] const std::vector<PublishedRecord>& log() const { return log_; }
  [[nodiscard]] std::vector<PublishedRecord>& log() { return log_; }

 private:
  std::vector<std::string> streams_;
  std::deque<PublishedRecord> queue_;
  std::vector<PublishedRecord> log_;
  std::map<std::pair<std::string, uint32_t>, int64_t> next_offsets_;
  size_t capacity_ = SIZE_MAX;
  uint32_t partitions_ = 1;
  bool partitions_asked_ = false;
  size_t acks_per_poll_ = SIZE_MAX;
  std::optional<Failure> failure_;
  Failure trouble_;
};

/// The recorded position in memory.
class FakePositionStore : public PositionStore {
 public:
  void Store(const SourcePosition& position) override { waiting_ = position; }
  std::optional<Failure> Poll() override;

  void Hold(bool held) { held_ = held; }
  void FailNext(Failure failure) { failure_ = std::move(failure); }
  [[nodiscard]] const SourcePosition& stored() const { return stored_; }
  [[nodiscard]] SourcePosition& stored() { return stored_; }

 private:
  SourcePosition stored_;
  std::optional<SourcePosition> waiting_;
  std::optional<Failure> failure_;
  bool held_ = false;
};

}  // namespace sluice::testing
