// The turn of the reactor, stopping, and what is told to the observer.
#include "core/operations/index/pipeline.h"

#include <algorithm>
#include <utility>

#include "core/operations/index/pipeline_loop.h"

namespace sluice {
namespace {

constexpr int64_t kPublishEveryUs = 100'000;
constexpr int64_t kLongestWaitUs = 1'000'000;
/// The last commit and leaving the group are bounded each, whatever the broker does.
constexpr int64_t kClosingTimeoutUs = 5'000'000;

}  // namespace

Pipeline::Loop::Loop(int worker, const PipelineSettings& settings, const PipelinePorts& ports)
    : worker_(worker),
      settings_(settings),
      by_header_(settings.version_mode == VersionMode::kHeader),
      ports_(ports),
      machine_(settings, ports.randomness.Next()),
      rereads_(ports.archive),
      desk_(ports.dead_letters, rereads_, settings.backoff, ports.randomness.Next()),
      rejections_(settings.rejected_max_ppm),
      records_(settings.poll_max_records),
      control_(ports.source, ports.control, settings.group, settings.version_mode),
      divergence_(ports.divergence, settings.divergent_max_ids),
      lease_(settings.lease_us),
      holds_(ports.observer, worker) {}

bool Pipeline::Loop::Turn() {
  if (ended()) return false;
  now_us_ = ports_.clock.NowUs();
  machine_.Tick(now_us_);
  NoticeGap();
  RunCommands();
  bool any = PollIndex();
  any |= Dispatch();  // what waits goes first, so that new records do not overtake it for ever
  any |= Intake();
  any |= PollSource();
  any |= PollDeadLetters();
  any |= PollRereads();
  any |= PollControl();
  any |= PollDivergence();
  any |= AdvanceTruncate();
  any |= Dispatch();
  if (by_header_) WatchUntold();
  AdvanceRevoke();
  if (phase_ <= Phase::kDraining && now_us_ >= CommitDueUs()) StartCommit(false);
  ReportLease();
  AdvanceStop();
  ReportHeldOperations();
  machine_.stats().turn_us = now_us_;
  Publish(ended());
  return any;
}

void Pipeline::Loop::Wait() {
  int64_t until = now_us_ + kLongestWaitUs;
  until = std::min(until, machine_.deadline_us());
  // A time that has passed is left out where something else has to come first: it would make the
  // loop spin until that comes.
  if (awaiting_start_ && commit_not_before_us_ > now_us_)
    until = std::min(until, commit_not_before_us_);
  if (revoking_) {
    until =
        std::min(until, revoke_deadline_us_ + (now_us_ < revoke_deadline_us_ ? 0 : kRevokeGraceUs));
    if (commit_not_before_us_ > now_us_) until = std::min(until, commit_not_before_us_);
  }
  if (phase_ == Phase::kRunning) until = std::min(until, CommitDueUs());
  if (ReadsOn() && full_since_us_ >= 0 && !paused_)
    until = std::min(until, full_since_us_ + settings_.pause_after_us);
  if (phase_ != Phase::kRunning || letters_open() > 0) until = std::min(until, now_us_ + 20'000);
  const int64_t wait_us = std::max<int64_t>(0, until - ports_.clock.NowUs());
  ports_.waiter.Wait(std::chrono::milliseconds((wait_us + 999) / 1000));
}

// ---- Stopping ----------------------------------------------------------------------------------

void Pipeline::Loop::Stop() {
  if (phase_ != Phase::kRunning) return;
  phase_ = Phase::kDraining;
  closing_note_tried_ = false;
  now_us_ = ports_.clock.NowUs();
  phase_deadline_us_ = now_us_ + settings_.shutdown_timeout_us;
  machine_.stats().state = PipelineStats::State::kDraining;
}

void Pipeline::Loop::AdvanceStop() {
  switch (phase_) {
    case Phase::kRunning:
    case Phase::kEnded: return;
    case Phase::kDraining:
      if (revoking_) return;
      if (!machine_.idle() || letters_open() > 0) {
        if (now_us_ < phase_deadline_us_) return;
        end_ = PipelineEnd::kTimedOut;
        ports_.index.CancelAll();
      }
      phase_ = Phase::kCommitting;
      phase_deadline_us_ = now_us_ + kClosingTimeoutUs;
      [[fallthrough]];
    case Phase::kCommitting:
      if (now_us_ < phase_deadline_us_) {
        if (commit_in_flight_ || now_us_ < commit_not_before_us_) return;
        if (ClosingCommitWanted()) {
          StartCommit(true);
          return;
        }
      } else if (CommitWanted()) {
        end_ = PipelineEnd::kTimedOut;
      }
      phase_ = Phase::kClosing;
      phase_deadline_us_ = now_us_ + kClosingTimeoutUs;
      ports_.source.Close();
      return;
    case Phase::kClosing:
      if (now_us_ >= phase_deadline_us_) phase_ = Phase::kEnded;
      return;
  }
}

void Pipeline::Loop::Finish() {
  PipelineStats& stats = machine_.stats();
  if (stats.state != PipelineStats::State::kHalted) stats.state = PipelineStats::State::kStopped;
  Publish(true);
}

// ---- Holds and halts ---------------------------------------------------------------------------

void Pipeline::Loop::ReportHeldOperations() {
  if (machine_.idle()) EndHold(HoldPlace::kRequests);
  const FailureReason reason = machine_.held_reason();
  if (machine_.held_operations() == 0) {
    EndHold(HoldPlace::kDocuments);
  } else if (!holds_.Has(HoldPlace::kDocuments, reason)) {
    Hold(HoldPlace::kDocuments, reason,
         std::string("the search cluster refuses some documents for now (") +
             FailureReasonName(reason) + ") and they are tried again");
  }
}

void Pipeline::Loop::Halt(FailureReason reason, const std::string& sentence) {
  PipelineStats& stats = machine_.stats();
  if (stats.state == PipelineStats::State::kHalted) return;
  stats.state = PipelineStats::State::kHalted;
  stats.halt_reason = sentence;
  end_ = reason == FailureReason::kGroupTaken ? PipelineEnd::kRefused : PipelineEnd::kHalted;
  phase_ = Phase::kClosing;
  phase_deadline_us_ = now_us_ + kClosingTimeoutUs;
  ports_.observer.OnHalt(worker_, reason, sentence);
  ports_.index.CancelAll();
  ports_.source.Close();
}

// ---- Telling -----------------------------------------------------------------------------------

void Pipeline::Loop::NoteProgress() {
  PipelineStats& stats = machine_.stats();
  uint64_t settled = 0;
  bool unread = false;
  bool unsettled = false;
  for (uint32_t i = 0; i < stats.partitions.size(); ++i) {
    PartitionStats& partition = stats.partitions[i];
    for (const uint64_t fate : partition.fates) settled += fate;
    if (!partition.assigned) continue;
    partition.end_offset = ports_.source.EndOffset(PartitionSlot{i});
    unsettled |=
        partition.end_offset > partition.committed && !machine_.ledger(PartitionSlot{i}).settled();
    unread |= partition.end_offset > partition.position;
  }
  settled += stats.truncate_deletes;  // of a record that becomes terminal at its end
  // Deletes that are sent again when their windows have closed are no stall: that has an end.
  unsettled = unsettled && !(machine_.idle() && machine_.windows_left_us() > 0);
  if (settled != settled_seen_ || !(unread || unsettled)) stats.progress_us = now_us_;
  settled_seen_ = settled;
}

void Pipeline::Loop::Publish(bool force) {
  if (!force && now_us_ - last_publish_us_ < kPublishEveryUs) return;
  last_publish_us_ = now_us_;
  NoteProgress();
  machine_.PublishLevels();
  CountDivergent();
  PipelineStats& stats = machine_.stats();
  stats.waits_to_read = awaiting_start_;
  stats.hold_reason = holds_.First();
  ports_.observer.OnStats(worker_, stats);
}

// ---- The public face ---------------------------------------------------------------------------

Pipeline::Pipeline(int worker, const PipelineSettings& settings, const PipelinePorts& ports)
    : loop_(std::make_unique<Loop>(worker, settings, ports)) {}
Pipeline::~Pipeline() = default;

PipelineEnd Pipeline::Run(const std::stop_token& stop) {
  while (!ended()) {
    if (stop.stop_requested()) loop_->Stop();
    if (!loop_->Turn() && !ended()) loop_->Wait();
  }
  loop_->Finish();
  return end();
}

bool Pipeline::Turn() {
  return loop_->Turn();
}
void Pipeline::Stop() {
  loop_->Stop();
}
bool Pipeline::ended() const {
  return loop_->ended();
}
PipelineEnd Pipeline::end() const {
  return loop_->end();
}
const PipelineStats& Pipeline::stats() const {
  return loop_->stats();
}

}  // namespace sluice
