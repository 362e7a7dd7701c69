#include "adapters/kafka/record_publisher.h"

#include <array>
#include <utility>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/produce.h"
#include "adapters/kafka/topic_id.h"
#include "adapters/kafka/written_topics.h"

namespace sluice::kafka {
namespace {

constexpr int kEventsMax = 1'000;        ///< Of one Poll().
constexpr size_t kMessagesMax = 10'000;  ///< Of one event.
constexpr int kCreateTimeoutMs = 10'000;
constexpr int kDescribeTimeoutMs = 10'000;
/// A broker that has just started may answer from what it knew before.
constexpr int kLooksToBeSure = 2;
constexpr int64_t kLookAgainUs = 2'000'000;
constexpr int64_t kCreateAgainUs = 2'000'000;

using TopicNames =
    std::unique_ptr<rd_kafka_TopicCollection_t, Freer<rd_kafka_TopicCollection_destroy>>;

void AddAck(std::vector<PublishAck>& acks, uint64_t token, int64_t offset) {
  if (acks.empty() || acks.back().token != token ||
      acks.back().failure.verdict.disposition != Disposition::kDone) {
    acks.push_back({token, 0, {}});
  }
  ++acks.back().count;
  acks.back().offset = offset;
}

size_t SlotOf(const rd_kafka_message_t& message) {
  return reinterpret_cast<uintptr_t>(rd_kafka_topic_opaque(message.rkt));
}

}  // namespace

Result<std::unique_ptr<RecordPublisher>> RecordPublisher::Make(const Settings& settings,
                                                               const PublisherSettings& publisher,
                                                               Clock& clock, LogSink log) {
  std::unique_ptr<RecordPublisher> made(
      new RecordPublisher(settings, publisher, clock, std::move(log)));
  if (Status status = made->Start(settings); !status) return status.error();
  return made;
}

RecordPublisher::RecordPublisher(const Settings& settings, const PublisherSettings& publisher,
                                 Clock& clock, LogSink log)
    : settings_(publisher),
      log_(std::move(log)),
      clock_(clock),
      reminder_(settings.brokers, clock),
      messages_(kMessagesMax) {}

RecordPublisher::~RecordPublisher() {
  if (events_) Wakeup::Detach(events_.get());
  events_.reset();
  streams_.clear();
  // What waits is of no use: nothing tells of it any more, and it is sent again by the next.
  if (producer_) rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE);
}

Status RecordPublisher::Start(const Settings& settings) {
  Result<Conf> conf = MakePublisherConf(settings, settings_);
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(),
                           RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  Result<Client> client = MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return client.error();
  producer_ = std::move(*client);
  events_.reset(rd_kafka_queue_get_main(producer_.get()));
  wakeup_.Attach(events_.get());
  return {};
}

StreamSlot RecordPublisher::Open(const std::string& stream) {
  const auto known = by_name_.find(stream);
  if (known != by_name_.end()) return StreamSlot{known->second};
  const bool written = settings_.written != nullptr && settings_.written->Knows(stream);
  if (!written) CreateTopic(stream);  // one that is gone is never made anew by us
  const auto slot = static_cast<uint32_t>(streams_.size());
  rd_kafka_topic_conf_t* conf = rd_kafka_default_topic_conf_dup(producer_.get());
  rd_kafka_topic_conf_set_opaque(conf, reinterpret_cast<void*>(uintptr_t{slot}));
  Stream& added = streams_.emplace_back();
  added.name = stream;
  added.created = written;
  added.topic.reset(rd_kafka_topic_new(producer_.get(), stream.c_str(), conf));
  by_name_[stream] = slot;
  look_at_new_ = true;
  return StreamSlot{slot};
}

