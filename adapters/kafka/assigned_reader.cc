#include "adapters/kafka/assigned_reader.h"

#include <algorithm>
#include <utility>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/owned_record.h"

namespace sluice::kafka {
namespace {

constexpr std::chrono::milliseconds kAsk{10'000};
constexpr int kEventsMax = 1'000;  ///< Of one Read(): the rest waits for the next.

std::string Where(const TopicPartition& stream) {
  return "topic " + stream.topic + ", partition " + std::to_string(stream.partition);
}

}  // namespace

AssignedReader::AssignedReader(const Settings& settings, AssignedReaderSettings reader, Admin admin,
                               Client client, Clock& clock, LogSink log)
    : reader_(std::move(reader)),
      log_(std::move(log)),
      expression_(reader_.topics_regex, std::regex::extended),
      reminder_(settings.brokers, clock),
      admin_(std::move(admin)),
      client_(std::move(client)),
      queue_(rd_kafka_queue_new(client_.get())),
      events_(rd_kafka_queue_get_main(client_.get())) {}

AssignedReader::~AssignedReader() {
  for (const auto& [stream, topic] : started_) rd_kafka_consume_stop(topic.get(), stream.partition);
  started_.clear();
}

Result<std::unique_ptr<AssignedReader>> AssignedReader::Open(const Settings& settings,
                                                             const AssignedReaderSettings& reader,
                                                             Clock& clock, LogSink log) {
  try {
    static_cast<void>(std::regex(reader.topics_regex, std::regex::extended));
  } catch (const std::regex_error& error) {
    return Error{"\"" + reader.topics_regex + "\" is no regular expression: " + error.what(),
                 "write a POSIX extended expression"};
  }
  Result<Admin> admin = Admin::Open(settings, kAsk);
  if (!admin) return admin.error();
  Result<Conf> conf = MakeReaderConf(settings, reader.queue_max_bytes);
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  // It follows the end of the log, where it waits in the brokers instead of asking again.
  if (Status status = SetProperty(**conf, "fetch.wait.max.ms", "500"); !status)
    return status.error();
  Result<Client> client = MakeClient(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return client.error();
  return std::unique_ptr<AssignedReader>(new AssignedReader(
      settings, reader, std::move(*admin), std::move(*client), clock, std::move(log)));
}

Result<std::vector<std::string>> AssignedReader::ListTopics() const {
  const auto all = admin_.ListTopics();
  if (!all) return all.error();
  std::vector<std::string> names;
  for (const TopicInfo& topic : *all) {
    const bool named =
        std::find(reader_.topics.begin(), reader_.topics.end(), topic.name) != reader_.topics.end();
    if (named || (!reader_.topics_regex.empty() && std::regex_match(topic.name, expression_)))
      names.push_back(topic.name);
  }
  return names;
}

Result<std::vector<LogPartition>> AssignedReader::List() {
  const auto names = ListTopics();
  if (!names) return names.error();
  std::vector<LogPartition> partitions;
  if (!names->empty()) {
    const auto ids = admin_.FindTopics(*names);
    if (!ids) return ids.error();
    for (const std::string& name : *names) {
      const auto id = ids->find(name);
      if (id == ids->end() || !id->second) continue;  // deleted in this very moment
      const auto ranges = admin_.Offsets(name);
      if (!ranges) return ranges.error();
      for (const auto& [stream, range] : *ranges)
        partitions.push_back({stream, *id->second, range.begin, range.end});
    }
  }
  trouble_ = Failure{};
  return partitions;
}

Failure AssignedReader::Start(const TopicPartition& stream, Offset from) {
  Topic topic(rd_kafka_topic_new(client_.get(), stream.topic.c_str(), nullptr));
  if (!topic ||
      rd_kafka_consume_start_queue(topic.get(), stream.partition, from.value, queue_.get()) != 0) {
    return FailureOf(ErrorPlace::kQuery, rd_kafka_last_error(), Where(stream), "");
  }
  started_[stream] = std::move(topic);
  return {};
}

Failure AssignedReader::Read(std::vector<OwnedRecord>& records, size_t most,
                             std::chrono::milliseconds longest) {
  ServeEvents();
  const size_t first = records.size();
  while (records.size() - first < most) {
    const int wait_ms = records.size() == first ? static_cast<int>(longest.count()) : 0;
    const Message message(rd_kafka_consume_queue(queue_.get(), wait_ms));
    if (!message) break;
    if (Failure failure = OnMessage(*message, records);
        failure.verdict.disposition == Disposition::kHalt) {
      return failure;
    }
  }
  return trouble_;
}

Failure AssignedReader::OnMessage(const rd_kafka_message_t& message,
                                  std::vector<OwnedRecord>& records) {
  if (message.rkt == nullptr) return {};
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    records.push_back(CopyRecord(message));
    trouble_ = Failure{};
    return {};
  }
  const TopicPartition stream{rd_kafka_topic_name(message.rkt), message.partition};
  Failure failure =
      FailureOf(ErrorPlace::kPartition, message.err, Where(stream),
                message.payload == nullptr
                    ? std::string_view()
                    : std::string_view(static_cast<const char*>(message.payload), message.len));
  if (failure.verdict.disposition != Disposition::kDone) {
    trouble_ = failure;
  } else if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    trouble_ = Failure{};  // a broker has answered
    ends_met_[stream] = message.offset;
  }
  return failure;
}

void AssignedReader::ServeEvents() {
  for (int served = 0; served < kEventsMax; ++served) {
    const Event event(rd_kafka_queue_poll(events_.get(), 0));
    if (!event) break;
    const rd_kafka_event_type_t type = rd_kafka_event_type(event.get());
    if (type == RD_KAFKA_EVENT_ERROR) {
      const char* text = rd_kafka_event_error_string(event.get());
      Failure failure = FailureOf(ErrorPlace::kClient, CodeOfError(event.get()), "the brokers",
                                  text == nullptr ? "" : text);
      if (failure.verdict.disposition != Disposition::kDone) trouble_ = std::move(failure);
    } else if (type == RD_KAFKA_EVENT_LOG && log_) {
      const char* facility = nullptr;
      const char* text = nullptr;
      int level = 0;
      if (rd_kafka_event_log(event.get(), &facility, &text, &level) == 0)
        log_(level, facility, text);
    }
  }
  if (trouble_.verdict.disposition != Disposition::kDone) reminder_.Remind(client_.get());
}

int64_t AssignedReader::EndMet(const TopicPartition& stream) const {
  const auto met = ends_met_.find(stream);
  return met == ends_met_.end() ? -1 : met->second;
}

int64_t AssignedReader::EndOffset(const TopicPartition& stream) const {
  int64_t low = -1;
  int64_t high = -1;
  const rd_kafka_resp_err_t code = rd_kafka_get_watermark_offsets(
      client_.get(), stream.topic.c_str(), stream.partition, &low, &high);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : -1;
}

}  // namespace sluice::kafka
