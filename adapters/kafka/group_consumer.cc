// Records: fetching, handing out, pausing.
#include "adapters/kafka/group_consumer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/kafka/commit_list.h"
#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "core/model/check.h"

namespace sluice::kafka {
namespace {

constexpr size_t kMessagesMax = 10'000;
/// A broker that speaks another protocol closes the connection without a word, and the library says
/// nothing either: after so long without an assignment the brokers are asked.
constexpr int64_t kQuietStartUs = 5'000'000;

std::optional<std::string_view> View(const void* bytes, size_t size) {
  if (bytes == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(bytes), size);
}

}  // namespace

GroupConsumer::GroupConsumer(const Settings& settings, const ConsumerSettings& consumer,
                             Clock& clock, LogSink log)
    : settings_(consumer),
      clock_(clock),
      log_(std::move(log)),
      reminder_(settings.brokers, clock) {}

Result<std::unique_ptr<GroupConsumer>> GroupConsumer::Open(const Settings& settings,
                                                           const ConsumerSettings& consumer,
                                                           Clock& clock, LogSink log) {
  const std::vector<Error> errors = CheckConsumer(settings, consumer);
  if (!errors.empty()) return errors.front();
  std::unique_ptr<GroupConsumer> opened(
      new GroupConsumer(settings, consumer, clock, std::move(log)));
  if (Status status = opened->Start(settings); !status) return status.error();
  return opened;
}

Status GroupConsumer::Start(const Settings& settings) {
  Result<Conf> conf = MakeConsumerConf(settings, settings_);
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT |
                                            RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  Result<Client> client = MakeClient(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return client.error();
  client_ = std::move(*client);

  // Two queues, so that a long queue of records never stands before a revocation or the answer to a
  // commit: partitions are forwarded to one by BeginAssign(), all else to the other.
  records_.reset(rd_kafka_queue_new(client_.get()));
  events_.reset(rd_kafka_queue_new(client_.get()));
  rd_kafka_poll_set_consumer(client_.get());
  const Queue group(rd_kafka_queue_get_consumer(client_.get()));
  rd_kafka_queue_forward(group.get(), events_.get());
  wakeup_.Attach(records_.get());
  wakeup_.Attach(events_.get());
  brokers_suspect_ = true;
  next_probe_us_ = clock_.NowUs() + kQuietStartUs;
  next_doubt_us_ = next_probe_us_;
  last_broker_error_ = "no answer from " + settings.brokers;  // until one is told
  return IsSole(settings_.mode) ? Status() : Subscribe();
}

GroupConsumer::~GroupConsumer() {
  GroupConsumer::Release();
  if (!client_) return;
  Wakeup::Detach(records_.get());
  Wakeup::Detach(events_.get());
  // Queues belong to the client and must be gone before it.
  records_.reset();
  events_.reset();
}

// ---- Records -----------------------------------------------------------------------------------

size_t GroupConsumer::Poll(std::span<Record> out) {
  SLUICE_CHECK(message_count_ == 0, "the records of the former Poll() must have been released");
  wakeup_.Drain();
  ServeEvents();
  if (out.empty()) return 0;
  const size_t most = std::min(out.size(), kMessagesMax);
  if (messages_.size() < most) messages_.resize(most);
  const ssize_t fetched = rd_kafka_consume_batch_queue(records_.get(), 0, messages_.data(), most);
  if (fetched <= 0) return 0;
  message_count_ = static_cast<size_t>(fetched);
  size_t count = 0;
  for (size_t i = 0; i < message_count_; ++i) {
    const rd_kafka_message_t& message = *messages_[i];
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) [[unlikely]] {
      OnMessageError(message);
      continue;
    }
    const PartitionSlot number = slots_.Find(message.rkt, message.partition);
    SlotState& slot = slots_.At(number);
    // What is not being read, is kept back or held, or was handed out before, is left over from
    // before a rebalance or a pause; reading goes on at `next` whatever was fetched.
    if (!slot.Flows() || (slot.next && message.offset < slot.next->value)) [[unlikely]] {
      continue;
    }
    Record& record = out[count++];
    record.partition = number;
    record.number = static_cast<uint32_t>(i);
    record.offset = Offset{message.offset};
    record.leader_epoch = rd_kafka_message_leader_epoch(&message);
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    record.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
    record.key = View(message.key, message.key_len);
    record.value = View(message.payload, message.len);
    slot.next = record.offset.Next();
    slot.next_epoch = record.leader_epoch;
  }
  return count;
}

std::optional<std::string_view> GroupConsumer::HeaderOf(const Record& record,
                                                        const char* name) const {
  SLUICE_CHECK(record.number < message_count_, "a record has headers until it is released");
  // The library takes a record's headers apart when they are asked for the first time.
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(messages_[record.number], &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  const void* value = nullptr;
  size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return View(value, size);
}

void GroupConsumer::Release() {
  for (size_t i = 0; i < message_count_; ++i) rd_kafka_message_destroy(messages_[i]);
  message_count_ = 0;
}

void GroupConsumer::OnMessageError(const rd_kafka_message_t& message) {
  if (message.rkt == nullptr) return;
  const PartitionSlot number = slots_.Find(message.rkt, message.partition);
  SlotState& slot = slots_.At(number);
  if (slot.use != SlotState::Use::kReading) return;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    OnEndOfPartition(number, message.offset);
    return;
  }
  const std::string where =
      "topic " + slot.name.topic + ", partition " + std::to_string(slot.name.partition);
  Failure failure = FailureOf(ErrorPlace::kPartition, message.err, where,
                              View(message.payload, message.len).value_or(""));
  if (failure.verdict.disposition == Disposition::kHalt) {
    // The library may go on behind what it could not read: nothing of it is handed out.
    slot.use = SlotState::Use::kAssigned;
    Halt(std::move(failure));
  } else if (failure.verdict.reason == FailureReason::kStreamGone) {
    OnTopicUnknown(slot.name.topic, std::move(failure));
  } else if (failure.verdict.disposition != Disposition::kDone) {
    faults_.Begin(FaultBook::Place::kPartition, where, std::move(failure), pending_);
  }
}

void GroupConsumer::OnEndOfPartition(PartitionSlot number, int64_t offset) {
  SlotState& slot = slots_.At(number);
  if (slot.held || (slot.next && offset < slot.next->value)) return;
  // Behind records that were not handed out it is no end: it is told again behind them.
  if (slot.kept_back && (!slot.next || slot.next->value != offset)) return;
  // Behind the last record there may be control records only; reading goes on behind them. Their
  // epoch is not known, and with an older one the broker would take them for a truncated log.
  if (!slot.next || slot.next->value != offset) slot.next_epoch = -1;
  slot.next = Offset{offset};
  slot.end_seen = offset;
  if (faults_.any()) {
    faults_.EndAll(FaultBook::Place::kBrokers, pending_);
    faults_.End(FaultBook::Place::kPartition,
                "topic " + slot.name.topic + ", partition " + std::to_string(slot.name.partition),
                pending_);
  }
  SourceEvent event;
  event.kind = SourceEvent::Kind::kEndOfPartition;
  event.slots = {number};
  event.offset = Offset{offset};
  pending_.push_back(std::move(event));
}

bool GroupConsumer::NextEvent(SourceEvent& event) {
  if (pending_.empty()) return false;
  event = std::move(pending_.front());
  pending_.pop_front();
  // Started is only what the caller has been told of.
  for (const AssignedPartition& partition : event.assigned) {
    if (slots_.At(partition.slot).use == SlotState::Use::kAssigned) {
      to_start_.push_back(partition.slot);
    }
  }
  return true;
}

const TopicPartition& GroupConsumer::Name(PartitionSlot slot) const {
  SLUICE_CHECK(slots_.Contains(slot), "a slot comes from this source");
  return slots_.At(slot).name;
}

int64_t GroupConsumer::EndOffset(PartitionSlot number) const {
  SLUICE_CHECK(slots_.Contains(number), "a slot comes from this source");
  const SlotState& slot = slots_.At(number);
  if (slot.use == SlotState::Use::kIdle) return -1;
  int64_t low = -1;
  int64_t high = -1;
  // What the last fetch said; asks nobody.
  rd_kafka_get_watermark_offsets(client_.get(), slot.name.topic.c_str(), slot.name.partition, &low,
                                 &high);
  return std::max({slot.end_seen, high, int64_t{-1}});
}

// ---- Starting, pausing, resuming ---------------------------------------------------------------

std::vector<PartitionSlot> GroupConsumer::Flowing() const {
  std::vector<PartitionSlot> flowing;
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    if (slots_.At(PartitionSlot{i}).Flows()) flowing.push_back({i});
  }
  return flowing;
}