void RecordPublisher::CreateTopic(const std::string& name) {
  std::array<char, 512> text{};
  rd_kafka_NewTopic_t* topic =
      rd_kafka_NewTopic_new(name.c_str(), settings_.create_partitions, settings_.create_replication,
                            text.data(), text.size());
  if (topic == nullptr) return;  // a name the broker refuses is told by the first record
  const AdminOptions options(
      rd_kafka_AdminOptions_new(producer_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kCreateTimeoutMs, nullptr, 0);
  // Its answer is not waited for: records wait in the queue until the topic is known, and one that
  // cannot be created is told by their answers.
  rd_kafka_CreateTopics(producer_.get(), &topic, 1, options.get(), events_.get());
  rd_kafka_NewTopic_destroy(topic);
}

void RecordPublisher::CreateAgain() {
  if (create_again_us_ == INT64_MAX || clock_.NowUs() < create_again_us_) return;
  create_again_us_ = INT64_MAX;
  for (const Stream& stream : streams_) {
    if (!stream.created) CreateTopic(stream.name);
  }
}

uint32_t RecordPublisher::CountPartitions(StreamSlot slot) {
  Stream& stream = streams_[slot.value];
  if (stream.partitions > 0) return std::exchange(stream.partitions, 0);
  if (stream.asked) return 0;
  stream.asked = true;
  const char* name = stream.name.c_str();
  const TopicNames collection(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  const AdminOptions options(
      rd_kafka_AdminOptions_new(producer_.get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kDescribeTimeoutMs, nullptr, 0);
  rd_kafka_DescribeTopics(producer_.get(), collection.get(), options.get(), events_.get());
  return 0;
}

void RecordPublisher::Look() {
  if (settings_.written == nullptr || looking_ || streams_.empty()) return;
  const int64_t now_us = clock_.NowUs();
  const bool all = now_us >= next_look_us_;
  if (!all && !look_at_new_) return;
  if (all) next_look_us_ = now_us + settings_.look_every_us;
  look_at_new_ = false;
  std::vector<const char*> names;
  for (const Stream& stream : streams_) {
    if (all || !stream.found) names.push_back(stream.name.c_str());
  }
  if (names.empty()) return;
  looking_ = true;
  const TopicNames collection(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  const AdminOptions options(
      rd_kafka_AdminOptions_new(producer_.get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kDescribeTimeoutMs, nullptr, 0);
  rd_kafka_AdminOptions_set_opaque(options.get(), this);  // CountPartitions() sets none
  rd_kafka_DescribeTopics(producer_.get(), collection.get(), options.get(), events_.get());
}

void RecordPublisher::OnLooked(rd_kafka_event_t* event) {
  looking_ = false;
  for (const rd_kafka_TopicDescription_t* topic : DescribedTopics(event)) {
    Stream* stream = StreamOf(rd_kafka_TopicDescription_name(topic));
    const rd_kafka_resp_err_t code = CodeOf(*topic);
    const bool missing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (stream == nullptr || (code != RD_KAFKA_RESP_ERR_NO_ERROR && !missing)) continue;
    const std::string lost = settings_.written->Note(
        stream->name, missing ? std::nullopt : std::optional(TopicIdOf(*topic)));
    stream->found = !missing;
    if (lost.empty()) {
      stream->suspected = 0;
    } else if (++stream->suspected < kLooksToBeSure) {
      next_look_us_ = clock_.NowUs() + kLookAgainUs;
    } else {
      refused_.push_back({0, 0, TopicLost(lost)});
    }
  }
}

RecordPublisher::Stream* RecordPublisher::StreamOf(std::string_view name) {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &streams_[it->second];
}

std::string RecordPublisher::PlaceLost(Stream& stream, const rd_kafka_message_t& message) {
  if (message.offset < 0 || message.partition < 0) return "";  // written before, or not told
  const auto partition = static_cast<size_t>(message.partition);
  if (partition >= stream.written.size()) stream.written.resize(partition + 1, -1);
  const int64_t last = std::exchange(stream.written[partition], message.offset);
  if (message.offset > last || !settings_.written->Break(stream.name)) return "";
  return "topic " + stream.name + " has taken a record at offset " +
         std::to_string(message.offset) + " of partition " + std::to_string(message.partition) +
         ", where it had acknowledged " + std::to_string(last) +
         " already: it was deleted and made anew, or its leader has lost records";
}

/// A topic that is not there yet, or an answer that failed, is asked for again.
void RecordPublisher::OnDescribed(rd_kafka_event_t* event) {
  const auto topics = DescribedTopics(event);
  if (topics.empty()) {
    for (Stream& stream : streams_) stream.asked = false;
    return;
  }
  for (const rd_kafka_TopicDescription_t* topic : topics) {
    Stream* stream = StreamOf(rd_kafka_TopicDescription_name(topic));
    if (stream == nullptr) continue;
    size_t partitions = 0;
    rd_kafka_TopicDescription_partitions(topic, &partitions);
    const bool known = CodeOf(*topic) == RD_KAFKA_RESP_ERR_NO_ERROR;
    stream->asked = false;
    stream->partitions = known ? static_cast<uint32_t>(partitions) : 0;
  }
}

bool RecordPublisher::Publish(const OutgoingEvent& event) {
  if (queued_bytes_ >= settings_.queue_max_bytes) return false;
  OutgoingRecord record;
  record.handle = streams_[event.stream.value].topic.get();
  record.key = event.key;
  record.value = event.value;
  record.headers = event.headers;
  record.token = event.token;
  if (event.partition) record.partition = static_cast<int32_t>(*event.partition);
  record.timestamp_ms = event.timestamp_ms;
  const rd_kafka_resp_err_t code = Produce(producer_.get(), record);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    refused_.push_back(
        {event.token, 1,
         FailureOf(ErrorPlace::kDelivery, code, "topic " + streams_[event.stream.value].name,
                   rd_kafka_err2str(code))});
    wakeup_.Signal();
    return true;
  }
  ++queued_records_;
  queued_bytes_ += event.value ? event.value->size() : 0;
  return true;
}

void RecordPublisher::Poll(std::vector<PublishAck>& acks) {
  wakeup_.Drain();
  Look();
  CreateAgain();
  for (int i = 0; i < kEventsMax; ++i) {
    const Event event(rd_kafka_queue_poll(events_.get(), 0));
    if (!event) {
      acks.insert(acks.end(), refused_.begin(), refused_.end());
      refused_.clear();
      return;
    }
    OnEvent(event.get(), acks);
  }
  wakeup_.Signal();  // more may wait
}

void RecordPublisher::OnEvent(rd_kafka_event_t* event, std::vector<PublishAck>& acks) {
  const rd_kafka_event_type_t type = rd_kafka_event_type(event);
  if (type == RD_KAFKA_EVENT_DR) {
    OnDelivered(event, acks);
  } else if (type == RD_KAFKA_EVENT_ERROR) {
    OnError(event);
  } else if (type == RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT) {
    rd_kafka_event_opaque(event) == this ? OnLooked(event) : OnDescribed(event);
  } else if (type == RD_KAFKA_EVENT_CREATETOPICS_RESULT) {
    OnCreated(event);
  } else if (type == RD_KAFKA_EVENT_LOG && log_) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (rd_kafka_event_log(event, &facility, &text, &level) == 0) log_(level, facility, text);
  }
}

void RecordPublisher::OnCreated(rd_kafka_event_t* event) {
  look_at_new_ = true;  // now it has an id
  const rd_kafka_CreateTopics_result_t* result = rd_kafka_event_CreateTopics_result(event);
  if (result == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    create_again_us_ = clock_.NowUs() + kCreateAgainUs;
    return;
  }
  size_t count = 0;
  const rd_kafka_topic_result_t** topics = rd_kafka_CreateTopics_result_topics(result, &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topics[i]);
    Stream* stream = StreamOf(rd_kafka_topic_result_name(topics[i]));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      if (stream != nullptr) stream->created = true;
      continue;
    }
    create_again_us_ = clock_.NowUs() + kCreateAgainUs;
    const char* text = rd_kafka_topic_result_error_string(topics[i]);
    trouble_ = FailureOf(ErrorPlace::kDelivery, code,
                         std::string("creating topic ") + rd_kafka_topic_result_name(topics[i]),
                         text == nullptr ? "" : text);
  }
}

void RecordPublisher::OnDelivered(rd_kafka_event_t* event, std::vector<PublishAck>& acks) {
  while (const size_t count =
             rd_kafka_event_message_array(event, messages_.data(), messages_.size())) {
    for (size_t i = 0; i < count; ++i) {
      const rd_kafka_message_t& message = *messages_[i];
      const auto token = reinterpret_cast<uint64_t>(message._private);
      --queued_records_;
      queued_bytes_ -= message.len;
      if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        std::string lost;
        if (settings_.written != nullptr) lost = PlaceLost(streams_[SlotOf(message)], message);
        if (lost.empty()) [[likely]] {
          AddAck(acks, token, message.offset);
          trouble_ = {};
        } else {
          acks.push_back({token, 1, TopicLost(lost)});
        }
        continue;
      }
      if (message.err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) reminder_.Remind(producer_.get());
      const std::string where = std::string("topic ") + rd_kafka_topic_name(message.rkt);
      acks.push_back({token, 1,
                      FailureOf(ErrorPlace::kDelivery, message.err, where,
                                trouble_.detail.empty() ? rd_kafka_err2str(message.err)
                                                        : trouble_.detail.c_str())});
    }
  }
}

void RecordPublisher::OnError(rd_kafka_event_t* event) {
  const rd_kafka_resp_err_t code = CodeOfError(event);
  const Verdict verdict = MeaningOf(ErrorPlace::kClient, code);
  if (verdict.disposition == Disposition::kDone) return;
  trouble_ = FailureOf(ErrorPlace::kClient, code, "Kafka", rd_kafka_event_error_string(event));
}

}  // namespace sluice::kafka
