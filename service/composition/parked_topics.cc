#include "service/composition/parked_topics.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "adapters/kafka/admin.h"
#include "core/operations/group/commit_note.h"
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

/// What the brokers say of topics and of the group, asked for once a try.
struct Sight {
  std::map<std::string, int32_t> partitions;  ///< Of each topic there is.
  std::map<TopicPartition, kafka::Commit> committed;
};

Result<Sight> Look(const kafka::Admin& admin, const std::string& group) {
  const auto topics = admin.ListTopics();
  if (!topics) return topics.error();
  auto committed = admin.Committed(group);
  if (!committed) return committed.error();
  Sight sight;
  for (const kafka::TopicInfo& topic : *topics) sight.partitions[topic.name] = topic.partitions;
  sight.committed = std::move(*committed);
  return sight;
}

Status PrepareOne(const kafka::Admin& admin, const Sight& sight, const std::string& parked,
                  int32_t partitions) {
  int32_t count = 0;
  if (const auto there = sight.partitions.find(parked); there != sight.partitions.end()) {
    count = there->second;
  } else {
    if (Status made = admin.CreateTopic(parked, partitions, ParkedTopicConfig()); !made)
      return made;
    const auto found = admin.DescribeTopic(parked);  // another member may have been first
    if (!found) return found.error();
    count = found->partitions;
  }
  if (count == partitions) return {};
  if (count < partitions) return admin.AddPartitions(parked, partitions);
  return Error{"topic " + parked + " has " + std::to_string(count) +
                   " partitions and deliver.topic " + std::to_string(partitions),
               "they have to be as many: set another deliver.parked.prefix when the topic is empty "
               "of records that were not delivered"};
}

/// What a destination that is not configured any more has left: nobody would ever send it, and what
/// comes for it meanwhile is refused.
Status CheckLeftBehind(const kafka::Admin& admin, const Sight& sight,
                       const config::Config& config) {
  const std::string prefix = config::ParkedTopic(config, "");
  for (const auto& [topic, partitions] : sight.partitions) {
    if (!topic.starts_with(prefix)) continue;
    const std::string name = topic.substr(prefix.size());
    const auto& known = config.deliver_destinations;
    if (std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.first == name; }))
      continue;
    const auto ranges = admin.Offsets(topic);
    if (!ranges) return ranges.error();
    int64_t left = 0;
    for (const auto& [partition, range] : *ranges) {
      const auto at = sight.committed.find(partition);
      const int64_t next =
          at == sight.committed.end() ? range.begin.value : at->second.position.next.value;
      left += std::max<int64_t>(0, range.end.value - std::max(next, range.begin.value));
    }
    if (left == 0) continue;
    return Error{topic + " holds " + std::to_string(left) + " records of " + name +
                     ", which is not among deliver.destinations",
                 "put it back until they are sent, or delete that topic with what it holds"};
  }
  return {};
}

/// The broker forgets a group's offsets with their topic: one that was deleted looks as if it never
/// was. What the group has committed of deliver.topic says that it was.
Status CheckNoneIsGone(const Sight& sight, const config::Config& config) {
  for (const auto& [name, url] : config.deliver_destinations) {
    const std::string parked = config::ParkedTopic(config, name);
    if (sight.partitions.contains(parked)) continue;
    for (const auto& [partition, commit] : sight.committed) {
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
  const auto sight = Look(*admin, config.deliver_group_id);
  if (!sight) return sight.error();
  if (Status there = CheckNoneIsGone(*sight, config); !there) return there;
  for (const auto& [name, url] : config.deliver_destinations) {
    Status prepared =
        PrepareOne(*admin, *sight, config::ParkedTopic(config, name), topic->partitions);
    if (!prepared) return prepared;
  }
  return CheckLeftBehind(*admin, *sight, config);
}

}  // namespace sluice::service
