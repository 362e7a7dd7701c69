#include "adapters/kafka/admin.h"

#include <array>
#include <utility>

#include "adapters/kafka/commit_list.h"
#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/topic_id.h"

namespace sluice::kafka {
namespace {

Error ErrorOf(rd_kafka_resp_err_t code, const std::string& what, const char* text = nullptr) {
  return Error{FailureOf(ErrorPlace::kQuery, code, what, text == nullptr ? "" : text).detail, ""};
}

constexpr std::chrono::milliseconds kCoordinatorPause{100};

/// That another answer comes by itself.
bool IsPassing(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
         code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

}  // namespace

Result<Admin> Admin::Open(const Settings& settings, std::chrono::milliseconds timeout) {
  Result<Conf> conf = MakeAdminConf(settings);
  if (!conf) return conf.error();
  // A producer that produces nothing: a consumer would need a group for some of the questions.
  Result<Client> client = MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return client.error();
  return Admin(std::move(*client), timeout);
}

AdminOptions Admin::Options(rd_kafka_admin_op_t operation) const {
  AdminOptions options(rd_kafka_AdminOptions_new(client_.get(), operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(timeout_.count()),
                                            nullptr, 0);
  return options;
}

template <typename Ask>
auto Admin::AskCoordinator(const Ask& ask) const {
  const Queue nothing(rd_kafka_queue_new(client_.get()));
  for (std::chrono::milliseconds waited{0};; waited += kCoordinatorPause) {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    auto answer = ask(code);
    if (answer || !IsPassing(code) || waited >= timeout_) return answer;
    const Event never(rd_kafka_queue_poll(nothing.get(), kCoordinatorPause.count()));
  }
}

Result<Event> Admin::Await(rd_kafka_queue_t* queue, const std::string& what,
                           rd_kafka_resp_err_t* told) const {
  // The library answers within its own timeout; the second more only guards against its absence.
  Event event(rd_kafka_queue_poll(queue, static_cast<int>(timeout_.count()) + 1'000));
  if (!event) return ErrorOf(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
  if (told != nullptr) *told = code;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ErrorOf(code, what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

Result<std::string> Admin::ClusterId() const {
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER);
  rd_kafka_DescribeCluster(client_.get(), options.get(), queue.get());
  Result<Event> event = Await(queue.get(), "the cluster");
  if (!event) return event.error();
  const char* id = rd_kafka_DescribeCluster_result_cluster_id(
      rd_kafka_event_DescribeCluster_result(event->get()));
  return std::string(id == nullptr ? "" : id);
}

Result<std::vector<TopicInfo>> Admin::ListTopics() const {
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(client_.get(), 1, nullptr, &raw, static_cast<int>(timeout_.count()));
  const Metadata metadata(raw);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, "the list of topics");
  std::vector<TopicInfo> topics;
  topics.reserve(static_cast<size_t>(metadata->topic_cnt));
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    topics.push_back({metadata->topics[i].topic, metadata->topics[i].partition_cnt});
  }
  return topics;
}

Result<TopicInfo> Admin::DescribeTopic(const std::string& topic) const {
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  const char* name = topic.c_str();
  const std::unique_ptr<rd_kafka_TopicCollection_t, Freer<rd_kafka_TopicCollection_destroy>> names(
      rd_kafka_TopicCollection_of_topic_names(&name, 1));
  rd_kafka_DescribeTopics(client_.get(), names.get(), options.get(), queue.get());
  Result<Event> event = Await(queue.get(), "topic " + topic);
  if (!event) return event.error();
  const auto topics = DescribedTopics(event->get());
  if (topics.size() != 1) return ErrorOf(RD_KAFKA_RESP_ERR__PARTIAL, "topic " + topic);
  const rd_kafka_resp_err_t code = CodeOf(*topics[0]);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, "topic " + topic);
  size_t partitions = 0;
  rd_kafka_TopicDescription_partitions(topics[0], &partitions);
  return TopicInfo{topic, static_cast<int32_t>(partitions)};
}

Result<GroupInfo> Admin::DescribeGroup(const std::string& group) const {
  return AskCoordinator([&](rd_kafka_resp_err_t& code) { return AskGroup(group, code); });
}

Result<GroupInfo> Admin::AskGroup(const std::string& group, rd_kafka_resp_err_t& code) const {
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
  const char* name = group.c_str();
  rd_kafka_DescribeConsumerGroups(client_.get(), &name, 1, options.get(), queue.get());
  Result<Event> event = Await(queue.get(), "group " + group, &code);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** groups =
      rd_kafka_DescribeConsumerGroups_result_groups(
          rd_kafka_event_DescribeConsumerGroups_result(event->get()), &count);
  if (count != 1) return ErrorOf(RD_KAFKA_RESP_ERR__PARTIAL, "group " + group);
  code = rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(groups[0]));
  // Brokers from 4.0 say so of a group that nobody has joined yet; older ones call it dead.
  if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return GroupInfo{"Dead", 0};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, "group " + group);
  return GroupInfo{
      rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(groups[0])),
      rd_kafka_ConsumerGroupDescription_member_count(groups[0])};
}

Result<std::map<TopicPartition, Commit>> Admin::Committed(const std::string& group) const {
  return AskCoordinator([&](rd_kafka_resp_err_t& code) { return AskCommitted(group, code); });
}

Result<std::map<TopicPartition, Commit>> Admin::AskCommitted(const std::string& group,
                                                             rd_kafka_resp_err_t& code) const {
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
  rd_kafka_ListConsumerGroupOffsets_t* question =
      rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr);
  rd_kafka_ListConsumerGroupOffsets(client_.get(), &question, 1, options.get(), queue.get());
  rd_kafka_ListConsumerGroupOffsets_destroy(question);
  const std::string what = "committed offsets of group " + group;
  Result<Event> event = Await(queue.get(), what, &code);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_group_result_t** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event->get()), &count);
  if (count != 1) return ErrorOf(RD_KAFKA_RESP_ERR__PARTIAL, what);
  code = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, what);
  const rd_kafka_topic_partition_list_t* list = rd_kafka_group_result_partitions(groups[0]);
  std::map<TopicPartition, Commit> committed;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = list->elems[i];
    if (at.offset < 0) continue;
    committed[{at.topic, at.partition}] = {
        {Offset{at.offset}, rd_kafka_topic_partition_get_leader_epoch(&at)}, NoteOf(at)};
  }
  return committed;
}

