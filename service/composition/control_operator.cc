#include "service/composition/control_operator.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <regex>
#include <utility>

#include "adapters/elasticsearch/index_names.h"
#include "service/composition/adapter_settings.h"

namespace sluice::service {
namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};

}  // namespace

ControlOperator::ControlOperator(const config::Config& config, kafka::Admin admin)
    : config_(config),
      admin_(std::move(admin)),
      records_(SearchSettings(config), clock_, kTimeout) {}

Result<std::unique_ptr<ControlOperator>> ControlOperator::Open(const config::Config& config) {
  auto admin = kafka::Admin::Open(KafkaSettings(config), kTimeout);
  if (!admin) return admin.error();
  return std::unique_ptr<ControlOperator>(new ControlOperator(config, std::move(*admin)));
}

std::vector<std::string> ControlOperator::Named(const std::vector<kafka::TopicInfo>& all) const {
  std::vector<std::string> topics;
  const std::regex expression(config_.kafka_topics_regex, std::regex::extended);
  for (const kafka::TopicInfo& topic : all) {
    const bool named = std::find(config_.kafka_topics.begin(), config_.kafka_topics.end(),
                                 topic.name) != config_.kafka_topics.end();
    if (named || (!config_.kafka_topics_regex.empty() && std::regex_match(topic.name, expression)))
      topics.push_back(topic.name);
  }
  std::sort(topics.begin(), topics.end());
  return topics;
}

Result<std::vector<std::string>> ControlOperator::Indices() {
  const auto all = admin_.ListTopics();
  if (!all) return all.error();
  std::vector<std::string> indices;
  for (const std::string& topic : Named(*all)) {
    const auto name = elasticsearch::IndexNameOf(topic, config_.index_names);
    if (!name) return name.error();
    indices.push_back(*name);
  }
  return indices;
}

Result<ControlView> ControlOperator::Look(const std::string& index) {
  auto view = Find(index);
  if (!view) return view.error();
  if (*view) return std::move(**view);
  return Error{"no topic of this configuration is written to index " + index +
                   ", and no control record tells of one that is there",
               "give the index's name as in `sluice control show`, or correct kafka.topics"};
}

Result<std::optional<ControlView>> ControlOperator::Find(const std::string& index) {
  ControlView view;
  Result<ControlAnswer> answer = records_.Look(index);
  if (!answer) return answer.error();
  view.recorded = std::move(answer->record);
  view.ticket = answer->ticket;
  view.seen.index = index;
  view.seen.group = config_.kafka_group_id;
  view.seen.destination = std::move(answer->destination);
  view.seen.version_mode = PipelineSettingsOf(config_).version_mode;

  const auto all = admin_.ListTopics();
  if (!all) return all.error();
  std::string topic = view.recorded ? view.recorded->topic : "";
  for (const std::string& name : Named(*all)) {
    const auto own = elasticsearch::IndexNameOf(name, config_.index_names);
    if (own && *own == index) topic = name;
  }
  const bool there = std::any_of(all->begin(), all->end(), [&topic](const kafka::TopicInfo& known) {
    return known.name == topic;
  });
  if (!there) return std::optional<ControlView>();
  Result<StreamFacts> stream = admin_.DescribeStream(topic, config_.kafka_group_id);
  if (!stream) return stream.error();
  view.seen.stream = std::move(*stream);
  return std::optional(std::move(view));
}

Status ControlOperator::Apply(const ControlView& view, const ControlChange& change) {
  std::map<TopicPartition, kafka::Commit> commits;
  for (size_t i = 0; i < change.offsets.size(); ++i) {
    if (!change.offsets[i]) continue;
    kafka::Commit& commit = commits[{view.seen.stream.topic, static_cast<int32_t>(i)}];
    commit.position.next = Offset{*change.offsets[i]};
    if (i < change.told.size()) commit.note = RenderCommitNote(change.told[i]);
  }
  if (!commits.empty()) {
    const std::string& group = config_.kafka_group_id;
    const auto info = admin_.DescribeGroup(group);
    if (!info) return info.error();
    if (info->members > 0)
      return Error{"group " + group + " has " + std::to_string(info->members) +
                       (info->members == 1 ? " member" : " members") +
                       ", and its offsets have to be moved",
                   "stop every `sluice index` of the group first"};
    if (Status moved = admin_.SetCommitted(group, commits); !moved) return moved;
  }
  return records_.Write(change.record, view.ticket);
}

}  // namespace sluice::service
