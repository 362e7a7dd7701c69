#include "adapters/kafka/fault_book.h"

#include <utility>

namespace sluice::kafka {
namespace {

SourceEvent FaultEvent(const Failure& failure) {
  SourceEvent event;
  event.kind = SourceEvent::Kind::kFault;
  event.failure = failure;
  return event;
}

}  // namespace

void FaultBook::Begin(Place place, const std::string& name, Failure failure,
                      std::deque<SourceEvent>& events) {
  const Key key{place, name};
  const auto it = standing_.find(key);
  if (it != standing_.end() && it->second.verdict == failure.verdict) return;
  told_ = key;
  events.push_back(FaultEvent(failure));
  standing_[key] = std::move(failure);
}

void FaultBook::End(Place place, const std::string& name, std::deque<SourceEvent>& events) {
  if (standing_.empty()) return;
  const Key key{place, name};
  if (standing_.contains(key)) Erase(key, events);
}

void FaultBook::EndAll(Place place, std::deque<SourceEvent>& events) {
  if (standing_.empty()) return;
  for (const std::string& name : Names(place)) Erase({place, name}, events);
}

void FaultBook::Erase(const Key& key, std::deque<SourceEvent>& events) {
  standing_.erase(key);
  if (standing_.empty()) {
    SourceEvent event;
    event.kind = SourceEvent::Kind::kRecovered;
    events.push_back(std::move(event));
  } else if (key == told_) {
    told_ = standing_.begin()->first;
    events.push_back(FaultEvent(standing_.begin()->second));
  }
}

bool FaultBook::Stands(Place place) const {
  const auto it = standing_.lower_bound(Key{place, std::string()});
  return it != standing_.end() && it->first.first == place;
}

std::vector<std::string> FaultBook::Names(Place place) const {
  std::vector<std::string> names;
  for (auto it = standing_.lower_bound(Key{place, std::string()});
       it != standing_.end() && it->first.first == place; ++it) {
    names.push_back(it->first.second);
  }
  return names;
}

}  // namespace sluice::kafka
