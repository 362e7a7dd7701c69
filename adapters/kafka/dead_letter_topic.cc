#include "adapters/kafka/dead_letter_topic.h"

#include <array>
#include <utility>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/dead_letter_headers.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/produce.h"

namespace sluice::kafka {
namespace {

constexpr int kEventsMax = 1'000;  ///< Of one Poll().
constexpr int kCreateTimeoutMs = 10'000;

}  // namespace

DeadLetterTopic::DeadLetterTopic(const Settings& settings, const DeadLetterSettings& letters,
                                 Clock& clock, LogSink log)
    : settings_(settings),
      letters_(letters),
      log_(std::move(log)),
      reminder_(settings.brokers, clock) {}

DeadLetterTopic::~DeadLetterTopic() {
  CloseProducer();
}

Status DeadLetterTopic::OpenProducer() {
  if (producer_) return {};
  Result<Conf> conf = MakeProducerConf(settings_, letters_);
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(),
                           RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  Result<Client> client = MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return client.error();
  producer_ = std::move(*client);
  events_.reset(rd_kafka_queue_get_main(producer_.get()));
  wakeup_.Attach(events_.get());
  fatal_ = false;
  CreateTopic();
  return {};
}

void DeadLetterTopic::CloseProducer() {
  if (!producer_) return;
  Wakeup::Detach(events_.get());
  events_.reset();
  producer_.reset();
}

void DeadLetterTopic::CreateTopic() {
  std::array<char, 512> text{};
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(
      letters_.topic.c_str(), letters_.create_partitions, -1, text.data(), text.size());
  if (topic == nullptr) return;  // a name the broker refuses is told by the first letter
  rd_kafka_NewTopic_set_config(topic, "retention.ms", "-1");
  rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "delete");
  const AdminOptions options(
      rd_kafka_AdminOptions_new(producer_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kCreateTimeoutMs, nullptr, 0);
  // Its answer is not waited for: letters wait in the queue until the topic is known, and one that
  // cannot be created is told by their answers.
  rd_kafka_CreateTopics(producer_.get(), &topic, 1, options.get(), events_.get());
  rd_kafka_NewTopic_destroy(topic);
}

bool DeadLetterTopic::Send(uint64_t token, const DeadLetter& letter) {
  if (fatal_ && in_flight_ == 0) CloseProducer();
  if (fatal_ && producer_) return false;
  if (const Status status = OpenProducer(); !status) {
    if (log_) log_(3, "DEADLETTER", status.error().ToString());
    refused_.push_back(
        {token, {Disposition::kHold, FailureReason::kInternal, WriteResult::kCreated}});
    wakeup_.Signal();
    return true;
  }
  const std::vector<Header> headers = DeadLetterHeaders(letter, letters_);
  const std::vector<HeaderView> views = ViewsOf(headers);
  OutgoingRecord record;
  record.topic = letters_.topic.c_str();
  record.key = letter.key;
  record.value = letter.value;
  record.headers = views;
  record.token = token;
  const rd_kafka_resp_err_t code = Produce(producer_.get(), record);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++in_flight_;
    return true;
  }
  refused_.push_back({token, MeaningOf(ErrorPlace::kDelivery, code)});
  wakeup_.Signal();
  return true;
}

void DeadLetterTopic::Poll(std::vector<DeadLetterAck>& acks) {
  wakeup_.Drain();
  acks.insert(acks.end(), refused_.begin(), refused_.end());
  refused_.clear();
  if (!producer_) return;
  for (int i = 0; i < kEventsMax; ++i) {
    const Event event(rd_kafka_queue_poll(events_.get(), 0));
    if (!event) return;
    OnEvent(event.get(), acks);
  }
  wakeup_.Signal();  // more may wait
}

void DeadLetterTopic::OnEvent(rd_kafka_event_t* event, std::vector<DeadLetterAck>& acks) {
  const rd_kafka_event_type_t type = rd_kafka_event_type(event);
  if (type == RD_KAFKA_EVENT_DR) {
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
      --in_flight_;
      if (message->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) reminder_.Remind(producer_.get());
      acks.push_back({reinterpret_cast<uint64_t>(message->_private),
                      MeaningOf(ErrorPlace::kDelivery, message->err)});
    }
  } else if (type == RD_KAFKA_EVENT_ERROR) {
    if (rd_kafka_event_error_is_fatal(event) != 0) fatal_ = true;
  } else if (type == RD_KAFKA_EVENT_LOG && log_) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (rd_kafka_event_log(event, &facility, &text, &level) == 0) log_(level, facility, text);
  }
}

}  // namespace sluice::kafka
