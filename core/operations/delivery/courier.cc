// The turn of the reactor, sending, stopping, and what is told to the observer.
#include "core/operations/delivery/courier.h"

#include <algorithm>
#include <utility>

#include "core/operations/delivery/courier_loop.h"

namespace sluice {
namespace {

constexpr int kWorker = 0;  ///< A process has one courier.
constexpr int64_t kPublishEveryUs = 100'000;
constexpr int64_t kLongestWaitUs = 1'000'000;
/// While something of a broker is waited for whose answer wakes nobody.
constexpr int64_t kShortWaitUs = 20'000;
/// The last commit and leaving the group are bounded each, whatever the broker does.
constexpr int64_t kClosingTimeoutUs = 5'000'000;

}  // namespace

Courier::Loop::Loop(const DeliverySettings& settings, const CourierPorts& ports)
    : settings_(settings),
      ports_(ports),
      machine_(settings, ports.randomness.Next()),
      rereads_(ports.archive),
      desk_(ports.dead_letters, rereads_, settings.backoff, ports.randomness.Next()),
      rejections_(settings.rejected_max_ppm),
      records_(settings.poll_max_records),
      last_failure_(settings.destinations.size()),
      last_reason_(settings.destinations.size()),
      told_open_(settings.destinations.size()),
      holds_(ports.observer, kWorker) {
  for (uint32_t i = 0; i < settings.destinations.size(); ++i) {
    by_name_[settings.destinations[i].name] = {i};
    by_parked_stream_[settings.destinations[i].parked] = {i};
    parked_streams_.push_back(ports_.parking.Open(settings.destinations[i].parked));
  }
}

bool Courier::Loop::Turn() {
  if (ended()) return false;
  now_us_ = ports_.clock.NowUs();
  bool any = PollDestinations();
  any |= PollParks();
  any |= PollDeadLetters();
  if (phase_ == Phase::kRunning && !revoking_) {
    machine_.Tick(now_us_);
    ParkCopies();
  }
  any |= FlushParks();
  any |= GoOnWithRoom();
  any |= Intake();
  any |= PollSource();
  any |= OpenLetters();
  any |= Dispatch();
  TellDestinations();
  AdvanceRevoke();
  if (phase_ <= Phase::kDraining && now_us_ >= CommitDueUs()) StartCommit();
  AdvanceStop();
  machine_.stats().turn_us = now_us_;
  Publish(ended());
  return any;
}

void Courier::Loop::Wait() {
  int64_t until = std::min(now_us_ + kLongestWaitUs, machine_.deadline_us(now_us_));
  if (phase_ == Phase::kRunning) until = std::min(until, CommitDueUs());
  if (gathered_us_ > now_us_) until = std::min(until, gathered_us_);
  for (const PartitionSlot slot : assigned_) {
    if (machine_.IsSource(slot) || !held(slot) || !machine_.HasRoom(slot)) continue;
    until = std::min(until, std::max(held_since_us_[slot.value] + kHeldAtLeastUs, now_us_ + 1'000));
  }
  if (revoking_) until = std::min(until, std::max(drain_deadline_us_, now_us_ + kShortWaitUs));
  if (phase_ != Phase::kRunning || desk_.open() > 0 || !jobs_.empty())
    until = std::min(until, now_us_ + kShortWaitUs);
  const int64_t wait_us = std::max<int64_t>(0, until - ports_.clock.NowUs());
  ports_.waiter.Wait(std::chrono::milliseconds((wait_us + 999) / 1000));
}

// ---- Sending -----------------------------------------------------------------------------------

bool Courier::Loop::PollDestinations() {
  answers_.clear();
  ports_.destinations.Poll(answers_);
  for (const DeliveryAnswer& answer : answers_) {
    const DeliveryMachine::Delivery* delivery = machine_.Find(answer.token);
    if (delivery != nullptr && answer.failure.verdict.disposition != Disposition::kDone) {
      last_failure_[delivery->destination.value] = answer.failure.detail;
      last_reason_[delivery->destination.value] = answer.failure.verdict.reason;
    }
    machine_.Answer(answer.token, {answer.failure, answer.retry_after_us, answer.round_trip_us,
                                   now_us_, ports_.clock.WallMs()});
  }
  ForgetOver();
  return !answers_.empty();
}

bool Courier::Loop::Dispatch() {
  if (phase_ != Phase::kRunning || revoking_) return false;
  bool any = false;
  while (const std::optional<uint64_t> id = machine_.NextToSend(now_us_)) {
    const DeliveryMachine::Delivery& delivery = *machine_.Find(*id);
    const Kept& kept = kept_.at(*id);
    ports_.destinations.Send(
        {*id, delivery.destination, kept.body, kept.idempotency_key, delivery.attempts});
    any = true;
  }
  return any;
}

void Courier::Loop::ForgetOver() {
  for (const uint64_t id : machine_.over()) kept_.erase(id);
  machine_.over().clear();
}

/// A destination that is left alone is told once at its beginning and end. Readiness does not
/// change by it: the others are served.
void Courier::Loop::TellDestinations() {
  for (uint32_t i = 0; i < settings_.destinations.size(); ++i) {
    const bool open = machine_.breaker({i}).open();
    if (open == told_open_[i]) continue;
    told_open_[i] = open;
    ports_.observer.OnDestination(
        kWorker, settings_.destinations[i].name, open ? last_reason_[i] : FailureReason::kNone,
        open ? "fails again and again and is left alone for a while; its statuses are parked: " +
                   last_failure_[i]
             : "accepts statuses again");
  }
}

// ---- Stopping ----------------------------------------------------------------------------------

void Courier::Loop::Stop() {
  if (phase_ != Phase::kRunning) return;
  phase_ = Phase::kDraining;
  now_us_ = ports_.clock.NowUs();
  drain_deadline_us_ = now_us_ + settings_.drain_timeout_us;
  machine_.stats().state = PipelineStats::State::kDraining;
}

/// Nothing is under way whose end would save a repeat.
bool Courier::Loop::drained() const {
  return machine_.under_way() == 0 && machine_.parks() == 0 && jobs_.empty() && desk_.open() == 0;
}

void Courier::Loop::AdvanceStop() {
  switch (phase_) {
    case Phase::kRunning:
    case Phase::kEnded: return;
    case Phase::kDraining:
      if (revoking_ || (!drained() && now_us_ < drain_deadline_us_)) return;
      phase_ = Phase::kCommitting;
      phase_deadline_us_ = now_us_ + kClosingTimeoutUs;
      [[fallthrough]];
    case Phase::kCommitting:
      if (now_us_ < phase_deadline_us_) {
        if (commit_in_flight_ || now_us_ < commit_not_before_us_) return;
        if (CommitWanted()) return StartCommit();
      }
      ports_.destinations.CancelAll();
      phase_ = Phase::kClosing;
      phase_deadline_us_ = now_us_ + kClosingTimeoutUs;
      ports_.source.Close();
      return;
    case Phase::kClosing:
      if (now_us_ >= phase_deadline_us_) phase_ = Phase::kEnded;
      return;
  }
}

void Courier::Loop::Finish() {
  PipelineStats& stats = machine_.stats();
  if (stats.state != PipelineStats::State::kHalted) stats.state = PipelineStats::State::kStopped;
  Publish(true);
}

void Courier::Loop::Halt(FailureReason reason, const std::string& sentence) {
  PipelineStats& stats = machine_.stats();
  if (stats.state == PipelineStats::State::kHalted) return;
  stats.state = PipelineStats::State::kHalted;
  stats.halt_reason = sentence;
  end_ = PipelineEnd::kHalted;
  phase_ = Phase::kClosing;
  phase_deadline_us_ = now_us_ + kClosingTimeoutUs;
  ports_.observer.OnHalt(kWorker, reason, sentence);
  ports_.destinations.CancelAll();
  ports_.source.Close();
}

// ---- Telling -----------------------------------------------------------------------------------

/// Stalled is a courier that settles nothing of the source: what waits in parked partitions waits
/// for its destination.
void Courier::Loop::NoteProgress() {
  PipelineStats& stats = machine_.stats();
  uint64_t settled = 0;
  bool waits = false;
  for (const PartitionSlot slot : assigned_) {
    PartitionStats& partition = stats.partitions[slot.value];
    partition.end_offset = ports_.source.EndOffset(slot);
    if (!machine_.IsSource(slot)) continue;
    for (const uint64_t fate : partition.fates) settled += fate;
    waits |= partition.end_offset > machine_.ledger(slot).position().next.value;
  }
  if (settled != settled_seen_ || !waits) stats.progress_us = now_us_;
  settled_seen_ = settled;
}

void Courier::Loop::Publish(bool force) {
  if (!force && now_us_ - last_publish_us_ < kPublishEveryUs) return;
  last_publish_us_ = now_us_;
  NoteProgress();
  machine_.PublishLevels();
  PipelineStats& stats = machine_.stats();
  stats.dead_letter_references = desk_.references();
  stats.hold_reason = holds_.First();
  ports_.observer.OnStats(kWorker, stats);
}

// ---- The public face ---------------------------------------------------------------------------

Courier::Courier(const DeliverySettings& settings, const CourierPorts& ports)
    : loop_(std::make_unique<Loop>(settings, ports)) {}
Courier::~Courier() = default;

PipelineEnd Courier::Run(const std::stop_token& stop) {
  while (!ended()) {
    if (stop.stop_requested()) loop_->Stop();
    if (!loop_->Turn() && !ended()) loop_->Wait();
  }
  loop_->Finish();
  return end();
}

bool Courier::Turn() {
  return loop_->Turn();
}
void Courier::Stop() {
  loop_->Stop();
}
bool Courier::ended() const {
  return loop_->ended();
}
PipelineEnd Courier::end() const {
  return loop_->end();
}
const PipelineStats& Courier::stats() const {
  return loop_->stats();
}

}  // namespace sluice
