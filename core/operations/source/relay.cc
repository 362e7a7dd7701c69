// The turn: acknowledgements, positions, stopping. What changes become is in relay_changes.cc.
#include "core/operations/source/relay.h"

#include <algorithm>
#include <utility>

#include "core/operations/source/first_snapshot.h"

namespace sluice {
namespace {

constexpr int64_t kObserveEveryUs = 100'000;
constexpr int64_t kLongestWaitUs = 100'000;
/// Brokers that acknowledge nothing for this long are told of in readiness.
constexpr int64_t kSilenceUs = 5'000'000;

}  // namespace

Relay::Relay(RelaySettings settings, ChangeWriterSettings writer, const StreamNames& names,
             const SourcePosition& start, const RelayPorts& ports)
    : settings_(std::move(settings)),
      ports_(ports),
      writer_(std::move(writer), names, ports.encoder, ports.publisher),
      ledger_(start.flushed),
      position_(start),
      incremental_(start.incremental, start.epoch) {
  stats_.state = CaptureStats::State::kStreaming;
  stats_.received = stats_.safe = stats_.flushed = start.flushed;
  stats_.epoch = start.epoch;
  acknowledged_us_ = ports_.clock.NowUs();
  const auto open = [&](const std::string& stream) {
    return stream.empty() ? std::optional<StreamSlot>() : ports_.publisher.Open(stream);
  };
  transaction_slot_ = open(settings_.transaction_stream);
  message_slot_ = open(settings_.message_stream);
  if (settings_.heartbeat_interval_us > 0) heartbeat_slot_ = open(settings_.heartbeat_stream);
  ports_.source.Acknowledge(start.flushed);
}

RelayEnd Relay::Run(const std::stop_token& stop) {
  while (!ended()) {
    if (stop.stop_requested()) Stop();
    if (Turn()) continue;
    if (open_change_) ports_.source.Rest();  // the publisher is full
    ports_.waiter.Wait(std::chrono::milliseconds(kLongestWaitUs / 1'000));
  }
  return end_;
}

bool Relay::Turn() {
  if (ended()) return false;
  now_us_ = ports_.clock.NowUs();
  bool any = PollPublisher();
  any |= PollPositions();
  if (phase_ == Phase::kRunning) any |= PollChunks();
  if (phase_ == Phase::kRunning) any |= TakeChanges();
  if (phase_ == Phase::kRunning) Heartbeat();
  if (!ended()) RecordPosition();
  if (!ended()) ports_.source.KeepAlive();
  AdvanceStop();
  Observe(ended());
  return any;
}

bool Relay::PollPublisher() {
  acks_.clear();
  ports_.publisher.Poll(acks_);
  for (PublishAck& ack : acks_) {
    if (ack.failure.verdict.disposition != Disposition::kDone) {
      Fail(std::move(ack.failure));
      return true;
    }
    stats_.records_acknowledged += ack.count;
    if (ack.token != 0) ledger_.Acknowledge(ack.token, ack.count);
  }
  if (!acks_.empty()) stats_.progress_us = acknowledged_us_ = now_us_;
  stats_.safe = ledger_.safe();
  return !acks_.empty();
}

bool Relay::PollPositions() {
  if (!recording_) return false;
  std::optional<Failure> answer = ports_.positions.Poll();
  if (!answer) return false;
  recording_ = false;
  if (answer->verdict.disposition != Disposition::kDone) {
    Fail(std::move(*answer));
    return true;
  }
  // Only now: a database that has forgotten more than we remember could not be told from another.
  stats_.flushed = position_.flushed;
  ports_.source.Acknowledge(position_.flushed);
  return true;
}

void Relay::RecordPosition() {
  const Lsn safe = ledger_.safe();
  const bool milestone = !milestones_.empty() && milestones_.front().safe <= safe;
  if (recording_ || (safe <= position_.flushed && !milestone)) return;
  if (phase_ == Phase::kRunning && now_us_ < next_record_us_) return;
  next_record_us_ = now_us_ + settings_.position_interval_us;
  position_.flushed = safe;
  // What is recorded as read must be acknowledged.
  const bool rest = position_.incremental.in_first_snapshot();
  for (; !milestones_.empty() && milestones_.front().safe <= safe; milestones_.pop_front()) {
    RecordProgress(position_, std::move(milestones_.front().progress));
  }
  if (rest && !position_.incremental.in_first_snapshot()) {
    ports_.observer.OnIncremental({IncrementalNote::Kind::kSnapshotDone, "", "", 0});
  }
  ports_.positions.Store(position_);
  recording_ = true;
}

void Relay::Stop() {
  if (phase_ != Phase::kRunning) return;
  phase_ = Phase::kDraining;
  deadline_us_ = ports_.clock.NowUs() + settings_.stop_timeout_us;
}

void Relay::StopAtEnd() {
  if (!settings_.stop_at || in_transaction_ || incremental_.active()) return;
  if (stats_.received >= *settings_.stop_at) Stop();
}

void Relay::AdvanceStop() {
  if (phase_ == Phase::kDraining && ports_.publisher.queued_records() == 0) {
    phase_ = Phase::kRecording;
    RecordPosition();
  }
  if (phase_ == Phase::kRecording && !recording_) {
    ports_.source.KeepAlive();
    End(RelayEnd::kStopped);
  }
  const bool stopping = phase_ == Phase::kDraining || phase_ == Phase::kRecording;
  if (stopping && now_us_ >= deadline_us_) End(RelayEnd::kTimedOut);
}

void Relay::Heartbeat() {
  if (!heartbeat_slot_ || now_us_ < next_heartbeat_us_) return;
  OutgoingEvent event;
  event.stream = *heartbeat_slot_;
  event.key = ports_.encoder.HeartbeatKey();
  event.value = ports_.encoder.Heartbeat(ports_.clock.WallNs() / 1'000'000);
  if (!ports_.publisher.Publish(event)) return;  // with a full queue there is life enough to see
  ++stats_.records_published;
  next_heartbeat_us_ = now_us_ + settings_.heartbeat_interval_us;
}

void Relay::Fail(Failure failure) {
  failure_ = std::move(failure);
  End(RelayEnd::kFailed);
}

void Relay::End(RelayEnd end) {
  phase_ = Phase::kEnded;
  end_ = end;
}

void Relay::Observe(bool now) {
  stats_.turn_us = now_us_;
  if (!now && now_us_ < next_observe_us_) return;
  next_observe_us_ = now_us_ + kObserveEveryUs;
  stats_.queued_bytes = ports_.publisher.queued_bytes();
  stats_.queued_records = ports_.publisher.queued_records();
  stats_.open_transactions = ledger_.open();
  stats_.server = std::max({stats_.server, ports_.source.log_end(), stats_.received});
  stats_.goes_on |= stats_.records_acknowledged > 0 ||
                    (ports_.source.log_end() > Lsn() && stats_.queued_records == 0);
  stats_.tables = writer_.stats();
  AddAltered(stats_.altered, ports_.encoder.TakeAltered());
  const Failure& trouble = ports_.publisher.trouble();
  if (stats_.queued_records == 0) acknowledged_us_ = now_us_;
  const int64_t silent_us = now_us_ - acknowledged_us_;
  stats_.hold_reason = incremental_.refusal().detail;
  stats_.hold = incremental_.refusal().verdict.reason;
  if (stats_.queued_records > 0 && trouble.verdict.disposition != Disposition::kDone) {
    stats_.hold_reason = trouble.detail;
    stats_.hold = trouble.verdict.reason;
  } else if (silent_us > kSilenceUs) {
    stats_.hold = FailureReason::kBrokerUnreachable;
    stats_.hold_reason = "the brokers have acknowledged nothing for " +
                         std::to_string(silent_us / 1'000'000) + " s, and records wait";
  }
  const IncrementalProgress& incremental = incremental_.progress();
  stats_.incremental_tables = incremental.wanted.size() + incremental.tables.size();
  stats_.incremental_paused = incremental.paused;
  stats_.incremental_repeated = incremental_.chunks_repeated();
  stats_.incremental_hold_reason = incremental_.hold_reason();
  if (settings_.stop_at && incremental.paused && !incremental.in_first_snapshot()) {
    stats_.incremental_hold_reason =
        "what was asked for is paused, and has to be read before the end: `sluice capture signal "
        "resume-snapshot` or `stop-snapshot`";
  }
  ports_.observer.OnCaptureStats(stats_);
}

}  // namespace sluice
