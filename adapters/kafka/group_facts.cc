// What the brokers say about whole topics: who they are, where they begin and end, and how far the
// group has read. One round of questions for all topics that are asked for together.
#include <algorithm>
#include <utility>

#include "adapters/kafka/error_map.h"
#include "adapters/kafka/group_consumer.h"
#include "adapters/kafka/topic_id.h"

namespace sluice::kafka {
namespace {

constexpr int kFactsTimeoutMs = 10'000;
constexpr int64_t kFactsAgainUs = 500'000;
/// Tells the questions of a round from others of the same kind.
constexpr uint64_t kFactsBit = uint64_t{1} << 62;
constexpr const char* kFactsFault = "facts";

std::string TextOf(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

using TopicNames =
    std::unique_ptr<rd_kafka_TopicCollection_t, Freer<rd_kafka_TopicCollection_destroy>>;

PartitionList ListOf(const std::vector<StreamFacts>& streams, int64_t offset) {
  PartitionList list(rd_kafka_topic_partition_list_new(16));
  for (const StreamFacts& stream : streams) {
    for (size_t i = 0; i < stream.partitions.size(); ++i) {
      rd_kafka_topic_partition_list_add(list.get(), stream.topic.c_str(), static_cast<int32_t>(i))
          ->offset = offset;
    }
  }
  return list;
}

StreamFacts::Partition* Find(std::vector<StreamFacts>& streams,
                             const rd_kafka_topic_partition_t& name) {
  const auto stream =
      std::find_if(streams.begin(), streams.end(),
                   [&name](const StreamFacts& facts) { return facts.topic == name.topic; });
  if (stream == streams.end() || name.partition < 0) return nullptr;
  const auto partition = static_cast<size_t>(name.partition);
  return partition < stream->partitions.size() ? &stream->partitions[partition] : nullptr;
}

}  // namespace

void GroupConsumer::AskStream(const std::string& topic) {
  facts_wanted_.insert(topic);
}

void GroupConsumer::ServeFacts() {
  if (facts_step_ != FactsStep::kNone || facts_wanted_.empty() || closing_) return;
  if (facts_again_us_ >= 0 && clock_.NowUs() < facts_again_us_) return;
  facts_again_us_ = -1;
  facts_.clear();
  for (const std::string& topic : facts_wanted_) {
    StreamFacts stream;
    stream.topic = topic;
    facts_.push_back(std::move(stream));
  }
  facts_wanted_.clear();
  facts_step_ = FactsStep::kTopics;
  AskFacts();
}

void GroupConsumer::AskFacts() {
  void* const opaque = reinterpret_cast<void*>(kFactsBit | ++facts_number_);
  const auto options_for = [&](rd_kafka_admin_op_t operation) {
    AdminOptions options(rd_kafka_AdminOptions_new(client_.get(), operation));
    rd_kafka_AdminOptions_set_request_timeout(options.get(), kFactsTimeoutMs, nullptr, 0);
    rd_kafka_AdminOptions_set_opaque(options.get(), opaque);
    return options;
  };
  switch (facts_step_) {
    case FactsStep::kNone: return;
    case FactsStep::kTopics: AskTopics(opaque); return;
    case FactsStep::kBeginnings:
    case FactsStep::kEnds: {
      const bool ends = facts_step_ == FactsStep::kEnds;
      const PartitionList list =
          kafka::ListOf(facts_, ends ? RD_KAFKA_OFFSET_SPEC_LATEST : RD_KAFKA_OFFSET_SPEC_EARLIEST);
      const AdminOptions options = options_for(RD_KAFKA_ADMIN_OP_LISTOFFSETS);
      rd_kafka_ListOffsets(client_.get(), list.get(), options.get(), events_.get());
      return;
    }
    case FactsStep::kCommitted: {
      const PartitionList list = kafka::ListOf(facts_, RD_KAFKA_OFFSET_INVALID);
      rd_kafka_ListConsumerGroupOffsets_t* question =
          rd_kafka_ListConsumerGroupOffsets_new(settings_.group_id.c_str(), list.get());
      const AdminOptions options = options_for(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
      rd_kafka_ListConsumerGroupOffsets(client_.get(), &question, 1, options.get(), events_.get());
      rd_kafka_ListConsumerGroupOffsets_destroy(question);
      return;
    }
  }
}

void GroupConsumer::AskTopics(void* opaque) {
  // The library asks the controller. Where there is none, as while a new one is chosen, any broker
  // knows; the only one whose number can be guessed is the first.
  constexpr int kControllerTimeoutMs = 3'000;
  constexpr int32_t kFirstBroker = 1;
  const AdminOptions options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kControllerTimeoutMs, nullptr, 0);
  rd_kafka_AdminOptions_set_opaque(options.get(), opaque);
  if (facts_of_first_broker_)
    rd_kafka_AdminOptions_set_broker(options.get(), kFirstBroker, nullptr, 0);
  std::vector<const char*> names;
  names.reserve(facts_.size());
  for (const StreamFacts& stream : facts_) names.push_back(stream.topic.c_str());
  const TopicNames topics(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  rd_kafka_DescribeTopics(client_.get(), topics.get(), options.get(), events_.get());
}

bool GroupConsumer::IsOfFacts(rd_kafka_event_t* event) const {
  const rd_kafka_event_type_t type = rd_kafka_event_type(event);
  if (type != RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT && type != RD_KAFKA_EVENT_LISTOFFSETS_RESULT &&
      type != RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT) {
    return false;
  }
  return (reinterpret_cast<uint64_t>(rd_kafka_event_opaque(event)) & kFactsBit) != 0;
}

void GroupConsumer::OnFacts(rd_kafka_event_t* event) {
  const auto number = reinterpret_cast<uint64_t>(rd_kafka_event_opaque(event));
  if (number != (kFactsBit | facts_number_) || facts_step_ == FactsStep::kNone) return;
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    FactsFailed(code, rd_kafka_event_error_string(event));
    return;
  }
  bool taken = true;
  switch (facts_step_) {
    case FactsStep::kNone: return;
    case FactsStep::kTopics:
      taken = TakeTopics(event);
      facts_step_ = FactsStep::kBeginnings;
      break;
    case FactsStep::kBeginnings:
      taken = TakeOffsets(event);
      facts_step_ = FactsStep::kEnds;
      break;
    case FactsStep::kEnds:
      taken = TakeOffsets(event);
      facts_step_ = FactsStep::kCommitted;
      break;
    case FactsStep::kCommitted:
      if (!TakeCommitted(event)) return;
      facts_step_ = FactsStep::kNone;
      faults_.End(FaultBook::Place::kGroup, kFactsFault, pending_);
      for (StreamFacts& stream : facts_) {
        SourceEvent answer;
        answer.kind = SourceEvent::Kind::kStreamFacts;
        answer.stream = std::move(stream);
        pending_.push_back(std::move(answer));
      }
      facts_.clear();
      return;
  }
  if (taken) AskFacts();
}

bool GroupConsumer::TakeTopics(rd_kafka_event_t* event) {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__PARTIAL;
  char* const cluster = rd_kafka_clusterid(client_.get(), 0);  // known since the first answer
  const std::string cluster_id = TextOf(cluster);
  rd_kafka_mem_free(client_.get(), cluster);
  for (const rd_kafka_TopicDescription_t* topic : DescribedTopics(event)) {
    const rd_kafka_resp_err_t error = CodeOf(*topic);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      code = error;
      continue;
    }
    for (StreamFacts& stream : facts_) {
      if (stream.topic != rd_kafka_TopicDescription_name(topic)) continue;
      size_t partitions = 0;
      rd_kafka_TopicDescription_partitions(topic, &partitions);
      stream.partitions.resize(partitions);
      stream.topic_id = TopicIdOf(*topic);
      stream.cluster_id = cluster_id;
    }
  }
  // A topic that cannot be described does not keep the others waiting.
  for (const StreamFacts& stream : facts_) {
    if (stream.partitions.empty()) facts_wanted_.insert(stream.topic);
  }
  std::erase_if(facts_, [](const StreamFacts& stream) { return stream.partitions.empty(); });
  if (!facts_wanted_.empty()) facts_again_us_ = clock_.NowUs() + kFactsAgainUs;
  if (!facts_.empty()) return true;
  FactsFailed(code, nullptr);
  return false;
}

bool GroupConsumer::TakeOffsets(rd_kafka_event_t* event) {
  size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_topic_partition_t* found =
        rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    StreamFacts::Partition* const partition = Find(facts_, *found);
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR || partition == nullptr || found->offset < 0) {
      FactsFailed(
          found->err != RD_KAFKA_RESP_ERR_NO_ERROR ? found->err : RD_KAFKA_RESP_ERR__PARTIAL,
          nullptr);
      return false;
    }
    (facts_step_ == FactsStep::kEnds ? partition->end : partition->beginning) = found->offset;
  }
  return true;
}

