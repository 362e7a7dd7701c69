#include "adapters/kafka/compacted_topic.h"

#include <utility>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/produce.h"
#include "adapters/kafka/topic_reader.h"

namespace sluice::kafka {
namespace {

Status ReadAll(const Settings& settings, ReadRequest request, const LogSink& log,
               const std::function<void(const OwnedRecord& record)>& take) {
  Result<TopicReader> reader = TopicReader::Open(settings, log);
  if (!reader) return reader.error();
  request.stop_at_end = true;
  return reader->Read(
      request,
      [&](const OwnedRecord& record) {
        take(record);
        return true;
      },
      [] { return true; });
}

Result<std::optional<std::string>> LastOf(const Settings& settings, ReadRequest request,
                                          const std::string& name, const LogSink& log) {
  std::optional<std::string> last;
  const Status status = ReadAll(settings, std::move(request), log, [&](const OwnedRecord& record) {
    if (record.key == name) last = record.value;
  });
  if (!status) return status.error();
  return last;
}

}  // namespace

Result<CompactedTopic> CompactedTopic::Open(const Settings& settings, const std::string& topic,
                                            std::chrono::milliseconds timeout, LogSink log) {
  Result<Admin> admin = Admin::Open(settings, timeout);
  if (!admin) return admin.error();
  // Segments are closed early, so that there is something to clear.
  if (Status status = admin->CreateTopic(topic, 1,
                                         {{"cleanup.policy", "compact"},
                                          {"segment.ms", "3600000"},
                                          {"min.cleanable.dirty.ratio", "0.1"}});
      !status) {
    return status.error();
  }
  PublisherSettings publisher;
  publisher.linger_ms = 0;
  // Brokers limit what a record takes when it is compressed, and long lists of names do well.
  publisher.compression = "gzip";
  Result<Conf> conf = MakePublisherConf(settings, publisher);
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(),
                           RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  Result<Client> producer = MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!producer) return producer.error();
  return CompactedTopic(settings, topic, std::move(*producer), std::move(log));
}

CompactedTopic::CompactedTopic(Settings settings, std::string topic, Client producer, LogSink log)
    : settings_(std::move(settings)),
      topic_(std::move(topic)),
      log_(std::move(log)),
      wakeup_(std::make_unique<Wakeup>()),
      producer_(std::move(producer)),
      events_(rd_kafka_queue_get_main(producer_.get())) {
  wakeup_->Attach(events_.get());
}

CompactedTopic::~CompactedTopic() {
  if (events_) Wakeup::Detach(events_.get());
}

Result<std::optional<std::string>> CompactedTopic::Read(const Settings& settings,
                                                        const std::string& topic,
                                                        const std::string& name,
                                                        const LogSink& log) {
  ReadRequest request;
  // An expression finds nothing where a name that is not there is an error.
  request.is_regex = true;
  for (const char c : topic) request.topic += c == '.' ? std::string("[.]") : std::string(1, c);
  return LastOf(settings, request, name, log);
}

Result<std::optional<std::string>> CompactedTopic::Load(const std::string& name) {
  ReadRequest request;
  request.topic = topic_;
  return LastOf(settings_, request, name, log_);
}

Status CompactedTopic::Each(
    const std::string& prefix,
    const std::function<void(const std::string& name, const std::string& value)>& take) {
  ReadRequest request;
  request.topic = topic_;
  return ReadAll(settings_, std::move(request), log_, [&](const OwnedRecord& record) {
    if (record.key && record.value && record.key->starts_with(prefix))
      take(*record.key, *record.value);
  });
}

void CompactedTopic::Store(const std::string& name, const std::string& value) {
  OutgoingRecord record;
  record.topic = topic_.c_str();
  record.key = name;
  record.value = value;
  const rd_kafka_resp_err_t code = Produce(producer_.get(), record);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  answer_ = FailureOf(ErrorPlace::kDelivery, code, "topic " + topic_, rd_kafka_err2str(code));
  wakeup_->Signal();
}

std::optional<Failure> CompactedTopic::Poll() {
  wakeup_->Drain();
  while (const Event event{rd_kafka_queue_poll(events_.get(), 0)}) {
    const rd_kafka_event_type_t type = rd_kafka_event_type(event.get());
    if (type == RD_KAFKA_EVENT_DR) {
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
        answer_ = message->err == RD_KAFKA_RESP_ERR_NO_ERROR
                      ? Failure{}
                      : FailureOf(ErrorPlace::kDelivery, message->err, "topic " + topic_,
                                  rd_kafka_err2str(message->err));
      }
    } else if (type == RD_KAFKA_EVENT_LOG && log_) {
      const char* facility = nullptr;
      const char* text = nullptr;
      int level = 0;
      if (rd_kafka_event_log(event.get(), &facility, &text, &level) == 0) {
        log_(level, facility, text);
      }
    }
  }
  return std::exchange(answer_, std::nullopt);
}

}  // namespace sluice::kafka
