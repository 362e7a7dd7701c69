#include "core/operations/changelog/changelog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/operations/change_header.h"
#include "core/operations/sha256.h"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kReadWait{200};
constexpr std::chrono::milliseconds kLetterWait{50};
constexpr int64_t kAskInTroubleUs = 5'000'000;

bool IsDone(const Failure& failure) {
  return failure.verdict.disposition == Disposition::kDone;
}

Failure Hold(FailureReason reason, std::string sentence) {
  return {{Disposition::kHold, reason, WriteResult::kCreated}, "", std::move(sentence)};
}

Failure Halt(FailureReason reason, std::string sentence) {
  return {{Disposition::kHalt, reason, WriteResult::kCreated}, "", std::move(sentence)};
}

std::string Where(const TopicPartition& stream) {
  return "topic " + stream.topic + ", partition " + std::to_string(stream.partition);
}

constexpr const char* kAnotherName =
    "to begin anew with what the topic has now, give changelog.name another name: rows then go to "
    "files, and with changelog.id: source under ids, that are not those of before";

std::optional<std::string_view> HeaderOf(const OwnedRecord& record) {
  for (const Header& header : record.headers)
    if (header.name == kChangeHeaderName && header.value) return *header.value;
  return std::nullopt;
}

bool TellsChange(EventKind kind) {
  return kind == EventKind::kCreate || kind == EventKind::kUpdate || kind == EventKind::kDelete;
}

ChangelogFate FateOf(EventKind kind) {
  switch (kind) {
    case EventKind::kRead: return ChangelogFate::kRead;
    case EventKind::kTruncate: return ChangelogFate::kTruncate;
    case EventKind::kCreate:
    case EventKind::kUpdate:
    case EventKind::kDelete:
    case EventKind::kTombstone:
    case EventKind::kSkip:
    case EventKind::kReject: break;
  }
  return ChangelogFate::kOther;
}

}  // namespace

Changelog::Changelog(const ChangelogSettings& settings, const ChangelogPorts& ports,
                     ChangelogStats& stats)
    : settings_(settings),
      wanted_(WantedColumns(settings.spec)),
      ports_(ports),
      stats_(stats),
      rejections_(settings.rejected_max_ppm) {}

Failure Changelog::Run(const std::stop_token& stop) {
  Failure failure = Begin();
  while (IsDone(failure) && !stop.stop_requested()) failure = Turn(kReadWait);
  if (!IsDone(failure)) return failure;
  return Keep();
}

Failure Changelog::Begin() {
  std::string text;
  if (Failure failure = ports_.sink.Load(text); !IsDone(failure)) return failure;
  const auto positions = ParseLogPositions(text);
  if (!positions)
    return Halt(
        FailureReason::kStorageMismatch,
        "what the sink has kept of its place in the log cannot be read; restore it, or give "
        "changelog.name another name to begin anew");
  positions_ = kept_ = *positions;
  keep_us_ = ports_.clock.NowUs() + settings_.keep_every_us;
  return LookForPartitions();
}

/// New topics and partitions are read from their beginning, known ones from where they were kept.
Failure Changelog::LookForPartitions() {
  list_us_ = ports_.clock.NowUs() + settings_.list_every_us;
  const auto listed = ports_.log.List();
  if (!listed)
    return Hold(FailureReason::kBrokerUnreachable,
                "the topics of the change log cannot be listed: " + listed.error().ToString());
  for (const LogPartition& partition : *listed)
    if (Failure failure = StartPartition(partition); !IsDone(failure)) return failure;
  if (started_.empty()) {
    stats_.hold = FailureReason::kStreamMissing;
    stats_.hold_reason = "no topic of changelog.topics or changelog.topics.regex is there yet";
    constexpr int64_t kSoonUs = 1'000'000;
    list_us_ = ports_.clock.NowUs() + std::min(kSoonUs, settings_.list_every_us);
  }
  return {};
}

