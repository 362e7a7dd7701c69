#include "adapters/kafka/offset_reader.h"

#include <utility>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/owned_record.h"
#include "core/model/check.h"

namespace sluice::kafka {
namespace {

constexpr int kMessagesMax = 1'000;  ///< Of one Poll().
constexpr int kEventsMax = 100;
/// Records between two wanted ones that are read over rather than stopping and starting anew.
constexpr int64_t kReadOverMax = 1'000;
constexpr Verdict kUnreachable = {Disposition::kHold, FailureReason::kBrokerUnreachable,
                                  WriteResult::kCreated};

}  // namespace

OffsetReader::OffsetReader(const Settings& settings, const ArchiveSettings& archive, Clock& clock,
                           LogSink log)
    : settings_(settings),
      archive_(archive),
      clock_(clock),
      log_(std::move(log)),
      reminder_(settings.brokers, clock),
      trouble_(kUnreachable) {}

OffsetReader::~OffsetReader() {
  for (auto& [stream, reading] : readings_) Stop(stream, reading);
  readings_.clear();
  if (queue_) Wakeup::Detach(queue_.get());
  if (events_) Wakeup::Detach(events_.get());
  queue_.reset();
  events_.reset();
}

Status OffsetReader::OpenClient() {
  if (client_) return {};
  Result<Conf> conf = MakeReaderConf(settings_, archive_.queue_max_bytes);
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  Result<Client> client = MakeClient(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return client.error();
  client_ = std::move(*client);
  queue_.reset(rd_kafka_queue_new(client_.get()));
  events_.reset(rd_kafka_queue_get_main(client_.get()));
  wakeup_.Attach(queue_.get());
  wakeup_.Attach(events_.get());
  return {};
}

void OffsetReader::Request(uint64_t token, const TopicPartition& stream, Offset offset) {
  SLUICE_CHECK(open_ < archive_.capacity, "at most capacity() requests are open");
  ++open_;
  Reading& reading = readings_[stream];
  Wanted& wanted = reading.wanted[offset.value];
  wanted.tokens.push_back(token);
  wanted.asked_us = wanted.held_us = clock_.NowUs();
  // An older record than the one being waited for: the partition is started anew at it.
  if (reading.started && reading.wanted.begin()->first == offset.value) Stop(stream, reading);
  if (!reading.started) Start(stream, reading);
}

void OffsetReader::Start(const TopicPartition& stream, Reading& reading) {
  // A client that cannot be made now is tried again by the next Poll().
  if (!OpenClient()) return;
  if (!reading.topic) {
    reading.topic.reset(rd_kafka_topic_new(client_.get(), stream.topic.c_str(), nullptr));
  }
  if (!reading.topic) return;
  reading.started = rd_kafka_consume_start_queue(reading.topic.get(), stream.partition,
                                                 reading.wanted.begin()->first, queue_.get()) == 0;
}

void OffsetReader::Stop(const TopicPartition& stream, Reading& reading) {
  if (!reading.started) return;
  rd_kafka_consume_stop(reading.topic.get(), stream.partition);
  reading.started = false;
}

void OffsetReader::Poll(std::vector<ArchivedRecord>& answers) {
  wakeup_.Drain();
  if (open_ == 0 && !client_) return;
  for (auto& [stream, reading] : readings_) {
    if (!reading.started && !reading.wanted.empty()) Start(stream, reading);
  }
  if (!client_) {
    ReportHeld(answers);
    return;
  }
  ServeEvents();
  for (int i = 0; i < kMessagesMax; ++i) {
    const Message message(rd_kafka_consume_queue(queue_.get(), 0));
    if (!message) break;
    OnMessage(*message, answers);
  }
  ReportHeld(answers);
}

void OffsetReader::OnMessage(const rd_kafka_message_t& message, Answers& answers) {
  if (message.rkt == nullptr) return;
  const TopicPartition stream{rd_kafka_topic_name(message.rkt), message.partition};
  const auto it = readings_.find(stream);
  if (it == readings_.end() || it->second.wanted.empty()) return;
  Reading& reading = it->second;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    OnMessageError(message, stream, reading, answers);
  } else {
    // What lies before this record is not there any more: compacted away or deleted.
    while (!reading.wanted.empty() && reading.wanted.begin()->first < message.offset) {
      AnswerFirst(reading, nullptr, answers);
    }
    if (!reading.wanted.empty() && reading.wanted.begin()->first == message.offset) {
      AnswerFirst(reading, &message, answers);
    }
    const int64_t here = message.offset;
    if (!reading.wanted.empty() && reading.wanted.begin()->first > here + kReadOverMax) {
      Stop(stream, reading);
      Start(stream, reading);
    }
  }
  if (reading.wanted.empty()) {
    Stop(stream, reading);
    readings_.erase(it);
  }
}

void OffsetReader::OnMessageError(const rd_kafka_message_t& message, const TopicPartition& stream,
                                  Reading& reading, Answers& answers) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // Asked for what the log does not hold (any more).
    while (!reading.wanted.empty()) AnswerFirst(reading, nullptr, answers);
    return;
  }
  const Verdict verdict = MeaningOf(ErrorPlace::kPartition, message.err);
  if (verdict.reason == FailureReason::kLogTruncated) {
    // The first wanted offset is out of the log's range; later ones may be in it.
    AnswerFirst(reading, nullptr, answers);
    Stop(stream, reading);
    if (!reading.wanted.empty()) Start(stream, reading);
    return;
  }
  if (verdict.disposition == Disposition::kDone) return;
  trouble_ = {Disposition::kHold, verdict.reason, WriteResult::kCreated};
}

void OffsetReader::AnswerFirst(Reading& reading, const rd_kafka_message_t* record,
                               Answers& answers) {
  const auto first = reading.wanted.begin();
  for (const uint64_t token : first->second.tokens) {
    ArchivedRecord answer;
    answer.token = token;
    if (record != nullptr) answer.record = CopyRecord(*record);
    answers.push_back(std::move(answer));
    --open_;
  }
  reading.wanted.erase(first);
  trouble_ = kUnreachable;
}

void OffsetReader::ServeEvents() {
  for (int i = 0; i < kEventsMax; ++i) {
    const Event event(rd_kafka_queue_poll(events_.get(), 0));
    if (!event) return;
    const rd_kafka_event_type_t type = rd_kafka_event_type(event.get());
    if (type == RD_KAFKA_EVENT_ERROR) {
      const Verdict verdict = MeaningOf(ErrorPlace::kQuery, CodeOfError(event.get()));
      if (verdict.disposition == Disposition::kHold) trouble_ = verdict;
    } else if (type == RD_KAFKA_EVENT_LOG && log_) {
      const char* facility = nullptr;
      const char* text = nullptr;
      int level = 0;
      if (rd_kafka_event_log(event.get(), &facility, &text, &level) == 0) {
        log_(level, facility, text);
      }
    }
  }
}

void OffsetReader::ReportHeld(Answers& answers) {
  const int64_t now_us = clock_.NowUs();
  for (auto& [stream, reading] : readings_) {
    for (auto& [offset, wanted] : reading.wanted) {
      if (now_us - wanted.held_us < archive_.report_hold_ms * 1000) continue;
      wanted.held_us = now_us;
      for (const uint64_t token : wanted.tokens) {
        answers.push_back({token, trouble_, std::nullopt});
      }
      if (client_) reminder_.Remind(client_.get());
    }
  }
}

}  // namespace sluice::kafka
