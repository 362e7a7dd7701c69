#include "service/check/run_checks.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <regex>
#include <system_error>
#include <utility>

#include "adapters/elasticsearch/cluster_check.h"
#include "adapters/elasticsearch/index_names.h"

namespace sluice::check {
namespace {

using kafka::TopicInfo;

const TopicInfo* Find(const std::vector<TopicInfo>& topics, const std::string& name) {
  const auto it = std::find_if(topics.begin(), topics.end(),
                               [&name](const TopicInfo& topic) { return topic.name == name; });
  return it == topics.end() ? nullptr : &*it;
}

std::string Partitions(int32_t count) {
  return std::to_string(count) + (count == 1 ? " partition" : " partitions");
}

}  // namespace

Checks::Checks(CheckPlan plan, const Clock& clock, std::function<void(const Finding&)> tell)
    : plan_(std::move(plan)),
      clock_(clock),
      tell_(std::move(tell)),
      topics_(plan_.consumer.topics) {}

std::vector<Finding> Checks::Run() {
  CheckBrokers();
  if (!plan_.folder.empty()) CheckFolder();
  if (!plan_.search.urls.empty()) {
    CheckSearchNodes();
    CheckDestinations();
  }
  return findings_;
}

void Checks::Tell(Finding finding) {
  finding.took_ms = (clock_.NowUs() - began_us_) / 1'000;
  tell_(finding);
  findings_.push_back(std::move(finding));
  Begin();
}

void Checks::TellSkipped(const std::string& name, const std::string& because) {
  Tell({name, Verdict::kSkipped, because, "", 0});
}

void Checks::CheckBrokers() {
  Begin();
  const std::string name = "kafka.brokers";
  Result<kafka::Admin> admin = kafka::Admin::Open(plan_.kafka, plan_.timeout);
  if (!admin) {
    Tell(FindingOf(name, Verdict::kNo, admin.error().ToString()));
  } else if (const Result<std::string> id = admin->ClusterId(); !id) {
    Tell(FindingOf(name, Verdict::kNo, plan_.kafka.brokers + ": " + id.error().ToString()));
  } else {
    Tell({name, Verdict::kOk, plan_.kafka.brokers + " answers, cluster " + *id, "", 0});
    CheckTopics(*admin);
    if (!plan_.options.group.empty()) CheckGroup(*admin);
    return;
  }
  const std::string because = "the brokers were not reached";
  for (const std::string& topic : plan_.consumer.topics) TellSkipped("topic " + topic, because);
  if (!plan_.consumer.topics_regex.empty()) TellSkipped(plan_.options.topics_regex, because);
  for (const std::string& topic : plan_.made) TellSkipped("topic " + topic, because);
  TellSkipped(plan_.options.dead_letters, because);
  if (!plan_.options.group.empty()) TellSkipped(plan_.options.group, because);
}

void Checks::CheckTopics(const kafka::Admin& admin) {
  const Result<std::vector<TopicInfo>> all = admin.ListTopics();
  const std::vector<TopicInfo> known = all ? *all : std::vector<TopicInfo>();
  for (const std::string& topic : plan_.consumer.topics) CheckTopic(admin, known, topic);
  if (!plan_.consumer.topics_regex.empty()) {
    if (all) {
      CheckExpression(known);
    } else {
      Tell(FindingOf(plan_.options.topics_regex, Verdict::kNo, all.error().ToString()));
    }
  }
  for (const std::string& topic : plan_.made)
    CheckOwnTopic(admin, known, "topic " + topic, topic, "the start creates it");
  CheckOwnTopic(admin, known, plan_.options.dead_letters, plan_.dead_letters.topic,
                "the first dead letter may create it");
}

void Checks::CheckTopic(const kafka::Admin& admin, const std::vector<TopicInfo>& all,
                        const std::string& topic) {
  const std::string name = "topic " + topic;
  if (const TopicInfo* info = Find(all, topic); info != nullptr) {
    Tell({name, Verdict::kOk, Partitions(info->partitions), "", 0});
    return;
  }
  // Not in the list: missing, or not for this account to see. The direct question tells which.
  const Result<TopicInfo> described = admin.DescribeTopic(topic);
  if (described) {
    Tell({name, Verdict::kOk, Partitions(described->partitions), "", 0});
    return;
  }
  Finding finding = FindingOf(name, Verdict::kNo, described.error().ToString());
  if (finding.text.find("Unknown topic") != std::string::npos) {
    finding.text = "there is no such topic";
    finding.fix = "correct " + plan_.options.topics +
                  ", register the connector that writes it, or create it: "
                  "kafka-topics.sh --bootstrap-server " +
                  plan_.kafka.brokers + " --create --topic " + topic + " --partitions 6";
  }
  Tell(std::move(finding));
}

void Checks::CheckExpression(const std::vector<TopicInfo>& all) {
  size_t count = 0;
  int32_t partitions = 0;
  const std::regex expression(plan_.consumer.topics_regex, std::regex::extended);  // was validated
  for (const TopicInfo& topic : all) {
    if (!std::regex_match(topic.name, expression)) continue;
    ++count;
    partitions += topic.partitions;
    if (std::find(topics_.begin(), topics_.end(), topic.name) == topics_.end()) {
      topics_.push_back(topic.name);
    }
  }
  if (count == 0) {
    Tell(
        {plan_.options.topics_regex, Verdict::kNo,
         "none of " + std::to_string(all.size()) + " topics matches " + plan_.consumer.topics_regex,
         "correct the expression, which must match whole names, or register the connector", 0});
    return;
  }
  Tell({plan_.options.topics_regex, Verdict::kOk,
        std::to_string(count) + (count == 1 ? " topic" : " topics") + " with " +
            Partitions(partitions),
        "", 0});
}

/// One that is made when it is missing.
void Checks::CheckOwnTopic(const kafka::Admin& admin, const std::vector<TopicInfo>& all,
                           const std::string& name, const std::string& topic, const char* when) {
  if (const TopicInfo* info = Find(all, topic); info != nullptr) {
    Tell({name, Verdict::kOk, topic + " has " + Partitions(info->partitions), "", 0});
    return;
  }
  const Status may = admin.MayCreateTopic(topic, plan_.dead_letters.create_partitions);
  if (may) {
    Tell({name, Verdict::kOk, topic + " is missing; " + when, "", 0});
    return;
  }
  Finding finding = FindingOf(name, Verdict::kNo, may.error().ToString());
  finding.fix = "create it: kafka-topics.sh --bootstrap-server " + plan_.kafka.brokers +
                " --create --topic " + topic + " --partitions 1, or grant Create on it";
  Tell(std::move(finding));
}

void Checks::CheckGroup(const kafka::Admin& admin) {
  const std::string& name = plan_.options.group;
  const std::string& group = plan_.consumer.group_id;
  const Result<kafka::GroupInfo> info = admin.DescribeGroup(group);
  if (!info) {
    Tell(FindingOf(name, Verdict::kNo, info.error().ToString()));
    return;
  }
  const auto committed = admin.Committed(group);
  if (!committed) {
    Tell(FindingOf(name, Verdict::kNo, committed.error().ToString()));
    return;
  }
  std::string text = group + " has " + std::to_string(info->members) +
                     (info->members == 1 ? " member" : " members") + " (" + info->state + "), ";
  text += committed->empty()
              ? "nothing is committed: topics are read from their beginning"
              : std::to_string(committed->size()) + " partitions have a committed position";
  if (info->members > 0 && plan_.consumer.mode == ConsumptionMode::kExclusive) {
    Tell({name, Verdict::kNo, text + "; kafka.consumption.mode is exclusive: a start is refused",
          "stop that member first, or stand by with kafka.consumption.mode: failover", 0});
    return;
  }
  if (info->members > 0 && plan_.consumer.mode == ConsumptionMode::kFailover)
    text += "; a start stands by until the group is empty";
  Tell({name, Verdict::kOk, std::move(text), "", 0});
}

void Checks::CheckFolder() {
  Begin();
  const std::string& name = plan_.options.folder;
  std::filesystem::path folder = std::filesystem::absolute(plan_.folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "rows/"
  std::error_code error;
  const bool missing = !std::filesystem::exists(folder, error);
  const std::filesystem::path looked_at = missing ? folder.parent_path() : folder;
  if (!std::filesystem::is_directory(looked_at, error)) {
    Tell({name, Verdict::kNo, looked_at.string() + " is no folder",
          "make it, for the account that runs the program", 0});
  } else if (access(looked_at.c_str(), R_OK | W_OK | X_OK) != 0) {
    Tell({name, Verdict::kNo, looked_at.string() + ": " + std::generic_category().message(errno),
          "give this account the rights to read it and to write there", 0});
  } else {
    Tell({name, Verdict::kOk,
          plan_.folder + (missing ? " is missing; the start creates it" : " can be written"), "",
          0});
  }
}

void Checks::CheckSearchNodes() {
  Begin();
  std::vector<Finding> failed;
  for (const std::string& url : plan_.search.urls) {
    elasticsearch::Settings one = plan_.search;
    one.urls = {url};
    elasticsearch::ClusterCheck node(std::move(one), clock_, plan_.timeout);
    const auto cluster = node.Detect();
    const std::string name = "elasticsearch " + url;
    if (cluster) {
      search_reached_ = true;
      const std::string version = cluster->version.empty()
                                      ? " (the account may not see the version)"
                                      : " " + cluster->version;
      Tell({name, Verdict::kOk, cluster->product() + version, "", 0});
    } else {
      failed.push_back(FindingOf(name, Verdict::kNo, cluster.error().ToString()));
    }
  }
  for (Finding& finding : failed) {
    // One node that answers is enough to work.
    if (search_reached_) finding.verdict = Verdict::kWarning;
    Tell(std::move(finding));
  }
}

void Checks::CheckDestinations() {
  elasticsearch::ClusterCheck cluster(plan_.search, clock_, plan_.timeout);
  std::map<std::string, std::string> topic_of;
  Begin();
  for (const std::string& topic : topics_) {
    const auto index = elasticsearch::IndexNameOf(topic, plan_.search.index_names);
    if (!index) {
      Tell(FindingOf("index of " + topic, Verdict::kNo, index.error().ToString()));
      continue;
    }
    const std::string name = "index " + *index;
    const auto [other, first] = topic_of.emplace(*index, topic);
    if (!first) {
      Tell({name, Verdict::kNo,
            "topics " + other->second + " and " + topic + " would both go there",
            "give one of them another name with index.names", 0});
      continue;
    }
    if (!search_reached_) {
      TellSkipped(name, "no search node was reached");
      continue;
    }
    const auto look = cluster.Look(*index);
    if (!look) {
      Tell(FindingOf(name, Verdict::kNo, look.error().ToString()));
      continue;
    }
    const bool refused = look->state == elasticsearch::DestinationLook::State::kRefused;
    Tell(refused ? FindingOf(name, Verdict::kNo, look->text)
                 : Finding{name, Verdict::kOk, look->text, "", 0});
  }
}

}  // namespace sluice::check
