// Partitions come and go. The library waits for an answer to each rebalance; nothing here blocks
// until a broker answers.
#include <array>
#include <string_view>
#include <utility>

#include "adapters/kafka/commit_list.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/group_consumer.h"

namespace sluice::kafka {
namespace {

constexpr int kAskTimeoutMs = 10'000;
constexpr int64_t kAskAgainUs = 500'000;

}  // namespace

bool GroupConsumer::cooperative() const {
  const char* protocol = rd_kafka_rebalance_protocol(client_.get());
  return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void GroupConsumer::OnRebalance(rd_kafka_event_t* event) {
  const rd_kafka_topic_partition_list_t* partitions = rd_kafka_event_topic_partition_list(event);
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    BeginAssign(*partitions);
  } else {
    BeginRevoke(*partitions);
  }
}

// ---- Being given partitions --------------------------------------------------------------------

void GroupConsumer::BeginAssign(const rd_kafka_topic_partition_list_t& partitions) {
  rebalanced_.reset(rd_kafka_topic_partition_list_copy(&partitions));
  being_assigned_.clear();
  slots_.ForgetAddresses();
  brokers_suspect_ = false;
  faults_.EndAll(FaultBook::Place::kGroup, pending_);
  faults_.EndAll(FaultBook::Place::kBrokers, pending_);
  for (int i = 0; i < partitions.cnt; ++i) {
    const rd_kafka_topic_partition_t& partition = partitions.elems[i];
    topics_read_.insert(partition.topic);
    // Stopping a partition ends its forwarding, so this is done at each assignment.
    const Queue queue(
        rd_kafka_queue_get_partition(client_.get(), partition.topic, partition.partition));
    if (queue) rd_kafka_queue_forward(queue.get(), records_.get());
  }
  if (closing_) {
    AnswerRevoke(rebalanced_.get());
  } else if (partitions.cnt == 0) {
    FinishAssign();
  } else {
    rebalance_ = Rebalance::kReadingOffsets;
    AskCommitted();
  }
}

void GroupConsumer::AskCommitted() {
  rd_kafka_ListConsumerGroupOffsets_t* question =
      rd_kafka_ListConsumerGroupOffsets_new(settings_.group_id.c_str(), rebalanced_.get());
  const AdminOptions options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAskTimeoutMs, nullptr, 0);
  const KafkaError ignored(rd_kafka_AdminOptions_set_require_stable_offsets(options.get(), 1));
  rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(++asked_));
  rd_kafka_ListConsumerGroupOffsets(client_.get(), &question, 1, options.get(), events_.get());
  rd_kafka_ListConsumerGroupOffsets_destroy(question);
}

void GroupConsumer::OnOffsets(rd_kafka_event_t* event) {
  if (rebalance_ != Rebalance::kReadingOffsets ||
      reinterpret_cast<uint64_t>(rd_kafka_event_opaque(event)) != asked_) {
    return;
  }
  const std::string where = "committed offsets of group " + settings_.group_id;
  rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  const rd_kafka_topic_partition_list_t* list = nullptr;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    size_t count = 0;
    const rd_kafka_group_result_t** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    const rd_kafka_error_t* error = count == 1 ? rd_kafka_group_result_error(groups[0]) : nullptr;
    if (count == 1 && error == nullptr) list = rd_kafka_group_result_partitions(groups[0]);
    code = error != nullptr ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  being_assigned_.clear();
  bool beginnings = false;
  for (int i = 0; i < rebalanced_->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    const rd_kafka_topic_partition_t& wanted = rebalanced_->elems[i];
    const rd_kafka_topic_partition_t* found =
        list == nullptr
            ? nullptr
            : rd_kafka_topic_partition_list_find(const_cast<rd_kafka_topic_partition_list_t*>(list),
                                                 wanted.topic, wanted.partition);
    code = found == nullptr ? RD_KAFKA_RESP_ERR__PARTIAL : found->err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    AssignedPartition partition;
    partition.name = {wanted.topic, wanted.partition};
    partition.slot = slots_.NumberOf(partition.name);
    partition.committed = found->offset >= 0;
    beginnings = beginnings || !partition.committed;
    if (partition.committed) {
      partition.start = {Offset{found->offset}, rd_kafka_topic_partition_get_leader_epoch(found)};
      partition.note = NoteOf(*found);
    }
    being_assigned_.push_back(std::move(partition));
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* text = rd_kafka_event_error_string(event);
    RetryAsking(FailureOf(ErrorPlace::kQuery, code, where, text == nullptr ? "" : text));
  } else if (beginnings) {
    rebalance_ = Rebalance::kReadingBeginnings;
    AskBeginnings();
  } else {
    FinishAssign();
  }
}

void GroupConsumer::AskBeginnings() {
  const PartitionList list(rd_kafka_topic_partition_list_new(rebalanced_->cnt));
  for (const AssignedPartition& partition : being_assigned_) {
    if (partition.committed) continue;
    rd_kafka_topic_partition_list_add(list.get(), partition.name.topic.c_str(),
                                      partition.name.partition)
        ->offset = RD_KAFKA_OFFSET_SPEC_EARLIEST;
  }
  const AdminOptions options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_LISTOFFSETS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAskTimeoutMs, nullptr, 0);
  rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(++asked_));
  rd_kafka_ListOffsets(client_.get(), list.get(), options.get(), events_.get());
}