Failure Changelog::StartPartition(const LogPartition& partition) {
  const auto [place, fresh] = positions_.try_emplace(partition.stream);
  LogPosition& position = place->second;
  if (fresh) position = {partition.topic_id, partition.begin, {}};
  const bool another = !position.topic_id.empty() && !partition.topic_id.empty() &&
                       position.topic_id != partition.topic_id;
  if (another)
    return Halt(FailureReason::kStreamGone,
                "topic " + partition.stream.topic +
                    " was deleted and made anew since the change log has read it: what was in it "
                    "and not read is lost; " +
                    kAnotherName);
  if (!started_.insert(partition.stream).second) return {};
  if (position.next < partition.begin || partition.end < position.next)
    return Halt(FailureReason::kLogTruncated,
                Where(partition.stream) + " holds offsets " +
                    std::to_string(partition.begin.value) + " to " +
                    std::to_string(partition.end.value) + ", and the change log goes on at " +
                    std::to_string(position.next.value) +
                    ": records are gone that were never read; " + kAnotherName);
  if (position.topic_id.empty()) position.topic_id = partition.topic_id;
  return ports_.log.Start(partition.stream, position.next);
}

Failure Changelog::Turn(std::chrono::milliseconds longest) {
  const int64_t now_us = ports_.clock.NowUs();
  if (now_us >= list_us_)
    if (Failure failure = LookForPartitions(); !IsDone(failure)) return failure;
  records_.clear();
  Failure read = ports_.log.Read(records_, settings_.read_most, longest);
  if (read.verdict.disposition == Disposition::kHalt) return read;
  if (!IsDone(read)) {
    stats_.hold_reason = read.detail;
    stats_.hold = read.verdict.reason;
    list_us_ = std::min(list_us_, now_us + kAskInTroubleUs);  // whether it is over
  } else if (!started_.empty()) {
    stats_.hold_reason.clear();
    stats_.hold = FailureReason::kNone;
    stats_.state = ChangelogStats::State::kRunning;
  }
  rejections_.Read(records_.size());
  for (const OwnedRecord& record : records_)
    if (Failure failure = Take(record); !IsDone(failure)) return failure;
  PassEnds();
  if (rows_open_ >= settings_.keep_rows_most || ports_.clock.NowUs() >= keep_us_)
    if (Failure failure = Keep(); !IsDone(failure)) return failure;
  CountLag();
  stats_.turn_us = ports_.clock.NowUs();
  ports_.observer.OnChangelogStats(stats_);
  return {};
}

Failure Changelog::Take(const OwnedRecord& record) {
  LogPosition& position = positions_[record.stream];
  if (record.offset < position.next) return {};
  if (Failure failure = Tell(record, position); !IsDone(failure)) return failure;
  position.next = record.offset.Next();
  return {};
}

/// What stands behind the last record and is none will never come: to wait before it would be to
/// miss it when the log's beginning has moved past it.
void Changelog::PassEnds() {
  for (const TopicPartition& stream : started_) {
    LogPosition& position = positions_[stream];
    position.next = std::max(position.next, Offset{ports_.log.EndMet(stream)});
  }
}

Failure Changelog::Tell(const OwnedRecord& owned, LogPosition& position) {
  Record record;
  record.offset = owned.offset;
  record.timestamp_ms = owned.timestamp_ms;
  if (owned.key) record.key = *owned.key;
  if (owned.value) record.value = *owned.value;
  const auto text = HeaderOf(owned);
  RowChange change;
  ports_.decoder.Decode(record, text, change);
  if (const auto header = text ? ParseChangeHeader(*text) : std::nullopt;
      header && TellsChange(change.kind) &&
      !ToldOf(position, WordOf(change.source))
           .Take(header->epoch, header->version, change.commit_ms)) {
    Settle(ChangelogFate::kAgain);
    return {};
  }
  const RowPlan plan = PlanChangelogRows(
      settings_.spec, wanted_, change,
      {owned.stream, owned.offset, owned.timestamp_ms, owned.key.has_value()}, rows_);
  switch (plan.result) {
    case RowPlan::Result::kReject: return Refuse(owned, plan.reject, plan.column);
    case RowPlan::Result::kNoChange:
      if (change.kind == EventKind::kTruncate)
        ports_.observer.OnChangelogTruncate(stats_.sink, owned.stream);
      Settle(FateOf(change.kind));
      return {};
    case RowPlan::Result::kRows: break;
  }
  for (const ChangelogRow& row : rows_)
    if (Failure failure = ports_.sink.Append(row); !IsDone(failure)) return failure;
  rows_open_ += rows_.size();
  stats_.rows += rows_.size();
  Settle(rows_.empty() ? ChangelogFate::kUntouched : ChangelogFate::kTold);
  return {};
}

