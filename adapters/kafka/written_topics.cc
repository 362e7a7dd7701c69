#include "adapters/kafka/written_topics.h"

#include <utility>

namespace sluice::kafka {
namespace {

/// No broker gives such an id.
constexpr const char* kBroken = "lost";

std::string SentenceOf(const std::string& topic, const std::string& written,
                       const std::optional<std::string>& now) {
  if (written == kBroken) return "topic " + topic + " has lost records that the brokers had";
  if (!now) return "topic " + topic + " was deleted, with all records that it had";
  if (written.empty() || now->empty() || written == *now) return "";
  return "topic " + topic + " was deleted and made anew (its id is " + *now + ", and was " +
         written + "): all records that it had are gone";
}

}  // namespace

std::map<std::string, std::string> LostTopics(const TopicIds& written,
                                              const PresentTopics& present) {
  std::map<std::string, std::string> lost;
  for (const auto& [topic, id] : present) {
    const auto known = written.find(topic);
    if (known == written.end()) continue;
    std::string sentence = SentenceOf(topic, known->second, id);
    if (!sentence.empty()) lost[topic] = std::move(sentence);
  }
  return lost;
}

Failure TopicLost(const std::string& what) {
  return {
      {Disposition::kHalt, FailureReason::kStreamGone, WriteResult::kCreated},
      "",
      what +
          "; whoever had not read them misses them. To go on: `sluice capture accept --all -c "
          "FILE`, start again (a topic that is missing is made), and have the rows of its table "
          "told by `sluice capture signal execute-snapshot TABLE -c FILE` (`sluice index` "
          "halts for the new topic too, and names its choices); then `sluice verify --repair` "
          "removes the documents of rows that were deleted meanwhile. To read all rows anew: "
          "set slot.name to another name (a new slot starts with a snapshot)"};
}

void WrittenTopics::Ignore(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  ignored_.insert(topic);
}

void WrittenTopics::GoOn(const TopicIds& recorded) {
  const std::lock_guard lock(mutex_);
  for (const auto& [topic, id] : recorded) ids_.insert_or_assign(topic, id);
  changed_ = ids_ != recorded;
}

void WrittenTopics::BeginAnew() {
  const std::lock_guard lock(mutex_);
  ids_.clear();
  changed_ = true;
}

bool WrittenTopics::Knows(const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  return ids_.contains(topic);
}

std::string WrittenTopics::Note(const std::string& topic, const std::optional<std::string>& id) {
  const std::lock_guard lock(mutex_);
  const auto known = ids_.find(topic);
  if (known != ids_.end()) return SentenceOf(topic, known->second, id);
  if (!id || ignored_.contains(topic)) return "";  // it is still to be made
  ids_[topic] = *id;
  changed_ = true;
  return "";
}

bool WrittenTopics::Break(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  if (ignored_.contains(topic)) return false;
  ids_[topic] = kBroken;
  return changed_ = true;
}

std::optional<TopicIds> WrittenTopics::TakeChanged() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(changed_, false)) return std::nullopt;
  return ids_;
}

void WrittenTopics::PutBack() {
  const std::lock_guard lock(mutex_);
  changed_ = true;
}

}  // namespace sluice::kafka
