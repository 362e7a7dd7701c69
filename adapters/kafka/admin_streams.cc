// Whole topics with the place of a group in them, and moving that place.
#include <array>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/commit_list.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/topic_id.h"

namespace sluice::kafka {
namespace {

using TopicNames =
    std::unique_ptr<rd_kafka_TopicCollection_t, Freer<rd_kafka_TopicCollection_destroy>>;

Error ErrorOf(rd_kafka_resp_err_t code, const std::string& what) {
  return Error{FailureOf(ErrorPlace::kQuery, code, what, "").detail, ""};
}

}  // namespace

Result<StreamFacts> Admin::DescribeStream(const std::string& topic,
                                          const std::string& group) const {
  StreamFacts stream;
  stream.topic = topic;
  Result<std::string> cluster = ClusterId();
  if (!cluster) return cluster.error();
  stream.cluster_id = std::move(*cluster);

  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  const char* name = topic.c_str();
  const TopicNames names(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  rd_kafka_DescribeTopics(client_.get(), names.get(), options.get(), queue.get());
  Result<Event> event = Await(queue.get(), "topic " + topic);
  if (!event) return event.error();
  const auto topics = DescribedTopics(event->get());
  if (topics.size() != 1) return ErrorOf(RD_KAFKA_RESP_ERR__PARTIAL, "topic " + topic);
  const rd_kafka_resp_err_t code = CodeOf(*topics[0]);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, "topic " + topic);
  size_t partitions = 0;
  rd_kafka_TopicDescription_partitions(topics[0], &partitions);
  stream.partitions.resize(partitions);
  stream.topic_id = TopicIdOf(*topics[0]);

  const auto beginnings = Offsets(topic, partitions, RD_KAFKA_OFFSET_SPEC_EARLIEST);
  if (!beginnings) return beginnings.error();
  const auto ends = Offsets(topic, partitions, RD_KAFKA_OFFSET_SPEC_LATEST);
  if (!ends) return ends.error();
  auto committed = Committed(group);
  if (!committed) return committed.error();
  for (size_t i = 0; i < partitions; ++i) {
    const auto number = static_cast<int32_t>(i);
    StreamFacts::Partition& at = stream.partitions[i];
    at.beginning = beginnings->at(number);
    at.end = ends->at(number);
    const auto found = committed->find({topic, number});
    if (found == committed->end()) continue;
    at.committed = found->second.position.next.value;
    at.note = std::move(found->second.note);
  }
  return stream;
}

Result<PresentTopics> Admin::FindTopics(const std::vector<std::string>& topics) const {
  PresentTopics found;
  if (topics.empty()) return found;
  std::vector<const char*> wanted;
  wanted.reserve(topics.size());
  for (const std::string& topic : topics) wanted.push_back(topic.c_str());
  const TopicNames names(rd_kafka_TopicCollection_of_topic_names(wanted.data(), wanted.size()));
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  rd_kafka_DescribeTopics(client_.get(), names.get(), options.get(), queue.get());
  Result<Event> event = Await(queue.get(), "looking for topics");
  if (!event) return event.error();
  for (const rd_kafka_TopicDescription_t* topic : DescribedTopics(event->get())) {
    const std::string name = rd_kafka_TopicDescription_name(topic);
    const rd_kafka_resp_err_t code = CodeOf(*topic);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      found[name] = std::nullopt;
    } else if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ErrorOf(code, "topic " + name);
    } else {
      found[name] = TopicIdOf(*topic);
    }
  }
  return found;
}

Result<std::map<int32_t, int64_t>> Admin::Offsets(const std::string& topic, size_t partitions,
                                                  int64_t spec) const {
  const std::string what = "offsets of topic " + topic;
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions)));
  for (size_t i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int32_t>(i))->offset =
        spec;
  }
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_LISTOFFSETS);
  rd_kafka_ListOffsets(client_.get(), list.get(), options.get(), queue.get());
  Result<Event> event = Await(queue.get(), what);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event->get()), &count);
  std::map<int32_t, int64_t> offsets;
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_topic_partition_t* found =
        rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(found->err, what);
    offsets[found->partition] = found->offset;
  }
  if (offsets.size() != partitions) return ErrorOf(RD_KAFKA_RESP_ERR__PARTIAL, what);
  return offsets;
}

Result<std::map<int32_t, int64_t>> Admin::OffsetsAt(const std::string& topic, size_t partitions,
                                                    int64_t wall_ms) const {
  Result<std::map<int32_t, int64_t>> found = Offsets(topic, partitions, wall_ms);
  if (!found) return found;
  const auto ends = Offsets(topic, partitions, RD_KAFKA_OFFSET_SPEC_LATEST);
  if (!ends) return ends.error();
  for (auto& [partition, offset] : *found) {
    if (offset < 0) offset = ends->at(partition);
  }
  return found;
}

Status Admin::SetCommitted(const std::string& group,
                           const std::map<TopicPartition, Commit>& commits) const {
  const std::string what = "moving the offsets of group " + group;
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(commits.size())));
  for (const auto& [stream, commit] : commits)
    AddCommit(client_.get(), list.get(), stream, commit.position, commit.note);
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
  rd_kafka_AlterConsumerGroupOffsets_t* wanted =
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get());
  rd_kafka_AlterConsumerGroupOffsets(client_.get(), &wanted, 1, options.get(), queue.get());
  rd_kafka_AlterConsumerGroupOffsets_destroy(wanted);
  Result<Event> event = Await(queue.get(), what);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_group_result_t** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event->get()), &count);
  if (count != 1) return ErrorOf(RD_KAFKA_RESP_ERR__PARTIAL, what);
  if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[0]))
    return ErrorOf(rd_kafka_error_code(error), what);
  const rd_kafka_topic_partition_list_t* moved = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; moved != nullptr && i < moved->cnt; ++i) {
    if (moved->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return ErrorOf(moved->elems[i].err, what);
  }
  return {};
}

Status Admin::DeleteGroup(const std::string& group) const {
  const std::string what = "deleting group " + group;
  const Queue queue(rd_kafka_queue_new(client_.get()));
  const AdminOptions options = Options(RD_KAFKA_ADMIN_OP_DELETEGROUPS);
  rd_kafka_DeleteGroup_t* wanted = rd_kafka_DeleteGroup_new(group.c_str());
  rd_kafka_DeleteGroups(client_.get(), &wanted, 1, options.get(), queue.get());
  rd_kafka_DeleteGroup_destroy(wanted);
  Result<Event> event = Await(queue.get(), what);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_group_result_t** groups =
      rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event->get()), &count);
  const rd_kafka_error_t* error = count == 1 ? rd_kafka_group_result_error(groups[0]) : nullptr;
  if (error == nullptr || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
    return {};
  return ErrorOf(rd_kafka_error_code(error), what);
}

}  // namespace sluice::kafka
