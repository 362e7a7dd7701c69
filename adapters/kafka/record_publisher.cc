#include "adapters/kafka/record_publisher.h"

#include <array>
#include <utility>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/produce.h"

namespace sluice::kafka {
namespace {

constexpr int kEventsMax = 1'000;        ///< Of one Poll().
constexpr size_t kMessagesMax = 10'000;  ///< Of one event.
constexpr int kCreateTimeoutMs = 10'000;
constexpr int kDescribeTimeoutMs = 10'000;

void AddAck(std::vector<PublishAck>& acks, uint64_t token) {
  if (acks.empty() || acks.back().token != token ||
      acks.back().failure.verdict.disposition != Disposition::kDone) {
    acks.push_back({token, 0, {}});
  }
  ++acks.back().count;
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
  for (uint32_t i = 0; i < streams_.size(); ++i) {
    if (streams_[i].name == stream) return StreamSlot{i};
  }
  CreateTopic(stream);
  streams_.push_back(
      {stream, Topic(rd_kafka_topic_new(producer_.get(), stream.c_str(), nullptr)), false, 0});
  return StreamSlot{static_cast<uint32_t>(streams_.size() - 1)};
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

uint32_t RecordPublisher::CountPartitions(StreamSlot slot) {
  Stream& stream = streams_[slot.value];
  if (stream.partitions > 0) return std::exchange(stream.partitions, 0);
  if (stream.asked) return 0;
  stream.asked = true;
  const char* name = stream.name.c_str();
  const std::unique_ptr<rd_kafka_TopicCollection_t, Freer<rd_kafka_TopicCollection_destroy>>
      collection(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  const AdminOptions options(
      rd_kafka_AdminOptions_new(producer_.get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kDescribeTimeoutMs, nullptr, 0);
  rd_kafka_DescribeTopics(producer_.get(), collection.get(), options.get(), events_.get());
  return 0;
}

/// A topic that is not there yet, or an answer that failed, is asked for again.
void RecordPublisher::OnDescribed(rd_kafka_event_t* event) {
  const rd_kafka_DescribeTopics_result_t* result = rd_kafka_event_DescribeTopics_result(event);
  if (result == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (Stream& stream : streams_) stream.asked = false;
    return;
  }
  size_t count = 0;
  const rd_kafka_TopicDescription_t** topics =
      rd_kafka_DescribeTopics_result_topics(result, &count);
  for (size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_TopicDescription_name(topics[i]);
    for (Stream& stream : streams_) {
      if (stream.name != name) continue;
      size_t partitions = 0;
      rd_kafka_TopicDescription_partitions(topics[i], &partitions);
      const bool known = rd_kafka_error_code(rd_kafka_TopicDescription_error(topics[i])) ==
                         RD_KAFKA_RESP_ERR_NO_ERROR;
      stream.asked = false;
      stream.partitions = known ? static_cast<uint32_t>(partitions) : 0;
    }
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
    OnDescribed(event);
  } else if (type == RD_KAFKA_EVENT_LOG && log_) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (rd_kafka_event_log(event, &facility, &text, &level) == 0) log_(level, facility, text);
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
        AddAck(acks, token);
        trouble_ = {};
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
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  const Verdict verdict = MeaningOf(ErrorPlace::kClient, code);
  if (verdict.disposition == Disposition::kDone) return;
  trouble_ = FailureOf(ErrorPlace::kClient, code, "Kafka", rd_kafka_event_error_string(event));
}

}  // namespace sluice::kafka