Result<std::map<TopicPartition, OffsetRange>> Admin::Offsets(const std::string& topic) const {
  const Result<TopicInfo> info = DescribeTopic(topic);
  if (!info) return info.error();
  std::map<TopicPartition, OffsetRange> ranges;
  for (int32_t partition = 0; partition < info->partitions; ++partition) {
    OffsetRange& range = ranges[{topic, partition}];
    const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
        client_.get(), topic.c_str(), partition, &range.begin.value, &range.end.value,
        static_cast<int>(timeout_.count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, "the offsets of topic " + topic);
  }
  return ranges;
}

Status Admin::TopicStatus(const rd_kafka_topic_result_t* const* results, size_t count,
                          const std::string& what) const {
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    return ErrorOf(code, what, rd_kafka_topic_result_error_string(results[i]));
  }
  return {};
}

Status Admin::CreateTopic(const std::string& topic, int32_t partitions,
                          const std::map<std::string, std::string>& config) const {
  return AskForTopic(topic, partitions, config, false);
}

Status Admin::MayCreateTopic(const std::string& topic, int32_t partitions) const {
  return AskForTopic(topic, partitions, {}, true);
}

Status Admin::AskForTopic(const std::string& topic, int32_t partitions,
                          const std::map<std::string, std::string>& config, bool only_check) const {
  std::array<char, 512> text{};
  rd_kafka_NewTopic_t* wanted =
      rd_kafka_NewTopic_new(topic.c_str(), partitions, -1, text.data(), text.size());
  if (wanted == nullptr) return Error{"topic " + topic + ": " + text.data(), ""};
  for (const auto& [name, value] : config) {
    rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str());
  }
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_validate_only(options.get(), only_check ? 1 : 0, nullptr, 0);
  rd_kafka_CreateTopics(client_.get(), &wanted, 1, options.get(), queue.get());
  rd_kafka_NewTopic_destroy(wanted);
  Result<Event> event = Await(queue.get(), "creating topic " + topic);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  return TopicStatus(results, count, "creating topic " + topic);
}

Status Admin::DeleteTopic(const std::string& topic) const {
  rd_kafka_DeleteTopic_t* wanted = rd_kafka_DeleteTopic_new(topic.c_str());
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DELETETOPICS);
  rd_kafka_DeleteTopics(client_.get(), &wanted, 1, options.get(), queue.get());
  rd_kafka_DeleteTopic_destroy(wanted);
  Result<Event> event = Await(queue.get(), "deleting topic " + topic);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  return TopicStatus(results, count, "deleting topic " + topic);
}

Status Admin::AddPartitions(const std::string& topic, int32_t partitions) const {
  std::array<char, 512> text{};
  rd_kafka_NewPartitions_t* wanted = rd_kafka_NewPartitions_new(
      topic.c_str(), static_cast<size_t>(partitions), text.data(), text.size());
  if (wanted == nullptr) return Error{"topic " + topic + ": " + text.data(), ""};
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
  rd_kafka_CreatePartitions(client_.get(), &wanted, 1, options.get(), queue.get());
  rd_kafka_NewPartitions_destroy(wanted);
  Result<Event> event = Await(queue.get(), "adding partitions to topic " + topic);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event->get()), &count);
  return TopicStatus(results, count, "adding partitions to topic " + topic);
}

Status Admin::DeleteRecordsBefore(const TopicPartition& stream, Offset beginning) const {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), stream.topic.c_str(), stream.partition)->offset =
      beginning.value;
  rd_kafka_DeleteRecords_t* wanted = rd_kafka_DeleteRecords_new(list.get());
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DELETERECORDS);
  rd_kafka_DeleteRecords(client_.get(), &wanted, 1, options.get(), queue.get());
  rd_kafka_DeleteRecords_destroy(wanted);
  Result<Event> event = Await(queue.get(), "deleting records of topic " + stream.topic);
  if (!event) return event.error();
  const rd_kafka_topic_partition_list_t* results =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event->get()));
  for (int i = 0; i < results->cnt; ++i) {
    if (results->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ErrorOf(results->elems[i].err, "deleting records of topic " + stream.topic);
    }
  }
  return {};
}

}  // namespace sluice::kafka