PartitionList GroupConsumer::ListOf(const std::vector<PartitionSlot>& slots) const {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(slots.size()) + 1));
  for (const PartitionSlot number : slots) {
    const SlotState& slot = slots_.At(number);
    rd_kafka_topic_partition_t* partition =
        rd_kafka_topic_partition_list_add(list.get(), slot.name.topic.c_str(), slot.name.partition);
    partition->offset = slot.next ? slot.next->value : RD_KAFKA_OFFSET_BEGINNING;
    if (slot.next) rd_kafka_topic_partition_set_leader_epoch(partition, slot.next_epoch);
  }
  return list;
}

void GroupConsumer::Seek(const std::vector<PartitionSlot>& slots) {
  if (slots.empty()) return;
  // The library's own idea of where to go on is not used: batch consumption moves it past the end
  // of a partition by one, so that the next record would be passed over in silence.
  const PartitionList list = ListOf(slots);
  const KafkaError ignored(rd_kafka_seek_partitions(client_.get(), list.get(), 0));
}

void GroupConsumer::StartReading() {
  for (const PartitionSlot number : to_start_) {
    SlotState& slot = slots_.At(number);
    if (slot.use == SlotState::Use::kAssigned) slot.use = SlotState::Use::kReading;
  }
  to_start_.clear();
  paused_ = true;  // new partitions are paused since they were assigned
  ResumeFetching();
}