void GroupConsumer::OnBeginnings(rd_kafka_event_t* event) {
  if (rebalance_ != Rebalance::kReadingBeginnings ||
      reinterpret_cast<uint64_t>(rd_kafka_event_opaque(event)) != asked_) {
    return;
  }
  rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos = nullptr;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
  }
  std::map<TopicPartition, int64_t> beginnings;
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_topic_partition_t* found =
        rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) code = found->err;
    beginnings[{found->topic, found->partition}] = found->offset;
  }
  for (AssignedPartition& partition : being_assigned_) {
    if (partition.committed || code != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const auto it = beginnings.find(partition.name);
    if (it == beginnings.end() || it->second < 0) code = RD_KAFKA_RESP_ERR__PARTIAL;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) partition.start = {Offset{it->second}, -1};
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* text = rd_kafka_event_error_string(event);
    RetryAsking(FailureOf(ErrorPlace::kQuery, code, "beginnings of the assigned partitions",
                          text == nullptr ? "" : text));
    return;
  }
  FinishAssign();
}

void GroupConsumer::RetryAsking(const Failure& failure) {
  ask_again_us_ = clock_.NowUs() + kAskAgainUs;
  faults_.Begin(FaultBook::Place::kGroup, "", failure, pending_);
}

void GroupConsumer::FinishAssign() {
  rebalance_ = Rebalance::kNone;
  faults_.EndAll(FaultBook::Place::kGroup, pending_);
  SourceEvent event;
  event.kind = SourceEvent::Kind::kAssigned;
  event.assigned = std::move(being_assigned_);
  being_assigned_.clear();
  std::vector<PartitionSlot> numbers;
  for (const AssignedPartition& partition : event.assigned) {
    SlotState& slot = slots_.At(partition.slot);
    slot.use = SlotState::Use::kAssigned;
    slot.held = false;
    // A beginning is assigned by its name, not its number: the log may move on meanwhile.
    slot.next = partition.committed ? std::optional<Offset>(partition.start.next) : std::nullopt;
    slot.next_epoch = partition.start.leader_epoch;
    slot.end_seen = -1;
    numbers.push_back(partition.slot);
  }
  // The answer is not put off until the core is ready to read: meanwhile no other member could join
  // or leave. The partitions stay paused instead.
  const PartitionList list = ListOf(numbers);
  if (list->cnt > 0) rd_kafka_pause_partitions(client_.get(), list.get());
  AnswerAssign(list.get());
  pending_.push_back(std::move(event));
}

void GroupConsumer::AnswerAssign(rd_kafka_topic_partition_list_t* partitions) {
  if (cooperative()) {
    const KafkaError ignored(rd_kafka_incremental_assign(client_.get(), partitions));
  } else {
    rd_kafka_assign(client_.get(), partitions);
  }
  AfterAnswer();
}

// ---- Giving partitions up ----------------------------------------------------------------------

void GroupConsumer::BeginRevoke(const rd_kafka_topic_partition_list_t& partitions) {
  const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
  rebalanced_.reset(rd_kafka_topic_partition_list_copy(&partitions));
  if (lost) {
    // Either the group went on without us, or no broker answers any more. A broker that ends closes
    // its connections without an error that the library tells of.
    brokers_suspect_ = true;
    next_probe_us_ = clock_.NowUs();
  }
  SourceEvent event;
  event.kind = lost ? SourceEvent::Kind::kLost : SourceEvent::Kind::kRevoking;
  for (int i = 0; i < partitions.cnt; ++i) {
    const PartitionSlot number =
        slots_.NumberOf({partitions.elems[i].topic, partitions.elems[i].partition});
    slots_.At(number).use = SlotState::Use::kGivingUp;
    event.slots.push_back(number);
  }
  if (event.slots.empty()) {
    AnswerRevoke(rebalanced_.get());
    return;
  }
  rebalance_ = lost ? Rebalance::kRevokingLost : Rebalance::kRevoking;
  pending_.push_back(std::move(event));
}

void GroupConsumer::CompleteRevoke() {
  if (rebalance_ != Rebalance::kRevoking && rebalance_ != Rebalance::kRevokingLost) return;
  rebalance_ = Rebalance::kNone;
  for (int i = 0; i < rebalanced_->cnt; ++i) {
    const rd_kafka_topic_partition_t& partition = rebalanced_->elems[i];
    SlotState& slot = slots_.At(slots_.NumberOf({partition.topic, partition.partition}));
    slot.use = SlotState::Use::kIdle;
    slot.next.reset();
    std::erase(to_start_, slots_.NumberOf(slot.name));
    faults_.End(FaultBook::Place::kPartition,
                "topic " + slot.name.topic + ", partition " + std::to_string(slot.name.partition),
                pending_);
  }
  commit_in_flight_ = false;  // whether it arrives is no longer waited for
  AnswerRevoke(rebalanced_.get());
}

void GroupConsumer::AnswerRevoke(rd_kafka_topic_partition_list_t* partitions) {
  if (cooperative() && partitions != nullptr && partitions->cnt > 0) {
    const KafkaError ignored(rd_kafka_incremental_unassign(client_.get(), partitions));
  } else {
    rd_kafka_assign(client_.get(), nullptr);
  }
  slots_.ForgetAddresses();
  AfterAnswer();
}

void GroupConsumer::AfterAnswer() {
  // During a cooperative rebalance the library paused the partitions that stay and has just resumed
  // them where it believes we are.
  if (!paused_) Seek(Flowing());
}

}  // namespace sluice::kafka
