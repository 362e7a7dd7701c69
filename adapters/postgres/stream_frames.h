#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/model/position.h"

namespace sluice::postgres {

/// What the server sends inside CopyData while it streams.
struct StreamFrame {
  enum class Kind : uint8_t {
    kData,       ///< A piece of the log: `start`, `payload`.
    kKeepalive,  ///< `end`, `reply_requested`.
  };
  Kind kind = Kind::kKeepalive;
  bool reply_requested = false;
  Lsn start;  ///< Where the change stands; 0 for messages that describe tables and types.
  Lsn end;    ///< kData: end of the log as far as the server told; kKeepalive: as far as it sent.
  int64_t sent_us = 0;  ///< The server's clock, microseconds since 1970.
  std::string_view payload;
};

/// False: not a frame of this protocol. `payload` is a view into `bytes`.
[[nodiscard]] bool ReadStreamFrame(std::string_view bytes, StreamFrame& frame);

inline constexpr size_t kStatusBytes = 34;

/// What the client tells the server: how far it has received, and how far it never needs the log
/// again. The second is what the slot's flush position becomes.
[[nodiscard]] std::array<char, kStatusBytes> StatusUpdate(Lsn received, Lsn flushed,
                                                          int64_t now_unix_us, bool ask_reply);

}  // namespace sluice::postgres