bool GroupConsumer::TakeCommitted(rd_kafka_event_t* event) {
  size_t count = 0;
  const rd_kafka_group_result_t** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
  const rd_kafka_error_t* error = count == 1 ? rd_kafka_group_result_error(groups[0]) : nullptr;
  const rd_kafka_topic_partition_list_t* list =
      count == 1 && error == nullptr ? rd_kafka_group_result_partitions(groups[0]) : nullptr;
  rd_kafka_resp_err_t code =
      error != nullptr ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR__PARTIAL;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    code = list->elems[i].err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    StreamFacts::Partition* const partition = Find(facts_, list->elems[i]);
    if (partition != nullptr && list->elems[i].offset >= 0) {
      partition->committed = list->elems[i].offset;
    }
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  FactsFailed(code, nullptr);
  return false;
}

void GroupConsumer::FactsFailed(rd_kafka_resp_err_t code, const char* text) {
  for (const StreamFacts& stream : facts_) facts_wanted_.insert(stream.topic);
  const std::string where =
      facts_wanted_.empty() ? "topics" : "facts about topic " + *facts_wanted_.begin();
  facts_.clear();
  if (facts_step_ == FactsStep::kTopics && code == RD_KAFKA_RESP_ERR__TIMED_OUT)
    facts_of_first_broker_ = !facts_of_first_broker_;
  facts_step_ = FactsStep::kNone;
  facts_again_us_ = clock_.NowUs() + kFactsAgainUs;
  faults_.Begin(FaultBook::Place::kGroup, kFactsFault,
                FailureOf(ErrorPlace::kQuery, code, where, TextOf(text)), pending_);
}

}  // namespace sluice::kafka
