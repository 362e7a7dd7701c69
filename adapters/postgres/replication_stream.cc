#include "adapters/postgres/replication_stream.h"

#include <algorithm>

#include "adapters/postgres/sql_text.h"
#include "core/model/lsn_text.h"

namespace sluice::postgres {
namespace {

constexpr std::string_view kDoing = "reading changes";
/// A change that was acknowledged is told at the latest after this time while new ones come.
constexpr int64_t kFlushTellUs = 1'000'000;
constexpr int64_t kUsPerMs = 1'000;
/// Changes that are left out in one go before the caller may do something else.
constexpr int kSkippedMax = 4'096;
constexpr int kMessagesVersion = 140'000;
/// Of the warning that a publication was skipped, and of the error that it was before version 18.
constexpr std::string_view kSkippedState = "55000";
constexpr std::string_view kMissingState = "42704";

}  // namespace

std::string StartCommand(const std::string& slot, const std::string& publication, Lsn from,
                         bool messages) {
  // Here a text has no escapes but the doubled quote, unlike in SQL.
  std::string name;
  for (const char c : QuoteName(publication)) name += c == '\'' ? "''" : std::string(1, c);
  return "START_REPLICATION SLOT " + QuoteName(slot) + " LOGICAL " + LsnText(from) +
         " (proto_version '1', publication_names '" + name + "'" +
         (messages ? ", messages 'true'" : "") + ")";
}

ReplicationStream::ReplicationStream(const Parts& parts)
    : parts_(parts),
      relations_(parts.settings, parts.stream, parts.filter, parts.book),
      gaps_(parts.settings) {}

ReplicationStream::~ReplicationStream() {
  Close();
}

Status ReplicationStream::Open(const std::string& slot, const std::string& publication, Lsn from) {
  Status status = relations_.Open();
  if (!status) {
    failure_ = relations_.failure();
  } else if (status = Begin(slot, publication, from); !status) {
    failure_ = connection_.failure();
  }
  failed_ = !status;
  return status;
}

Status ReplicationStream::Begin(const std::string& slot, const std::string& publication, Lsn from) {
  Status status = connection_.Open(parts_.settings, Connection::Kind::kReplication);
  if (!status) return status;
  if (status = connection_.EnlargeBuffer(); !status) return status;
  const bool messages = parts_.stream.messages && connection_.server_version() >= kMessagesVersion;
  PQsetNoticeReceiver(connection_.handle(), &ReplicationStream::OnNotice, this);
  status = connection_.StartCopy(StartCommand(slot, publication, from, messages), PGRES_COPY_BOTH,
                                 "starting to read the slot " + slot, ErrorPlace::kStart);
  if (!status) return status;
  PQsetnonblocking(connection_.handle(), 1);
  secure_ = PQsslInUse(connection_.handle()) != 0 || PQgssEncInUse(connection_.handle()) != 0;
  const int64_t pause_us = connection_.is_local_socket() ? 0 : parts_.stream.pause_us;
  if (!gate_.Open(connection_.descriptor(), pause_us)) {
    return connection_.Fail(ErrorPlace::kStart, "watching the connection");
  }
  flushed_ = stats_.received = from;
  status_us_ = heard_us_ = parts_.clock.NowUs();
  return {};
}

void ReplicationStream::Close() {
  if (failed_ || !connection_.is_open()) return;
  // Nothing depends on that it arrives: what was not told is sent again.
  SendStatus(parts_.clock.NowUs(), false);
  PQputCopyEnd(connection_.handle(), nullptr);
  PQflush(connection_.handle());
  connection_.Close();
  failed_ = true;
}

ChangeSource::Progress ReplicationStream::Next(SourceChange& change) {
  if (failed_) return Progress::kFailed;
  gate_.EndRest();
  if (NextTruncated(change)) return Progress::kChange;
  if (gate_.paused() && !gate_.MayRead(parts_.clock.NowUs())) return Progress::kNothing;
  for (int skipped = 0; skipped < kSkippedMax; ++skipped) {
    switch (TakeMessage()) {
      case Fill::kMessage: break;
      case Fill::kDry: return Progress::kNothing;
      case Fill::kFailed: return Progress::kFailed;
    }
    switch (OnFrame(change)) {
      case Step::kChange: return Progress::kChange;
      case Step::kGoOn: break;
      case Step::kFailed: return Progress::kFailed;
    }
  }
  gate_.WakeNow();
  return Progress::kNothing;
}

ReplicationStream::Fill ReplicationStream::TakeMessage() {
  int size = buffer_.Take(connection_.handle());
  // Twice under TLS: half a record may be left inside, which the socket does not show.
  for (int read = secure_ ? 2 : 1; size == 0 && read > 0; --read) {
    if (PQconsumeInput(connection_.handle()) == 0) return FailStream(-2);
    size = buffer_.Take(connection_.handle());
  }
  if (size < 0) return FailStream(size);
  // Before anything that came after the warning is told, a position above all.
  if (skipping_) return FailStream(-2);
  dry_ = size == 0;
  if (dry_) {
    gate_.RanDry(burst_bytes_, parts_.clock.NowUs());
    burst_bytes_ = 0;
    return Fill::kDry;
  }
  burst_bytes_ += static_cast<size_t>(size);
  stats_.bytes += static_cast<uint64_t>(size);
  return Fill::kMessage;
}

ReplicationStream::Step ReplicationStream::OnFrame(SourceChange& change) {
  StreamFrame frame;
  if (!ReadStreamFrame(buffer_.bytes(), frame)) {
    return Fail(Disposition::kHalt, FailureReason::kUnreadableReply,
                "a frame of the stream cannot be read");
  }
  stats_.server_sent_us = frame.sent_us;
  stats_.server_end = std::max(stats_.server_end, frame.end);
  switch (frame.kind) {
    case StreamFrame::Kind::kKeepalive: return OnKeepalive(frame, change);
    case StreamFrame::Kind::kData: return OnMessage(frame, change);
  }
  return Step::kGoOn;
}

ReplicationStream::Step ReplicationStream::OnKeepalive(const StreamFrame& frame,
                                                       SourceChange& change) {
  reply_due_ |= frame.reply_requested;
  // The server sends whole transactions in the order of their commits: outside of one, everything
  // that committed before this position has been read.
  if (in_transaction_ || frame.end <= position_ || frame.end.value == 0) return Step::kGoOn;
  position_ = frame.end;
  stats_.received = std::max(stats_.received, frame.end);
  change = {};
  change.kind = ChangeKind::kPosition;
  change.lsn = change.end = frame.end;
  return Step::kChange;
}

ReplicationStream::Step ReplicationStream::OnMessage(const StreamFrame& frame,
                                                     SourceChange& change) {
  using Kind = PgoutputMessage::Kind;
  if (!decoder_.Decode(frame.payload, message_)) {
    return Fail(Disposition::kHalt, FailureReason::kUnreadableReply, decoder_.error());
  }
  ++stats_.messages;
  stats_.received = std::max(stats_.received, frame.start);
  switch (message_.kind) {
    case Kind::kInsert:
    case Kind::kUpdate:
    case Kind::kDelete: return OnRow(frame, change);
    case Kind::kBegin:
      in_transaction_ = true;
      transaction_ = message_.transaction_id;
      change = {};
      change.kind = ChangeKind::kBegin;
      change.lsn = message_.lsn;
      change.commit_us = message_.time_us;
      change.transaction_id = message_.transaction_id;
      return Step::kChange;
    case Kind::kCommit:
      in_transaction_ = false;
      change = {};
      change.kind = ChangeKind::kCommit;
      change.lsn = change.end = message_.end;
      change.commit_us = message_.time_us;
      stats_.received = std::max(stats_.received, message_.end);
      return Step::kChange;
    case Kind::kRelation: return OnRelation();
    case Kind::kType: relations_.NameType(message_); return Step::kGoOn;
    case Kind::kOrigin: return Step::kGoOn;
    case Kind::kTruncate:
      relations_.Settle(0);
      truncated_ = 0;
      truncate_lsn_ = frame.start;
      return NextTruncated(change) ? Step::kChange : Step::kGoOn;
    case Kind::kMessage:
      change = {};
      change.kind = ChangeKind::kMessage;
      change.lsn = message_.lsn;
      change.transactional = message_.transactional;
      change.prefix = message_.name;
      change.content = message_.content;
      return Step::kChange;
  }
  return Step::kGoOn;
}

ReplicationStream::Step ReplicationStream::OnRow(const StreamFrame& frame, SourceChange& change) {
  using Kind = PgoutputMessage::Kind;
  relations_.Settle(message_.relation);
  const RelationCache::Entry* entry = relations_.Find(message_.relation);
  if (entry == nullptr) {
    return Fail(Disposition::kHalt, FailureReason::kUnreadableReply,
                "a change of table " + std::to_string(message_.relation) + " that was not told");
  }
  if (entry->table == nullptr) {
    ++stats_.skipped_rows;
    return Step::kGoOn;
  }
  if (!MapRows(entry->shape, message_, rows_)) {
    return Fail(Disposition::kHalt, FailureReason::kUnreadableReply,
                "a row of " + entry->table->name + " has not the columns that were told");
  }
  if (entry->exact &&
      !TellsFormerKey(*entry->table, !entry->doubts.empty(), message_, rows_.before)) {
    return FailWith(FormerKeyUntold(*entry->table, entry->doubts));
  }
  if (message_.kind == Kind::kUpdate && FillGaps(*entry) == Step::kFailed) {
    return Step::kFailed;
  }
  change = {};
  change.kind = message_.kind == Kind::kInsert   ? ChangeKind::kInsert
                : message_.kind == Kind::kUpdate ? ChangeKind::kUpdate
                                                 : ChangeKind::kDelete;
  change.lsn = frame.start;
  change.table = entry->table;
  change.before = rows_.before;
  change.after = rows_.after;
  return Step::kChange;
}

ReplicationStream::Step ReplicationStream::FillGaps(const RelationCache::Entry& entry) {
  const auto& is_exact = parts_.stream.is_exact;
  const Table& table = *entry.table;
  if (!GapReader::Wants(table, entry.moved, rows_.before, rows_.after) ||
      (is_exact && !is_exact(table))) {
    return Step::kGoOn;
  }
  const Result<Row> filled = gaps_.Fill(table, *rows_.after, transaction_);
  if (!filled) return FailWith(gaps_.failure());
  rows_.after = *filled;
  return Step::kGoOn;
}

ReplicationStream::Step ReplicationStream::OnRelation() {
  const Status status = relations_.Learn(message_, transaction_);
  return status ? Step::kGoOn : FailWith(relations_.failure());
}

bool ReplicationStream::NextTruncated(SourceChange& change) {
  if (message_.kind != PgoutputMessage::Kind::kTruncate) return false;
  while (truncated_ < message_.relations.size()) {
    const RelationCache::Entry* entry = relations_.Find(message_.relations[truncated_++]);
    if (entry == nullptr || entry->table == nullptr) continue;
    change = {};
    change.kind = ChangeKind::kTruncate;
    change.lsn = truncate_lsn_;
    change.table = entry->table;
    return true;
  }
  return false;
}

void ReplicationStream::Acknowledge(Lsn flushed) {
  flushed_ = std::max(flushed_, flushed);
}

void ReplicationStream::KeepAlive() {
  if (failed_) return;
  const int64_t now_us = parts_.clock.NowUs();
  if (stats_.bytes != heard_bytes_ || !dry_) {
    heard_bytes_ = stats_.bytes;
    heard_us_ = now_us;
    asked_ = false;
  }
  const int64_t silence_us = now_us - heard_us_;
  const int64_t silence_max_us = parts_.stream.silence_max_ms * kUsPerMs;
  if (silence_us > silence_max_us) {
    Fail(Disposition::kHold, FailureReason::kConnectionLost,
         "the server has not answered for " + std::to_string(silence_us / kUsPerMs) + " ms");
    return;
  }
  const bool ask = !asked_ && silence_us > silence_max_us / 2;
  const int64_t since_us = now_us - status_us_;
  if (reply_due_ || ask || since_us >= parts_.stream.status_interval_ms * kUsPerMs ||
      (flushed_ > stats_.flushed && since_us >= kFlushTellUs)) {
    asked_ |= ask;
    SendStatus(now_us, ask);
  }
  PQflush(connection_.handle());
}

void ReplicationStream::SendStatus(int64_t now_us, bool ask_reply) {
  const Lsn received = std::max(stats_.received, flushed_);
  const auto status = StatusUpdate(received, flushed_, parts_.clock.WallMs() * kUsPerMs, ask_reply);
  // 0: the socket takes nothing now; the next turn tries again. An error shows when reading.
  if (PQputCopyData(connection_.handle(), status.data(), static_cast<int>(status.size())) != 1) {
    return;
  }
  PQflush(connection_.handle());
  status_us_ = now_us;
  reply_due_ = false;
  stats_.flushed = flushed_;
}

ReplicationStream::Step ReplicationStream::Fail(Disposition disposition, FailureReason reason,
                                                std::string detail) {
  return FailWith({{disposition, reason, WriteResult::kCreated},
                   "",
                   std::string(kDoing) + ": " + std::move(detail)});
}

ReplicationStream::Step ReplicationStream::FailWith(Failure failure) {
  failure_ = std::move(failure);
  failed_ = true;
  return Step::kFailed;
}

void ReplicationStream::OnNotice(void* stream, const PGresult* notice) {
  auto* self = static_cast<ReplicationStream*>(stream);
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  const char* state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
  if (severity == nullptr || state == nullptr || self->skipping_) return;
  // From version 18 on a missing publication is no error: its changes are passed over, with this.
  if (std::string_view(severity) != "WARNING" || std::string_view(state) != kSkippedState) return;
  self->skipping_ = true;
  self->failure_ = FailureOf(ErrorPlace::kStream, kMissingState, kDoing,
                             PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY));
}

ReplicationStream::Fill ReplicationStream::FailStream(int code) {
  failed_ = true;
  if (skipping_) return Fill::kFailed;
  PGresult* result = PQgetResult(connection_.handle());
  const Rows owner(result);
  const Error error = connection_.Fail(
      ErrorPlace::kStream, kDoing, PQresultStatus(result) == PGRES_FATAL_ERROR ? result : nullptr);
  failure_ = connection_.failure();
  if (code == -1 && failure_.type.empty()) {
    failure_.detail = std::string(kDoing) + ": the server has ended the stream";
  }
  return Fill::kFailed;
}

}  // namespace sluice::postgres