/// A source in positions, where blanks part words. Mostly it is that of the record before.
const std::string& Changelog::WordOf(std::string_view source) {
  constexpr size_t kDigits = 16;
  if (source != source_ || source_word_.empty()) {
    source_ = source;
    source_word_ = Sha256Hex(source).substr(0, kDigits);
  }
  return source_word_;
}

// ---- Dead letters ------------------------------------------------------------------------------

Failure Changelog::Refuse(const OwnedRecord& record, RejectReason reason, std::string_view column) {
  ports_.observer.OnChangelogRefused(stats_.sink, record.stream, record.offset, reason, column);
  if (!rejections_.Refuse())
    return Halt(
        FailureReason::kTooManyRejected,
        "too many of the last " + std::to_string(RejectionShare::kRecords) +
            " records were refused by the change log (dead_letters.max_share); the last one "
            "is " +
            Where(record.stream) + ", offset " + std::to_string(record.offset.value) + ": " +
            RejectReasonName(reason) + (column.empty() ? "" : ", column " + std::string(column)) +
            ". Its table needs REPLICA IDENTITY FULL, and the columns that changelog.fields "
            "and changelog.columns name");
  DeadLetter letter;
  letter.stream = record.stream;
  letter.offset = record.offset;
  if (record.key) letter.key = *record.key;
  if (record.value) letter.value = *record.value;
  letter.headers = record.headers;
  letter.stage = "changelog";
  letter.reason = reason;
  letter.error_type = column;
  letter.attempts = 1;
  letter.first_ms = letter.last_ms = ports_.clock.WallMs();
  if (Failure failure = AwaitLetter(record, letter); !IsDone(failure)) return failure;
  ++stats_.refused[static_cast<size_t>(reason)];
  Settle(ChangelogFate::kRefused);
  return {};
}

/// Nothing passes a record before its dead letter is safe. Where the brokers refuse it as too
/// large, a reference to the record goes in its place.
Failure Changelog::AwaitLetter(const OwnedRecord& record, const DeadLetter& letter) {
  const int64_t until_us = ports_.clock.NowUs() + settings_.letter_timeout_us;
  DeadLetter sent = letter;
  bool open = false;
  std::vector<DeadLetterAck> acks;
  while (ports_.clock.NowUs() < until_us) {
    if (!open) open = ports_.dead_letters.Send(++letter_, sent);
    acks.clear();
    ports_.dead_letters.Poll(acks);
    for (const DeadLetterAck& ack : acks) {
      if (ack.token != letter_) continue;
      if (ack.verdict.disposition == Disposition::kDone) return {};
      open = false;
      if (ack.verdict.disposition == Disposition::kReject) {
        sent.content = DeadLetter::Content::kReference;
        sent.value.reset();
        sent.headers = {};
      }
    }
    ports_.waiter.Wait(kLetterWait);
  }
  return Hold(
      FailureReason::kBrokerRefused,
      "the dead letter of " + Where(record.stream) + ", offset " +
          std::to_string(record.offset.value) +
          " is not acknowledged by the brokers: check that the dead-letter topic exists and "
          "may be written");
}

// ---- Keeping
// ---------------------------------------------------------------------------------------

Failure Changelog::Keep() {
  keep_us_ = ports_.clock.NowUs() + settings_.keep_every_us;
  const bool news = rows_open_ > 0 || positions_ != kept_;
  if (Failure failure = ports_.sink.Keep(RenderLogPositions(positions_)); !IsDone(failure))
    return failure;
  if (news) ++stats_.keeps;
  kept_ = positions_;
  rows_open_ = 0;
  const RowSinkCounts& counts = ports_.sink.counts();
  stats_.bytes += counts.bytes - counted_.bytes;
  stats_.files += counts.files_sealed - counted_.files_sealed;
  counted_ = counts;
  return {};
}

void Changelog::CountLag() {
  stats_.lag = 0;
  for (const TopicPartition& stream : started_) {
    const int64_t end = ports_.log.EndOffset(stream);
    if (end < 0) {
      stats_.lag = -1;
      return;
    }
    const auto kept = kept_.find(stream);
    const int64_t next = kept == kept_.end() ? 0 : kept->second.next.value;
    stats_.lag += std::max<int64_t>(end - next, 0);
  }
}

}  // namespace sluice
