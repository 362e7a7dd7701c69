#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::postgres {

/// A descriptor that is readable when the socket is, except during a pause: reading a busy socket
/// each time a few bytes have come costs both sides a wake-up a message; left alone for a moment it
/// fills, and one read takes it all.
///
/// Threads:   one call at a time.
/// Ownership: owns its descriptors, not the socket.
/// Time:      never blocks.
/// Errors:    false from Open(): no descriptors left; else none.
class DryGate {
 public:
  DryGate() = default;
  ~DryGate();
  DryGate(const DryGate&) = delete;
  DryGate& operator=(const DryGate&) = delete;

  /// `pause_us` 0: never pauses.
  [[nodiscard]] bool Open(int socket, int64_t pause_us);
  [[nodiscard]] int descriptor() const { return epoll_; }

  /// The socket ran dry after `bytes` since the last time: pauses when that is load.
  void RanDry(size_t bytes, int64_t now_us);
  /// May the socket be read? Ends a pause that is over.
  [[nodiscard]] bool MayRead(int64_t now_us);
  [[nodiscard]] bool paused() const { return paused_; }
  /// Silent until EndRest(), whatever arrives: the reader can take nothing more.
  void Rest();
  void EndRest();
  /// Makes the descriptor readable at once, because there is more than the socket shows.
  void WakeNow();

 private:
  void Watch(bool socket);
  void Arm(int64_t after_us);
  void Disarm();

  int epoll_ = -1;
  int timer_ = -1;
  int socket_ = -1;
  int64_t pause_us_ = 0;
  int64_t until_us_ = 0;
  int64_t dry_us_ = 0;  ///< When it last ran dry.
  bool paused_ = false;
  bool armed_ = false;
  bool resting_ = false;
};

}  // namespace sluice::postgres
