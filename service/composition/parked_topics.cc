#include "service/composition/parked_topics.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "adapters/kafka/admin.h"
#include "core/operations/commit_note.h"
#include "core/operations/sha256.h"
#include "service/composition/adapter_settings.h"
#include "service/config/checks_deliver.h"

namespace sluice::service {
namespace {

constexpr std::chrono::milliseconds kAdminTimeout{10'000};
constexpr const char* kParked = ";parked=";
constexpr size_t kMarkDigits = 8;

std::string MarkOf(const std::string& topic) {
  return Sha256Hex(topic).substr(0, kMarkDigits);
}

/// A parked record is the source's record and two headers: what the source's topic took must fit.
const std::map<std::string, std::string>& ParkedTopicConfig() {
  static const std::map<std::string, std::string> config = {
      {"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"max.message.bytes", "16777216"}};
  return config;
}

Status PrepareOne(const kafka::Admin& admin, const std::string& parked, int32_t partitions) {
  if (Status made = admin.CreateTopic(parked, partitions, ParkedTopicConfig()); !made) return made;
  const auto found = admin.DescribeTopic(parked);
  if (!found) return found.error();
  if (found->partitions == partitions) return {};
  if (found->partitions < partitions) return admin.AddPartitions(parked, partitions);
  return Error{"topic " + parked + " has " + std::to_string(found->partitions) +
                   " partitions and deliver.topic " + std::to_string(partitions),
               "they have to be as many: set another deliver.parked.prefix when the topic is empty "
               "of records that were not delivered"};
}

/// What a destination that is not configured any more has left: nobody would ever send it, and what
/// comes for it meanwhile is refused.
Status CheckLeftBehind(const kafka::Admin& admin, const config::Config& config) {
  const auto topics = admin.ListTopics();
  if (!topics) return topics.error();
  const auto committed = admin.Committed(config.deliver_group_id);
  if (!committed) return committed.error();
  const std::string prefix = config::ParkedTopic(config, "");
  for (const kafka::TopicInfo& topic : *topics) {
    if (!topic.name.starts_with(prefix)) continue;
    const std::string name = topic.name.substr(prefix.size());
    const auto& known = config.deliver_destinations;
    if (std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.first == name; }))
      continue;
    const auto ranges = admin.Offsets(topic.name);
    if (!ranges) return ranges.error();
    int64_t left = 0;
    for (const auto& [partition, range] : *ranges) {
      const auto at = committed->find(partition);
      const int64_t next =
          at == committed->end() ? range.begin.value : at->second.position.next.value;
      left += std::max<int64_t>(0, range.end.value - std::max(next, range.begin.value));
    }
    if (left == 0) continue;
    return Error{topic.name + " holds " + std::to_string(left) + " records of " + name +
                     ", which is not among deliver.destinations",
                 "put it back until they are sent, or delete that topic with what it holds"};
  }
  return {};
}

/// The broker forgets a group's offsets with their topic: one that was deleted looks as if it never
/// was. What the group has committed of deliver.topic says that it was.
Status CheckNoneIsGone(const kafka::Admin& admin, const config::Config& config) {
  const auto topics = admin.ListTopics();
  if (!topics) return topics.error();
  const auto committed = admin.Committed(config.deliver_group_id);
  if (!committed) return committed.error();
  std::set<std::string> there;
  for (const kafka::TopicInfo& topic : *topics) there.insert(topic.name);
  for (const auto& [name, url] : config.deliver_destinations) {
    const std::string parked = config::ParkedTopic(config, name);
    if (there.contains(parked)) continue;
    for (const auto& [partition, commit] : *committed) {
      if (partition.topic != config.deliver_topic || !NoteTellsOf(commit.note, parked)) continue;
      return Error{
          "topic " + parked + " is not there any more, and with it what was parked for " + name,
          "have its rows told again if it held any (see `sluice_parked_records` of the "
          "last run), and go on with another deliver.parked.prefix"};
    }
  }
  return {};
}

}  // namespace

std::string ParkedNote(const config::Config& config) {
  std::string note = RenderCommitNote(NoteOf(false, false)) + kParked;
  for (const auto& [name, url] : config.deliver_destinations) {
    if (note.back() != '=') note += ",";
    note += MarkOf(config::ParkedTopic(config, name));
  }
  return note;
}

bool NoteTellsOf(const std::string& note, const std::string& topic) {
  const size_t at = note.find(kParked);
  return at != std::string::npos && note.find(MarkOf(topic), at) != std::string::npos;
}

Status PrepareParkedTopics(const config::Config& config) {
  const auto admin = kafka::Admin::Open(KafkaSettings(config), kAdminTimeout);
  if (!admin) return admin.error();
  const auto topic = admin->DescribeTopic(config.deliver_topic);
  if (!topic) return topic.error();
  if (Status there = CheckNoneIsGone(*admin, config); !there) return there;
  for (const auto& [name, url] : config.deliver_destinations) {
    Status prepared = PrepareOne(*admin, config::ParkedTopic(config, name), topic->partitions);
    if (!prepared) return prepared;
  }
  return CheckLeftBehind(*admin, config);
}

}  // namespace sluice::service
