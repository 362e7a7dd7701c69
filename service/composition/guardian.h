#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/settings.h"
#include "adapters/postgres/source_watch.h"
#include "core/model/outcome.h"
#include "core/ports/capture_observer.h"
#include "core/ports/clock.h"
#include "service/telemetry/log.h"

namespace sluice::service {

/// What was told already and counted, from run to run.
struct GuardianMemory {
  std::set<std::string> told;
  uint64_t actions_done = 0;
  uint64_t actions_failed = 0;

  /// Logs what is new of the findings: warnings, and notes as information.
  void Tell(const std::vector<postgres::Finding>& findings, telemetry::Log& log);
};

/// Looks after the slot and the publication while changes are read, records what it finds of the
/// captured tables, and runs the statement that belongs to each heartbeat.
///
/// Threads:   one of its own between constructor and Stop(), which is called from the owner's.
/// Ownership: borrows what it is given until Stop() has returned.
/// Time:      the constructor returns at once; Stop() within some seconds, whatever the database
///            or the brokers do.
/// Errors:    what cannot be asked is logged, told as a danger from the second time on and asked
///            again; `halt()` where changes are lost.
class Guardian {
 public:
  struct Setup {
    postgres::Settings database;
    std::string slot;
    postgres::PublicationSettings publication;
    const postgres::TableFilter& filter;
    postgres::KnownTables tables;  ///< As they are recorded.
    /// Records them anew; waits for the brokers, not after `stop`.
    std::function<Failure(const postgres::KnownTables&, const std::stop_token& stop)> record;
    int64_t look_every_us = 60'000'000;
    std::string action;           ///< SQL; empty: none.
    int64_t action_every_us = 0;  ///< 0: never.
    GuardianMemory& memory;
    CaptureObserver& observer;
    const Clock& clock;
    telemetry::Log& log;
    /// Records which topics were written, as often as it looks; as `record`. None: nobody does.
    std::function<Failure(const std::stop_token& stop)> record_topics = {};
  };

  /// `on_halt` is called on the guardian's thread when there is a `halt()`.
  Guardian(Setup setup, std::function<void()> on_halt);
  ~Guardian() { Stop(); }
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;

  void Stop();
  /// After Stop(): why reading has to end.
  [[nodiscard]] const std::optional<Failure>& halt() const { return halt_; }

 private:
  void Run(const std::stop_token& stop);
  void LookOrHalt(const std::stop_token& stop);
  void Look(const std::stop_token& stop);
  void LookFailed(const Error& error);
  void Record(const std::stop_token& stop);
  void RecordTopics(const std::stop_token& stop);
  void Act(const std::stop_token& stop);
  /// Opens where it is not open; false: not possible now.
  [[nodiscard]] bool Ready(postgres::Connection& connection, const std::stop_token& stop);
  void Close(postgres::Connection& connection);
  void Publish();

  const Setup setup_;
  const std::function<void()> on_halt_;
  std::optional<Failure> halt_;
  postgres::WatchMemory seen_;
  postgres::KnownTables recorded_;
  SourceWatch watch_;
  int failures_ = 0;  ///< To look, since it was last possible.
  postgres::Connection looking_;
  postgres::Connection acting_;

  std::mutex mutex_;
  std::condition_variable_any wake_;
  int socket_ = -1;      // guarded by mutex_: of the connection that is being used
  bool ended_ = false;   // guarded by mutex_
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace sluice::service
