#include "core/operations/index/control_desk.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr int kHaltsBeforeTold = 2;
constexpr int64_t kLookAgainUs = 500'000;

}  // namespace

void ControlDesk::Check(IndexSlot index, const std::string& name, const std::string& topic) {
  if (index.value >= entries_.size()) entries_.resize(index.value + size_t{1});
  Entry& entry = entries_[index.value];
  entry.name = name;
  entry.topic = topic;
  entry.asking = true;
  entry.watched = false;
  entry.halts_seen = 0;
  Ask(entry);
}

void ControlDesk::Leave(IndexSlot index) {
  if (index.value < entries_.size()) entries_[index.value].watched = false;
}

void ControlDesk::Ask(Entry& entry) {
  entry.again_us = -1;
  entry.stream.reset();
  entry.found.reset();
  source_.AskStream(entry.topic);
  Look(entry);
}

void ControlDesk::Look(Entry& entry) {
  if (entry.store_asked) {
    entry.look_again = true;
    return;
  }
  entry.store_asked = true;
  entry.look_again = false;
  store_.Look(entry.name);
}

void ControlDesk::TakeStream(const StreamFacts& stream) {
  for (Entry& entry : entries_) {
    if (!entry.asking || entry.again_us >= 0 || entry.topic != stream.topic) continue;
    entry.stream = stream;
    Decide(entry);
  }
}

bool ControlDesk::Poll(int64_t now_us, std::vector<News>& news) {
  now_us_ = now_us;
  answers_.clear();
  store_.Poll(answers_);
  for (ControlAnswer& answer : answers_) Take(answer);
  for (Entry& entry : entries_) {
    if (entry.again_us >= 0 && entry.again_us <= now_us) Ask(entry);
    Watch(entry);
  }
  const bool any = !answers_.empty() || !news_.empty();
  news.insert(news.end(), std::make_move_iterator(news_.begin()),
              std::make_move_iterator(news_.end()));
  news_.clear();
  return any;
}

void ControlDesk::Take(ControlAnswer& answer) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&answer](const Entry& entry) {
    return entry.name == answer.index;
  });
  if (found == entries_.end()) return;
  Entry& entry = *found;
  if (answer.kind == ControlAnswer::Kind::kHeld) {
    Tell(entry, News::Kind::kHeld, std::move(answer.failure));
    return;
  }
  entry.store_asked = false;
  switch (answer.kind) {
    case ControlAnswer::Kind::kHeld: return;
    case ControlAnswer::Kind::kFound: TakeFound(entry, answer); return;
    case ControlAnswer::Kind::kWritten: TakeWritten(entry, answer); return;
    case ControlAnswer::Kind::kRefused:
      entry.writing = false;
      Look(entry);
      return;
    case ControlAnswer::Kind::kHalted:
      Tell(entry, News::Kind::kHalted, std::move(answer.failure));
      return;
  }
}

void ControlDesk::TakeFound(Entry& entry, ControlAnswer& answer) {
  if (entry.look_again) {
    Look(entry);
    return;
  }
  entry.ticket = answer.ticket;
  if (entry.learning) {
    const KeyEncoding learnt = entry.wanted.key_encoding;
    const KeyEncoding recorded = answer.record ? answer.record->key_encoding : kKeyUnknown;
    if (recorded == learnt) {  // another member was faster
      StopLearning(entry);
    } else if (recorded == kKeyUnknown || answer.record->partitions == 1) {
      if (answer.record) entry.wanted = *answer.record;
      entry.wanted.key_encoding = learnt;
      Store(entry);
      return;
    } else {
      Tell(entry, News::Kind::kHalted, KeyEncodingHalt(*answer.record, learnt));
      return;
    }
  }
  if (!entry.asking) {
    TakeSeen(entry, answer);
    return;
  }
  entry.found = std::move(answer);
  Decide(entry);
}

void ControlDesk::Watch(Entry& entry) {
  const bool due = entry.watched && now_us_ - entry.seen_us >= kWatchEachUs;
  if (due && !entry.store_asked) Look(entry);
}

/// Only the index: what brokers say of a log while they come and go is for an assignment.
void ControlDesk::TakeSeen(Entry& entry, const ControlAnswer& answer) {
  if (!entry.watched) return;
  entry.seen_us = now_us_;
  const ControlSight seen{entry.name, group_, {}, answer.destination, mode_};
  std::optional<Failure> halt = IndexHalt(answer.record.value_or(entry.record), seen);
  if (!halt) {
    entry.halts_seen = 0;
    Tell(entry, News::Kind::kSeen);
  } else if (++entry.halts_seen < kHaltsBeforeTold) {
    // The record may have been read before, and the index after it was moved.
    entry.seen_us += kLookAgainUs - kWatchEachUs;
  } else {
    Tell(entry, News::Kind::kHalted, std::move(*halt));
  }
}

void ControlDesk::TellReady(Entry& entry) {
  entry.asking = false;
  entry.watched = true;
  entry.seen_us = now_us_;
  entry.halts_seen = 0;
  Tell(entry, News::Kind::kReady);
}

void ControlDesk::TakeWritten(Entry& entry, const ControlAnswer& answer) {
  entry.ticket = answer.ticket;
  entry.record = entry.wanted;
  StopLearning(entry);
  if (std::exchange(entry.writing, false)) TellReady(entry);
  if (entry.look_again) Look(entry);
}

void ControlDesk::Decide(Entry& entry) {
  if (!entry.stream || !entry.found || entry.store_asked) return;
  const ControlSight seen{entry.name, group_, *entry.stream, entry.found->destination, mode_};
  ControlDecision decision = DecideControl(entry.found->record, seen);
  if (!decision.remark.empty())
    Tell(entry, News::Kind::kRemark, {{}, "", std::move(decision.remark)});
  switch (decision.kind) {
    case ControlDecision::Kind::kProceed:
      entry.record = std::move(decision.record);
      TellReady(entry);
      return;
    case ControlDecision::Kind::kCreate:
    case ControlDecision::Kind::kReplace:
      entry.wanted = std::move(decision.record);
      entry.writing = true;
      if (decision.kind == ControlDecision::Kind::kCreate) entry.ticket = {};
      Store(entry);
      return;
    case ControlDecision::Kind::kHalt:
      if (++entry.halts_seen < kHaltsBeforeTold) {
        entry.again_us = now_us_ + kLookAgainUs;
        return;
      }
      entry.asking = false;
      Tell(entry, News::Kind::kHalted, std::move(decision.failure));
      return;
  }
}

void ControlDesk::Store(Entry& entry) {
  entry.store_asked = true;
  if (entry.ticket.seq_no < 0) {
    store_.Create(entry.wanted);
  } else {
    store_.Replace(entry.wanted, entry.ticket);
  }
}

void ControlDesk::Learn(IndexSlot index, KeyEncoding encoding) {
  Entry& entry = entries_[index.value];
  entry.record.key_encoding = encoding;
  if (!std::exchange(entry.learning, true)) ++learning_;
  entry.wanted = entry.record;
  // What is stored is read before: another member may have learnt something else.
  Look(entry);
}

void ControlDesk::StopLearning(Entry& entry) {
  if (std::exchange(entry.learning, false)) --learning_;
}

void ControlDesk::Tell(const Entry& entry, News::Kind kind, Failure failure) {
  const auto index = static_cast<uint32_t>(&entry - entries_.data());
  news_.push_back({kind, IndexSlot{index}, std::move(failure)});
}

}  // namespace sluice
