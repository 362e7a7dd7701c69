#include "service/composition/guardian.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "service/composition/capture_settings.h"

namespace sluice::service {
namespace {

using telemetry::LogLevel;
using Weight = postgres::Finding::Weight;

/// Questions are short; who waits longer would only hold up the end.
constexpr int64_t kAnswerWithinMs = 10'000;
constexpr int64_t kConnectWithinMs = 5'000;
constexpr std::chrono::seconds kPatience{2};
/// After a look that failed.
constexpr int64_t kAgainUs = 5'000'000;
/// One look may fail because the database ended an idle session.
constexpr int kFailuresTold = 2;

std::string Sentence(const postgres::Finding& finding) {
  return finding.what + (finding.cure.empty() ? "" : "; " + finding.cure);
}

Guardian::Setup Hurried(Guardian::Setup setup) {
  setup.database.statement_timeout_ms =
      std::min(setup.database.statement_timeout_ms, kAnswerWithinMs);
  setup.database.connect_timeout_ms = std::min(setup.database.connect_timeout_ms, kConnectWithinMs);
  return setup;
}

}  // namespace

void GuardianMemory::Tell(const std::vector<postgres::Finding>& findings, telemetry::Log& log) {
  for (const postgres::Finding& finding : findings) {
    if (finding.weight == Weight::kBlocks) continue;
    if (!finding.event && !told.insert(finding.what).second) continue;
    const bool warns = finding.weight == Weight::kWarns;
    log.Write(warns ? LogLevel::kWarn : LogLevel::kInfo, "database_finding", Sentence(finding));
  }
}

Guardian::Guardian(Setup setup, std::function<void()> on_halt)
    : setup_(Hurried(std::move(setup))), on_halt_(std::move(on_halt)) {
  seen_.tables = setup_.tables;
  recorded_ = setup_.tables;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    Run(stop);
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
  });
}

void Guardian::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  {
    std::unique_lock lock(mutex_);
    wake_.notify_all();
    wake_.wait_for(lock, kPatience, [this] { return ended_; });
    // A server that does not answer is not waited for: the socket's end wakes who reads it.
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
  }
  thread_.join();
}

void Guardian::Run(const std::stop_token& stop) {
  const bool acts = !setup_.action.empty() && setup_.action_every_us > 0;
  int64_t next_look_us = setup_.clock.NowUs();
  int64_t next_action_us = acts ? next_look_us : INT64_MAX;
  while (!stop.stop_requested() && !halt_) {
    if (setup_.clock.NowUs() >= next_action_us) {
      next_action_us = setup_.clock.NowUs() + setup_.action_every_us;
      Act(stop);
    }
    if (setup_.clock.NowUs() >= next_look_us && !stop.stop_requested()) {
      LookOrHalt(stop);
      const int64_t wait_us =
          looking_.is_open() ? setup_.look_every_us : std::min(setup_.look_every_us, kAgainUs);
      next_look_us = setup_.clock.NowUs() + wait_us;
    }
    const int64_t left_us = std::min(next_look_us, next_action_us) - setup_.clock.NowUs();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, std::chrono::microseconds(std::max<int64_t>(left_us, 0)),
                   [] { return false; });
  }
  Close(looking_);
  Close(acting_);
}

bool Guardian::Ready(postgres::Connection& connection, const std::stop_token& stop) {
  const bool open = connection.is_open() ||
                    connection.Open(setup_.database, postgres::Connection::Kind::kPlain).ok();
  if (!open || stop.stop_requested()) return false;
  const std::lock_guard lock(mutex_);
  socket_ = connection.descriptor();
  return true;
}

void Guardian::Close(postgres::Connection& connection) {
  const std::lock_guard lock(mutex_);  // the number may be another's afterwards
  socket_ = -1;
  connection.Close();
}

void Guardian::LookOrHalt(const std::stop_token& stop) {
  try {
    Look(stop);
  } catch (const pattern::MatchFailure& failure) {
    halt_ = HaltOf(failure);
    on_halt_();
  }
}

void Guardian::Look(const std::stop_token& stop) {
  const postgres::WatchPlan plan{setup_.slot, setup_.publication, setup_.filter};
  const bool open = Ready(looking_, stop);
  const auto facts = open ? postgres::ReadWatchFacts(looking_, plan)
                          : Result<postgres::WatchFacts>(Error{looking_.failure().detail, ""});
  if (!facts) {
    if (!stop.stop_requested()) LookFailed(facts.error());
    return Close(looking_);
  }
  failures_ = 0;
  postgres::WatchVerdict verdict = postgres::JudgeWatch(*facts, plan, seen_);
  watch_ = std::move(verdict.watch);
  watch_.looked_us = setup_.clock.NowUs();
  Publish();
  if (!watch_.danger.empty()) {
    setup_.log.Write(LogLevel::kWarn, "slot_in_danger", watch_.danger);
  }
  setup_.memory.Tell(verdict.findings, setup_.log);
  // A halt leaves what is recorded as it was, so that the next start halts for it too.
  if (verdict.failure.verdict.disposition != Disposition::kHalt) {
    Record(stop);
    return RecordTopics(stop);
  }
  halt_ = std::move(verdict.failure);
  on_halt_();
}

// A table that came while changes were read, and goes while the source is down, is missed else.
void Guardian::Record(const std::stop_token& stop) {
  if (seen_.tables == recorded_) return;
  const Failure failure = setup_.record(seen_.tables, stop);
  if (failure.verdict.disposition == Disposition::kDone) {
    recorded_ = seen_.tables;
  } else if (!stop.stop_requested()) {
    setup_.log.WriteLimited(LogLevel::kWarn, "guardian_failed", "record",
                            "the captured tables could not be recorded: " + failure.detail);
  }
}

void Guardian::RecordTopics(const std::stop_token& stop) {
  if (!setup_.record_topics) return;
  const Failure failure = setup_.record_topics(stop);
  if (failure.verdict.disposition == Disposition::kDone || stop.stop_requested()) return;
  setup_.log.WriteLimited(LogLevel::kWarn, "guardian_failed", "topics",
                          "the written topics could not be recorded: " + failure.detail);
}

// The stream alone may look well: a server that is gone can leave the process behind that sends it.
void Guardian::LookFailed(const Error& error) {
  const std::string told =
      "the slot and the publication could not be looked at: " + error.ToString();
  setup_.log.WriteLimited(LogLevel::kWarn, "guardian_failed", "look", told);
  if (++failures_ < kFailuresTold) return;
  watch_.danger = told;
  Publish();
}

void Guardian::Act(const std::stop_token& stop) {
  const bool fresh = !acting_.is_open();
  bool done = Ready(acting_, stop);
  // The statement finds names and rows as it would in the user's own session.
  if (done && fresh) {
    done = acting_.Run("RESET search_path; RESET row_security", "preparing the heartbeat").ok();
  }
  if (done) done = acting_.Run(setup_.action, "running heartbeat.action.query").ok();
  if (!done && stop.stop_requested()) return;
  ++(done ? setup_.memory.actions_done : setup_.memory.actions_failed);
  Publish();
  if (done) return;
  setup_.log.WriteLimited(LogLevel::kWarn, "heartbeat_action_failed", acting_.failure().type,
                          acting_.failure().detail);
  // Whatever it left behind, a transaction above all, ends with the session.
  Close(acting_);
}

void Guardian::Publish() {
  watch_.actions_done = setup_.memory.actions_done;
  watch_.actions_failed = setup_.memory.actions_failed;
  setup_.observer.OnSourceWatch(watch_);
}

}  // namespace sluice::service
