#pragma once

namespace sluice::service {

/// The process's requests to stop, as a descriptor to wait on. SIGINT and SIGTERM are taken off
/// every thread; SIGPIPE is ignored, for a broken connection is an answer, not an end.
///
/// Threads:   constructed before any other thread starts. Wait() from one thread, Wake() from any.
/// Ownership: the process has one.
/// Time:      Wait() blocks until a signal or Wake().
/// Errors:    none; a machine without descriptors aborts.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Returns the number of the signal that arrived, 0 after Wake() or when `longest_ms` has passed.
  int Wait(int longest_ms);
  void Wake();

 private:
  int signals_;
  int wake_;
};

}  // namespace sluice::service