void GroupConsumer::PauseFetching() {
  if (paused_) return;
  paused_ = true;
  const PartitionList list = ListOf(Flowing());
  rd_kafka_pause_partitions(client_.get(), list.get());
}

void GroupConsumer::ResumeFetching() {
  if (!paused_) return;
  paused_ = false;
  Resume(Flowing());
}

void GroupConsumer::Resume(const std::vector<PartitionSlot>& slots) {
  if (slots.empty()) return;
  Seek(slots);
  const PartitionList list = ListOf(slots);
  rd_kafka_resume_partitions(client_.get(), list.get());
}

void GroupConsumer::KeepBack(std::span<const PartitionSlot> slots) {
  std::vector<PartitionSlot> back;
  std::vector<PartitionSlot> again;
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    const PartitionSlot number{i};
    SlotState& slot = slots_.At(number);
    const bool wanted = std::find(slots.begin(), slots.end(), number) != slots.end();
    if (std::exchange(slot.kept_back, wanted) == wanted) continue;
    // One that is not read yet was paused at its assignment, one that is held was paused then;
    // either is resumed when it flows.
    if (slot.use == SlotState::Use::kReading && !slot.held)
      (wanted ? back : again).push_back(number);
  }
  if (paused_) return;
  if (!back.empty()) {
    const PartitionList list = ListOf(back);
    rd_kafka_pause_partitions(client_.get(), list.get());
  }
  Resume(again);
}

void GroupConsumer::Hold(PartitionSlot number, Offset next) {
  SlotState& slot = slots_.At(number);
  if (slot.use != SlotState::Use::kReading || slot.held) return;
  slot.held = true;
  slot.next = next;
  slot.next_epoch = -1;  // of the record before, which is not known here
  // An end that was seen behind what comes again is told anew.
  std::erase_if(pending_, [number](const SourceEvent& event) {
    return event.kind == SourceEvent::Kind::kEndOfPartition && event.slots.front() == number;
  });
  if (!paused_) rd_kafka_pause_partitions(client_.get(), ListOf({number}).get());
}

void GroupConsumer::GoOn(PartitionSlot number) {
  SlotState& slot = slots_.At(number);
  if (!slot.held) return;
  slot.held = false;
  if (!paused_ && slot.Flows()) Resume({number});
}

void GroupConsumer::Commit(std::span<const Position> positions) {
  SLUICE_CHECK(!commit_in_flight_, "one commit at a time");
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()) + 1));
  bool ours = true;
  for (const Position& position : positions) {
    const SlotState& slot = slots_.At(position.slot);
    ours = ours && slot.use != SlotState::Use::kIdle && rebalance_ != Rebalance::kRevokingLost;
    AddCommit(client_.get(), list.get(), slot.name, position.position, position.note);
  }
  if (!ours || closed_) {
    // Sent now it would go out under a later generation and be accepted.
    SourceEvent event;
    event.kind = SourceEvent::Kind::kCommitFailed;
    event.failure = FailureOf(ErrorPlace::kCommit, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST,
                              "group " + settings_.group_id, "");
    pending_.push_back(std::move(event));
    wakeup_.Signal();
    return;
  }
  commit_in_flight_ = true;
  ++commit_number_;
  const rd_kafka_resp_err_t code = rd_kafka_commit_queue(
      client_.get(), list.get(), events_.get(), nullptr, reinterpret_cast<void*>(commit_number_));
  SLUICE_CHECK(code == RD_KAFKA_RESP_ERR_NO_ERROR, "a member of a group may commit");
}

void GroupConsumer::Close() {
  if (closing_) return;
  closing_ = true;
  // The group's queue is forwarded to the events already; the library does so again.
  const KafkaError error(rd_kafka_consumer_close_queue(client_.get(), events_.get()));
  if (error) {
    // After a fatal error there is nothing to leave.
    closed_ = true;
    SourceEvent event;
    event.kind = SourceEvent::Kind::kClosed;
    pending_.push_back(std::move(event));
    wakeup_.Signal();
    return;
  }
  // The library waits for the answer to an assignment that is no longer wanted.
  if (rebalance_ == Rebalance::kReadingOffsets || rebalance_ == Rebalance::kReadingBeginnings) {
    rebalance_ = Rebalance::kNone;
    ask_again_us_ = -1;
    AnswerRevoke(rebalanced_.get());
  }
}

}  // namespace sluice::kafka
