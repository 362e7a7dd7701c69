// Entering and leaving the group, and who else is in it.
#include <utility>

#include "adapters/kafka/error_map.h"
#include "adapters/kafka/group_consumer.h"

namespace sluice::kafka {
namespace {

constexpr int kDescribeTimeoutMs = 10'000;
constexpr int64_t kDescribeAgainUs = 500'000;
constexpr const char* kMembersFault = "members";

std::string TextOf(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

std::vector<GroupMember> MembersOf(const rd_kafka_ConsumerGroupDescription_t& group) {
  std::vector<GroupMember> members;
  const size_t count = rd_kafka_ConsumerGroupDescription_member_count(&group);
  members.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_MemberDescription_t* member =
        rd_kafka_ConsumerGroupDescription_member(&group, i);
    members.push_back({TextOf(rd_kafka_MemberDescription_consumer_id(member)),
                       TextOf(rd_kafka_MemberDescription_client_id(member)),
                       TextOf(rd_kafka_MemberDescription_host(member))});
  }
  return members;
}

}  // namespace

Status GroupConsumer::Subscribe() {
  const PartitionList topics(
      rd_kafka_topic_partition_list_new(static_cast<int>(settings_.topics.size()) + 1));
  for (const std::string& topic : settings_.topics) {
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (!settings_.topics_regex.empty()) {
    const std::string whole_name = "^(" + settings_.topics_regex + ")$";
    rd_kafka_topic_partition_list_add(topics.get(), whole_name.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_.get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{"the topics cannot be subscribed to: " + std::string(rd_kafka_err2str(code)),
                 "check kafka.topics and kafka.topics.regex"};
  }
  return {};
}

void GroupConsumer::Join() {
  if (closing_) return;
  const Status status = Subscribe();
  if (status) return;
  Failure failure;
  failure.verdict = {Disposition::kHalt, FailureReason::kInternal, WriteResult::kCreated};
  failure.detail = status.error().ToString();
  Halt(std::move(failure));
}

void GroupConsumer::Leave() {
  if (!closing_) rd_kafka_unsubscribe(client_.get());
}

std::string GroupConsumer::MemberId() const {
  char* const id = rd_kafka_memberid(client_.get());
  std::string text = TextOf(id);
  if (id != nullptr) rd_kafka_mem_free(client_.get(), id);
  return text;
}

void GroupConsumer::AskGroup() {
  if (group_asked_) return;
  group_asked_ = true;
  DescribeGroup();
}

void GroupConsumer::ServeGroup() {
  if (group_again_us_ < 0 || clock_.NowUs() < group_again_us_) return;
  group_again_us_ = -1;
  DescribeGroup();
}

void GroupConsumer::DescribeGroup() {
  if (closing_) return;
  const AdminOptions options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kDescribeTimeoutMs, nullptr, 0);
  const char* name = settings_.group_id.c_str();
  rd_kafka_DescribeConsumerGroups(client_.get(), &name, 1, options.get(), events_.get());
}

void GroupConsumer::OnGroupDescribed(rd_kafka_event_t* event) {
  if (!group_asked_) return;
  rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  const rd_kafka_ConsumerGroupDescription_t* group = nullptr;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t** groups =
        rd_kafka_DescribeConsumerGroups_result_groups(
            rd_kafka_event_DescribeConsumerGroups_result(event), &count);
    if (count == 1) group = groups[0];
    code = group == nullptr ? RD_KAFKA_RESP_ERR__PARTIAL
                            : rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(group));
  }
  SourceEvent answer;
  answer.kind = SourceEvent::Kind::kGroup;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    answer.group.members = MembersOf(*group);
  } else if (code != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
    // Brokers from 4.0 say so of a group that nobody has joined yet.
    group_again_us_ = clock_.NowUs() + kDescribeAgainUs;
    faults_.Begin(FaultBook::Place::kGroup, kMembersFault,
                  FailureOf(ErrorPlace::kQuery, code, "the members of group " + settings_.group_id,
                            TextOf(rd_kafka_event_error_string(event))),
                  pending_);
    return;
  }
  group_asked_ = false;
  brokers_suspect_ = false;
  faults_.EndAll(FaultBook::Place::kBrokers, pending_);
  faults_.End(FaultBook::Place::kGroup, kMembersFault, pending_);
  answer.group.own_id = MemberId();
  pending_.push_back(std::move(answer));
}

}  // namespace sluice::kafka
