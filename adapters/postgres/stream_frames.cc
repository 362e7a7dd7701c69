#include "adapters/postgres/stream_frames.h"

#include "adapters/postgres/byte_reader.h"
#include "adapters/postgres/protocol_time.h"

namespace sluice::postgres {
namespace {

void Put(char* to, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) *to++ = static_cast<char>(value >> shift);
}

}  // namespace

bool ReadStreamFrame(std::string_view bytes, StreamFrame& frame) {
  ByteReader in(bytes);
  uint8_t letter = 0;
  int64_t sent = 0;
  if (!in.U8(letter)) return false;
  if (letter == 'w') {
    frame.kind = StreamFrame::Kind::kData;
    frame.reply_requested = false;
    if (!in.U64(frame.start.value) || !in.U64(frame.end.value) || !in.I64(sent)) return false;
    frame.sent_us = UnixMicros(sent);
    return in.Bytes(in.left(), frame.payload) && !frame.payload.empty();
  }
  if (letter == 'k') {
    uint8_t reply = 0;
    frame.kind = StreamFrame::Kind::kKeepalive;
    frame.start = {};
    frame.payload = {};
    if (!in.U64(frame.end.value) || !in.I64(sent) || !in.U8(reply)) return false;
    frame.sent_us = UnixMicros(sent);
    frame.reply_requested = reply != 0;
    return in.left() == 0;
  }
  return false;
}

std::array<char, kStatusBytes> StatusUpdate(Lsn received, Lsn flushed, int64_t now_unix_us,
                                            bool ask_reply) {
  std::array<char, kStatusBytes> update{};
  update[0] = 'r';
  Put(&update[1], received.value);
  Put(&update[9], flushed.value);
  Put(&update[17], flushed.value);  // applied: the same to us
  Put(&update[25], static_cast<uint64_t>(ProtocolMicros(now_unix_us)));
  update[33] = ask_reply ? 1 : 0;
  return update;
}

}  // namespace sluice::postgres
