#include "core/operations/source/incremental_snapshot.h"

#include <algorithm>

namespace sluice {
namespace {

/// The waits below have a bound, and what has none (running transactions) is told as a reason.
constexpr int64_t kRetryUs = 1'000'000;
/// A refused table of the first snapshot is asked for after 1 s, 2 s, … 32 s, 32 s.
constexpr int kDoublingsMax = 5;
/// Kept while the rows of a chunk are being read; then the stream waits for them.
constexpr size_t kMostTouched = 65'536;
constexpr size_t kMostBytes = size_t{16} << 20;
constexpr size_t kMostSeen = 1'000'000;

using NoteKind = IncrementalNote::Kind;

std::string NameOf(const IncrementalProgress::Entry& table) {
  return table.schema + "." + table.name;
}

}  // namespace

void IncrementalSnapshot::OnSignal(const SnapshotSignal& signal, const Means& means) {
  changed_ = true;
  switch (signal.kind) {
    case SnapshotSignal::Kind::kExecute:
      progress_.wanted.insert(progress_.wanted.end(), signal.targets.begin(), signal.targets.end());
      break;
    case SnapshotSignal::Kind::kStop: Remove(signal, means); break;
    case SnapshotSignal::Kind::kPause:
      progress_.paused = true;
      if (progress_.in_first_snapshot()) {
        Note(NoteKind::kRemark, "what is left of the first snapshot is read all the same");
        break;
      }
      seen_.Clear();
      CloseWindow();
      break;
    case SnapshotSignal::Kind::kResume: progress_.paused = false; break;
    case SnapshotSignal::Kind::kLog: Note(NoteKind::kRemark, signal.message); break;
  }
}

void IncrementalSnapshot::Remove(const SnapshotSignal& signal, const Means& means) {
  // What was asked for and not looked up yet is known by what it was called in the signal.
  const auto stopped = [&](const std::string& name) {
    return signal.targets.empty() || std::any_of(signal.targets.begin(), signal.targets.end(),
                                                 [&](const SnapshotTarget& target) {
                                                   return target.pattern == name ||
                                                          means(target.pattern, name);
                                                 });
  };
  size_t count = std::erase_if(
      progress_.wanted, [&](const SnapshotTarget& target) { return stopped(target.pattern); });
  auto& tables = progress_.tables;
  const auto kept = [&](const auto& table) {
    return table.first_snapshot && stopped(NameOf(table));
  };
  if (std::any_of(tables.begin(), tables.end(), kept)) {
    Note(NoteKind::kRemark, "what is left of the first snapshot is read all the same");
    ++count;
  }
  const auto given_up = [&](const auto& table) {
    return !table.first_snapshot && stopped(NameOf(table));
  };
  if (!tables.empty() && given_up(tables.front())) {
    DropFrontTable();
    ++count;
  }
  count += std::erase_if(tables, given_up);
  if (count == 0) Note(NoteKind::kRemark, "there was nothing to stop: signal " + signal.id);
  if (!reads()) seen_.Clear();
}

void IncrementalSnapshot::DropFrontTable() {
  progress_.tables.erase(progress_.tables.begin());
  progress_.last_key.clear();
  progress_.end_key.clear();
  begun_.clear();
  changed_ = true;
  CloseWindow();
}

void IncrementalSnapshot::CloseWindow() {
  window_ = Window::kNone;
  rows_.clear();
  changes_.reset();
  answer_.reset();
}

std::optional<ChunkRequest> IncrementalSnapshot::NextRequest(int64_t now_us) {
  if (busy_ || !reads() || window_ != Window::kNone || now_us < next_us_) return {};
  ChunkRequest request;
  if (!progress_.wanted.empty() && !progress_.paused) {
    request.kind = ChunkRequest::Kind::kFind;
    request.target = progress_.wanted.front();
  } else if (!progress_.tables.empty()) {
    request.id = std::to_string(epoch_) + "-" + std::to_string(++number_);
    request.table = progress_.tables.front();
    request.after = progress_.last_key;
    request.end_key = progress_.end_key;
    window_ = Window::kAwaited;
    changes_.emplace(request.table.key);
  } else {
    return {};
  }
  busy_ = true;
  asked_ = request;
  return request;
}

void IncrementalSnapshot::OnAnswer(ChunkAnswer answer, int64_t now_us) {
  busy_ = false;
  if (!answer.problem.empty()) Note(NoteKind::kRefused, answer.problem);
  if (answer.failure.verdict.disposition != Disposition::kDone) return OnRefused(answer, now_us);
  if (asked_.kind == ChunkRequest::Kind::kFind) {
    if (refusals_ == 0) hold_reason_.clear();
    return OnFound(std::move(answer));
  }
  hold_reason_.clear();
  refusal_ = {};
  refusals_ = 0;
  if (window_ == Window::kNone) return;  // given up meanwhile
  answer_ = std::move(answer);
  NoteBegin();
  if (answer_->table != nullptr) changes_->SetRows(*answer_->table, answer_->rows, answer_->key);
}

void IncrementalSnapshot::OnFound(ChunkAnswer answer) {
  auto& wanted = progress_.wanted;
  if (wanted.empty() || wanted.front() != asked_.target) return;  // stopped meanwhile
  wanted.erase(wanted.begin());
  changed_ = true;
  for (auto& table : answer.found) {
    // One that is being read already has rows behind it that may have changed since.
    const auto queued = progress_.tables.begin() + (progress_.last_key.empty() ? 0 : 1);
    if (std::find(queued, progress_.tables.end(), table) != progress_.tables.end()) continue;
    progress_.tables.push_back(std::move(table));
  }
  if (!active()) seen_.Clear();
}

void IncrementalSnapshot::OnRefused(const ChunkAnswer& answer, int64_t now_us) {
  const bool read = asked_.kind == ChunkRequest::Kind::kRead;
  const bool given_up = read
                            ? window_ == Window::kNone
                            : progress_.wanted.empty() || progress_.wanted.front() != asked_.target;
  CloseWindow();
  if (given_up) return;
  if (read && progress_.in_first_snapshot()) return Hold(answer.failure, now_us);
  const Disposition disposition = answer.failure.verdict.disposition;
  if (disposition == Disposition::kRetry || disposition == Disposition::kHold) {
    hold_reason_ = answer.failure.detail;
    next_us_ = now_us + kRetryUs;
    return;
  }
  Note(NoteKind::kRefused, "not read while streaming: " +
                               (read ? NameOf(progress_.tables.front()) : asked_.target.pattern) +
                               ": " + answer.failure.detail);
  if (read) {
    DropFrontTable();
  } else {
    progress_.wanted.erase(progress_.wanted.begin());
    changed_ = true;
  }
}

// Nobody asks for it again: without it the first snapshot would count as done and not be.
void IncrementalSnapshot::Hold(const Failure& failure, int64_t now_us) {
  hold_reason_ = "the first snapshot is not done: " + failure.detail;
  if (refusal_.detail != hold_reason_) Note(NoteKind::kHeld, hold_reason_);
  refusal_ = failure;
  refusal_.detail = hold_reason_;
  next_us_ = now_us + (kRetryUs << std::min(refusals_, kDoublingsMax));
  ++refusals_;
}

bool IncrementalSnapshot::waits_for_answer() const {
  return busy_ && window_ == Window::kOpen &&
         (changes_->kept_rows() >= kMostTouched || changes_->kept_bytes() >= kMostBytes ||
          seen_.size() >= kMostSeen);
}

bool IncrementalSnapshot::OnWatermark(std::string_view content, int64_t now_us) {
  // Those of earlier runs, and of chunks that were given up, come by too.
  if (window_ == Window::kNone || !content.starts_with(asked_.id)) return false;
  const std::string_view which = content.substr(asked_.id.size());
  if (which == " low" && window_ == Window::kAwaited) {
    window_ = Window::kOpen;
    seen_.MarkLow();
  }
  if (which != " high" || window_ != Window::kOpen) return false;
  if (!answer_) {  // the reader has told too late
    next_us_ = now_us + kRetryUs;
    CloseWindow();
    return false;
  }
  const bool misses = seen_.Misses(answer_->visible);
  if (misses || changes_->spoiled()) {
    ++repeated_;
    hold_reason_ =
        misses ? "rows are read again until transactions that were running have ended" : "";
    next_us_ = now_us + kRetryUs;
    CloseWindow();
    return false;
  }
  hold_reason_.clear();
  rows_ = changes_->Rest();
  table_rows_ += rows_.size();
  window_ = Window::kTelling;
  AdvanceProgress();
  return true;
}

void IncrementalSnapshot::AdvanceProgress() {
  changed_ = true;
  if (answer_->last) {
    notes_.push_back({NoteKind::kEnds, "", NameOf(progress_.tables.front()), table_rows_});
    begun_.clear();
    progress_.tables.erase(progress_.tables.begin());
    progress_.last_key.clear();
    progress_.end_key.clear();
    return;
  }
  progress_.last_key.clear();
  const Row last = answer_->rows[answer_->rows.size() - 1];
  for (const uint32_t column : answer_->key) {
    progress_.last_key.emplace_back(last[column].text);
  }
  progress_.end_key = answer_->end_key;
}

void IncrementalSnapshot::EndRows() {
  if (window_ != Window::kTelling) return;
  CloseWindow();
  if (!reads()) seen_.Clear();
}

void IncrementalSnapshot::OnChange(const SourceChange& change) {
  const IncrementalProgress::Entry& read = progress_.tables.front();
  if (change.table->name != read.name || change.table->schema != read.schema) return;
  changes_->OnChange(change);
}

void IncrementalSnapshot::Note(NoteKind kind, std::string text) {
  notes_.push_back({kind, std::move(text), "", 0});
}

// Only with the first answer: what cannot be read never begins.
void IncrementalSnapshot::NoteBegin() {
  std::string name = NameOf(progress_.tables.front());
  if (begun_ == name) return;
  notes_.push_back({NoteKind::kBegins, "", name, 0});
  begun_ = std::move(name);
  table_rows_ = 0;
}

}  // namespace sluice
