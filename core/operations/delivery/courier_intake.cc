// Records: into a window, a parked partition, or the dead letters.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/operations/delivery/courier_loop.h"
#include "core/operations/delivery/idempotency_key.h"

namespace sluice {
namespace {

/// What a delivery costs in memory beside its bytes, roughly.
constexpr size_t kDeliveryBytes = 512;

std::optional<std::string> Copy(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

/// What is to be done about a parked topic that takes no more statuses.
std::string CureOf(const Failure& failure) {
  if (failure.verdict.reason == FailureReason::kStreamGone)
    return "; where a parked topic was deleted, the statuses in it are lost: the next start makes "
           "it anew, empty. To have them sent, write their records to deliver.topic again";
  return "; when that is mended start it again: what was not parked is read again";
}

std::optional<Offset> ParseOrigin(std::optional<std::string_view> text) {
  int64_t value = -1;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0) return std::nullopt;
  return Offset{value};
}

}  // namespace

bool Courier::Loop::MayRead() const {
  return phase_ == Phase::kRunning && !revoking_ && reading_ && jobs_.empty() &&
         machine_.parks() < settings_.parks_max_unacknowledged &&
         desk_.open() < settings_.dead_letters_max_open;
}

bool Courier::Loop::Intake() {
  if (!MayRead()) {
    ports_.source.Poll({});
    return false;
  }
  const size_t count = ports_.source.Poll(records_);
  rejections_.Read(count);
  for (size_t i = 0; i < count; ++i) Take(records_[i]);
  ports_.source.Release();
  FlushParks();
  return count > 0;
}

void Courier::Loop::Take(const Record& record) {
  const PartitionSlot slot = record.partition;
  // What of the batch lies behind a record that found no room comes again.
  if (phase_ != Phase::kRunning || !machine_.assigned(slot) || held(slot)) return;
  if (!MayTake(slot)) return HoldPartition(slot, record.offset);
  const bool source = machine_.IsSource(slot);
  const RecordRef ref = machine_.Track(record);
  PipelineStats& stats = machine_.stats();
  stats.record_bytes +=
      (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  ports_.reader.Read(record, event_);
  ++stats.events[static_cast<size_t>(event_.change)];
  switch (event_.kind) {
    case DeliveryEvent::Kind::kSkip:
      ++stats.skipped[static_cast<size_t>(event_.skip)];
      return machine_.Settle(ref, Fate::kSkipped);
    case DeliveryEvent::Kind::kReject: return Refuse(record, ref, event_.reject, "decode", "");
    case DeliveryEvent::Kind::kDeliver:
      return source ? TakeSource(record, ref) : TakeParked(record, ref);
  }
}

void Courier::Loop::TakeSource(const Record& record, const RecordRef& ref) {
  const std::string name(event_.destination);
  const auto found = by_name_.find(name);
  if (found == by_name_.end())
    return Refuse(record, ref, RejectReason::kUnknownDestination, "plan", name);
  const RecordSource& source = ports_.source;
  const TopicPartition& stream = source.Name(record.partition);
  std::string key = IdempotencyKey(source.HeaderOf(record, "id"), source.HeaderOf(record, "sluice"),
                                   record.key, stream, record.offset);
  const DeliveryMachine::Way way = machine_.RouteOf(found->second, record.partition);
  ParkCopies();
  if (way == DeliveryMachine::Way::kWindow)
    return Admit(record, ref, found->second, record.offset, std::move(key));
  Park(machine_.Park(found->second, ref), found->second, stream.partition, record.offset,
       {Copy(record.key), Copy(record.value), "", std::move(key)});
}

void Courier::Loop::TakeParked(const Record& record, const RecordRef& ref) {
  const std::optional<Offset> origin = ParseOrigin(ports_.source.HeaderOf(record, kOriginHeader));
  const auto key = ports_.source.HeaderOf(record, kIdempotencyHeader);
  const DestinationSlot destination = machine_.DestinationOf(record.partition);
  if (!origin || !key || key->empty())
    return Refuse(record, ref, RejectReason::kNoOrigin, "decode",
                  settings_.destinations[destination.value].name);
  std::string idempotency_key(*key);
  if (machine_.TakeParked(ref, *origin) == DeliveryMachine::Found::kKnown) return;
  Admit(record, ref, destination, *origin, std::move(idempotency_key));
}

void Courier::Loop::Admit(const Record& record, const RecordRef& ref, DestinationSlot destination,
                          Offset origin, std::string idempotency_key) {
  Kept kept;
  size_t bytes = kDeliveryBytes + event_.body.size();
  if (machine_.IsSource(record.partition)) {
    kept.key = Copy(record.key);
    kept.value = Copy(record.value);
    bytes += kept.key.value_or("").size() + kept.value.value_or("").size();
  }
  kept.body = event_.body;
  kept.idempotency_key = std::move(idempotency_key);
  const uint64_t id = machine_.Admit(
      {destination, ref, origin, std::string(event_.order), bytes, event_.source_ms}, now_us_);
  kept_[id] = std::move(kept);
}

// ---- Parking -----------------------------------------------------------------------------------

void Courier::Loop::ParkCopies() {
  for (const uint64_t id : machine_.copies()) {
    const DeliveryMachine::Delivery delivery = *machine_.Find(id);
    Kept& kept = kept_.at(id);  // sent from its body alone from now on
    Park(machine_.ParkCopy(id), delivery.destination, delivery.partition, delivery.origin,
         {std::move(kept.key), std::move(kept.value), "", kept.idempotency_key});
  }
  machine_.copies().clear();
}

void Courier::Loop::Park(uint64_t park, DestinationSlot destination, int32_t partition,
                         Offset origin, Kept record) {
  jobs_.push_back({park, destination, partition, std::to_string(origin.value),
                   std::move(record.idempotency_key), std::move(record.key),
                   std::move(record.value)});
}

/// In their order; what the publisher has no room for waits, and nothing is read meanwhile.
bool Courier::Loop::FlushParks() {
  bool any = false;
  while (!jobs_.empty()) {
    const ParkJob& job = jobs_.front();
    const std::array<HeaderView, 2> headers = {
        {{kIdempotencyHeader, job.idempotency_key}, {kOriginHeader, job.origin}}};
    OutgoingEvent event;
    event.stream = parked_streams_[job.destination.value];
    event.partition = static_cast<uint32_t>(job.partition);
    event.headers = headers;
    event.token = job.park;
    if (job.key) event.key = *job.key;
    if (job.value) event.value = *job.value;
    if (!ports_.parking.Publish(event)) return any;
    jobs_.pop_front();
    any = true;
  }
  return any;
}

bool Courier::Loop::PollParks() {
  acks_.clear();
  ports_.parking.Poll(acks_);
  for (const PublishAck& ack : acks_) {
    switch (ack.failure.verdict.disposition) {
      case Disposition::kDone: machine_.Parked(ack.token, Offset{ack.offset}); break;
      case Disposition::kReject:
        if (const std::optional<RecordRef> ref = machine_.ParkRefused(ack.token))
          RefusePark(*ref, ack.failure);
        break;
      case Disposition::kCancelled: break;
      case Disposition::kRetry:
      case Disposition::kInDoubt:
      case Disposition::kHold:
      case Disposition::kSplit:
      case Disposition::kHalt:
        // Written anew it would stand behind what may have been written after it.
        Halt(ack.failure.verdict.reason,
             "a status cannot be parked, and going on would change the order of its package: " +
                 ack.failure.detail + CureOf(ack.failure));
        return true;
    }
  }
  const Failure& trouble = ports_.parking.trouble();
  if (trouble.verdict.disposition == Disposition::kDone || machine_.parks() == 0) {
    EndHold(HoldPlace::kParking);
  } else {
    Hold(HoldPlace::kParking, trouble.verdict.reason,
         "statuses are not parked yet: " + trouble.detail);
  }
  return !acks_.empty();
}

/// After an assignment a partition of the source waits a little for the ends of its parked
/// partitions: what comes before they are known is parked.
bool Courier::Loop::MayTake(PartitionSlot slot) const {
  if (!machine_.IsSource(slot)) return machine_.HasRoom(slot);
  return now_us_ >= gathered_us_ || machine_.EndsKnown(slot);
}

void Courier::Loop::HoldPartition(PartitionSlot slot, Offset next) {
  held_since_us_[slot.value] = now_us_;
  ports_.source.Hold(slot, next);
}

/// With much room at once. With little after a while: packages that cannot be delivered may fill
/// most of a window for ever, and must not keep the others out.
bool Courier::Loop::MayGoOn(PartitionSlot slot) const {
  if (machine_.IsSource(slot)) return MayTake(slot);
  if (machine_.HasMuchRoom(slot)) return true;
  return machine_.HasRoom(slot) && now_us_ - held_since_us_[slot.value] >= kHeldAtLeastUs;
}

bool Courier::Loop::GoOnWithRoom() {
  bool any = false;
  for (const PartitionSlot slot : assigned_) {
    if (!held(slot) || !MayGoOn(slot)) continue;
    held_since_us_[slot.value] = -1;
    ports_.source.GoOn(slot);
    any = true;
  }
  return any;
}

// ---- Dead letters ------------------------------------------------------------------------------

void Courier::Loop::Open(DeadLetterDesk::Letter letter) {
  ++machine_.stats().rejected[static_cast<size_t>(letter.reason)];
  ports_.observer.OnRejected(0, RejectedRecord{letter.stream, letter.record.offset, letter.reason,
                                               letter.destination, letter.error_type});
  desk_.Open(std::move(letter));
}

/// Records that cannot be sent to anybody; of what a destination refuses its circuit breaker has
/// the say.
bool Courier::Loop::TooManyRefused(const DeadLetterDesk::Letter& letter) {
  if (rejections_.Refuse()) return false;
  Halt(
      FailureReason::kTooManyRejected,
      std::to_string(rejections_.refused()) + " of the last " +
          std::to_string(RejectionShare::kRecords) +
          " records were no deliveries (dead_letters.max_share); the last one is of topic " +
          letter.stream.topic + ", partition " + std::to_string(letter.stream.partition) +
          ", offset " + std::to_string(letter.record.offset.value) + ": " +
          RejectReasonName(letter.reason) +
          (letter.destination.empty() ? "" : ", " + letter.destination) +
          ". Correct deliver.destination.field and deliver.destinations, or what writes the topic, "
          "and start again; or raise dead_letters.max_share (1: no limit) to have them all in the "
          "dead-letter topic");
  return true;
}

void Courier::Loop::Refuse(const Record& record, const RecordRef& ref, RejectReason reason,
                           const char* stage, std::string destination) {
  DeadLetterDesk::Letter letter;
  letter.record = ref;
  letter.stream = ports_.source.Name(record.partition);
  letter.reason = reason;
  letter.stage = stage;
  letter.destination = std::move(destination);
  letter.operation = EventKindName(event_.change);
  if (TooManyRefused(letter)) return;
  letter.first_ms = letter.last_ms = ports_.clock.WallMs();
  Open(std::move(letter));
}

void Courier::Loop::RefusePark(const RecordRef& ref, const Failure& failure) {
  DeadLetterDesk::Letter letter;
  letter.record = ref;
  letter.stream = ports_.source.Name(ref.partition);
  letter.reason = RejectReason::kParkingRefused;
  letter.stage = "deliver";
  letter.error_type = failure.type;
  letter.error_detail = failure.detail;
  letter.first_ms = letter.last_ms = ports_.clock.WallMs();
  Open(std::move(letter));
}

/// Of deliveries that their destination never will accept. The record's bytes are where the
/// delivery stands now; once its copy is parked, that is the source still.
bool Courier::Loop::OpenLetters() {
  const bool any = !machine_.refused().empty();
  for (const DeliveryMachine::Refused& refused : machine_.refused()) {
    const DeliveryMachine::Delivery& delivery = *machine_.Find(refused.id);
    DeadLetterDesk::Letter letter;
    if (delivery.record) {
      letter.record = *delivery.record;
      letter.stream = ports_.source.Name(delivery.record->partition);
    } else {
      letter.record.offset = delivery.origin;
      letter.stream = {settings_.stream, delivery.partition};
    }
    letter.ticket = refused.id;
    letter.reason = refused.reason;
    letter.stage = "deliver";
    letter.destination = settings_.destinations[delivery.destination.value].name;
    letter.id = kept_.at(refused.id).idempotency_key;
    letter.error_type = refused.failure.type;
    letter.error_detail = refused.failure.detail;
    letter.attempts = delivery.attempts;
    letter.first_ms = delivery.first_ms;
    letter.last_ms = ports_.clock.WallMs();
    Open(std::move(letter));
  }
  machine_.refused().clear();
  return any;
}

bool Courier::Loop::PollDeadLetters() {
  if (desk_.open() == 0) return false;
  letters_.clear();
  desk_.Poll(now_us_, letters_);
  for (const DeadLetterDesk::Letter& letter : letters_) {
    ++machine_.stats().dead_letters[static_cast<size_t>(letter.reason)];
    if (letter.ticket == 0) {
      machine_.Settle(letter.record, Fate::kDeadLettered);
    } else {
      machine_.DeadLettered(letter.ticket);
    }
  }
  ForgetOver();
  if (desk_.hold_reason() != FailureReason::kNone) {
    Hold(HoldPlace::kDeadLetters, desk_.hold_reason(), desk_.hold_sentence());
  } else {
    EndHold(HoldPlace::kDeadLetters);
  }
  return !letters_.empty();
}

}  // namespace sluice
