#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/copy_buffer.h"
#include "adapters/postgres/dry_gate.h"
#include "adapters/postgres/gap_reader.h"
#include "adapters/postgres/pgoutput_decoder.h"
#include "adapters/postgres/relation_cache.h"
#include "adapters/postgres/row_mapper.h"
#include "adapters/postgres/settings.h"
#include "adapters/postgres/stream_frames.h"
#include "core/ports/change_source.h"
#include "core/ports/clock.h"

namespace sluice::postgres {

/// What a stream has done since it was opened.
struct StreamStats {
  uint64_t bytes = 0;          ///< Received, without the protocol's own.
  uint64_t messages = 0;       ///< Of pgoutput.
  uint64_t skipped_rows = 0;   ///< Of tables that the filter leaves out.
  Lsn received;                ///< As far as was read.
  Lsn flushed;                 ///< As last told to the server.
  Lsn server_end;              ///< End of the log as the server last told.
  int64_t server_sent_us = 0;  ///< The server's clock when it sent what was last read.
};

/// The committed changes of one database, read from a replication slot as they are made.
///
/// Threads:   one call at a time.
/// Ownership: borrows everything it is made from. A change is valid until the next Next().
/// Time:      Open() waits for the server. Next() never waits for the socket; the first change of a
///            table, and the first after its shape changed, waits for the catalogue, and a changed
///            key with untouched large values for the row: a few milliseconds, at most the
///            statement timeout.
/// Errors:    kFailed once and for ever; `failure()` says what to do. The connections are then to
///            be given up, and a new stream opened where the last one was acknowledged.
class ReplicationStream : public ChangeSource {
 public:
  struct Parts {
    const Settings& settings;
    const StreamSettings& stream;
    const TableFilter& filter;
    TableBook& book;
    Clock& clock;
  };

  explicit ReplicationStream(const Parts& parts);
  ~ReplicationStream() override;

  /// Starts to stream behind `from`; the server goes on at the slot's own position where that is
  /// later.
  [[nodiscard]] Status Open(const std::string& slot, const std::string& publication, Lsn from);
  /// Tells what was acknowledged and ends the stream; the destructor does it too.
  void Close();

  /// Readable when Next() may have something. Valid from Open() to the destructor.
  [[nodiscard]] int descriptor() const { return gate_.descriptor(); }
  [[nodiscard]] const StreamStats& stats() const { return stats_; }

  Progress Next(SourceChange& change) override;
  [[nodiscard]] const Failure& failure() const override { return failure_; }
  [[nodiscard]] Lsn log_end() const override { return stats_.server_end; }
  void Acknowledge(Lsn flushed) override;
  void KeepAlive() override;
  void Rest() override { gate_.Rest(); }

 private:
  /// What became of a piece that was read.
  enum class Step : uint8_t { kChange, kGoOn, kFailed };
  enum class Fill : uint8_t { kMessage, kDry, kFailed };

  [[nodiscard]] Status Begin(const std::string& slot, const std::string& publication, Lsn from);
  Fill TakeMessage();
  Step OnFrame(SourceChange& change);
  Step OnKeepalive(const StreamFrame& frame, SourceChange& change);
  Step OnMessage(const StreamFrame& frame, SourceChange& change);
  Step OnRow(const StreamFrame& frame, SourceChange& change);
  Step FillGaps(const RelationCache::Entry& entry);
  Step OnRelation();
  bool NextTruncated(SourceChange& change);
  /// Warnings of the server; `stream` is the stream that has asked for them.
  static void OnNotice(void* stream, const PGresult* notice);
  void SendStatus(int64_t now_us, bool ask_reply);
  Step Fail(Disposition disposition, FailureReason reason, std::string detail);
  Step FailWith(Failure failure);
  Fill FailStream(int code);

  const Parts parts_;
  RelationCache relations_;
  Connection connection_;
  CopyBuffer buffer_;
  DryGate gate_;
  PgoutputDecoder decoder_;
  PgoutputMessage message_;
  MappedRows rows_;
  GapReader gaps_;
  StreamStats stats_;
  Failure failure_;
  bool failed_ = false;
  bool skipping_ = false;        ///< The server has warned that it leaves out changes.
  bool secure_ = false;          ///< TLS or GSS: bytes may wait inside the library.
  bool in_transaction_ = false;  ///< Between a begin and its commit.
  uint32_t transaction_ = 0;     ///< The last that began.
  bool reply_due_ = false;
  Lsn flushed_;   ///< Acknowledged.
  Lsn position_;  ///< Told as kPosition.
  Lsn truncate_lsn_;
  size_t truncated_ = 0;      ///< Tables of the current truncate message that were told.
  size_t burst_bytes_ = 0;    ///< Since the socket last ran dry.
  int64_t status_us_ = 0;     ///< When the last status was sent.
  int64_t heard_us_ = 0;      ///< When something was last received, as far as looked at.
  uint64_t heard_bytes_ = 0;  ///< `stats_.bytes` at that time.
  bool dry_ = false;
  bool asked_ = false;  ///< For a reply, because of silence.
};

/// The command that starts a stream; pure, so that it can be tested.
[[nodiscard]] std::string StartCommand(const std::string& slot, const std::string& publication,
                                       Lsn from, bool messages);

}  // namespace sluice::postgres
