#include "adapters/kafka/topic_reader.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <regex>
#include <utility>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/error_map.h"
#include "adapters/kafka/owned_record.h"

namespace sluice::kafka {
namespace {

constexpr int kWaitMs = 200;
constexpr int kAskMs = 10'000;
/// New topics are looked for after so many steps; a wait without a record counts for a thousand.
constexpr int kLookForTopicsSteps = 10'000;
constexpr int kStepsPerWait = 1'000;
constexpr size_t kQueueBytes = size_t{8} * 1024 * 1024;

bool StopsAtEnd(const ReadRequest& request) {
  return request.stop_at_end || request.range.until_passed;
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Milliseconds of "90s", "5m", "2h", "1d".
std::optional<int64_t> Duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const std::optional<int64_t> count = Number(text.substr(0, text.size() - 1));
  if (!count || *count < 0 || *count > 1'000'000) return std::nullopt;
  switch (text.back()) {
    case 's': return *count * 1'000;
    case 'm': return *count * 60'000;
    case 'h': return *count * 3'600'000;
    case 'd': return *count * 86'400'000;
    default: return std::nullopt;
  }
}

std::string Where(const TopicPartition& stream) {
  return "topic " + stream.topic + ", partition " + std::to_string(stream.partition);
}

}  // namespace

Status ParseRange(std::string_view text, int64_t now_ms, ReadRange& range) {
  using From = ReadRange::From;
  const auto set = [&range](From from, int64_t value) {
    range.from = from;
    range.value = value;
    return Status();
  };
  if (text == "start" || text == "beginning") return set(From::kStart, 0);
  if (text == "end") return set(From::kEnd, 0);
  if (text.starts_with("@")) {
    if (const auto ago = Duration(text.substr(1))) return set(From::kTime, now_ms - *ago);
  } else if (text.starts_with("s@")) {
    if (const auto ms = Number(text.substr(2)); ms && *ms >= 0) return set(From::kTime, *ms);
  } else if (text.starts_with("e@")) {
    if (const auto ms = Number(text.substr(2)); ms && *ms >= 0) {
      range.until_ms = ms;
      range.until_passed = *ms <= now_ms;
      return {};
    }
  } else if (const auto number = Number(text)) {
    return *number < 0 ? set(From::kLast, -*number) : set(From::kOffset, *number);
  }
  return Error{"\"" + std::string(text) + "\" is no place in a topic",
               "write start, end, -100, 1234, @2h, s@<ms> or e@<ms>"};
}

TopicReader::TopicReader(Admin admin, Client client, LogSink log)
    : admin_(std::move(admin)),
      client_(std::move(client)),
      log_(std::move(log)),
      queue_(rd_kafka_queue_new(client_.get())) {}

Result<TopicReader> TopicReader::Open(const Settings& settings, LogSink log) {
  Result<Admin> admin = Admin::Open(settings, std::chrono::milliseconds(kAskMs));
  if (!admin) return admin.error();
  Result<Conf> conf = MakeReaderConf(settings, kQueueBytes);
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  Result<Client> client = MakeClient(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return client.error();
  return TopicReader(std::move(*admin), std::move(*client), std::move(log));
}

Status TopicReader::Read(const ReadRequest& request,
                         const std::function<bool(const OwnedRecord&)>& take,
                         const std::function<bool()>& go_on) {
  told_ = 0;
  done_ = 0;
  Status status = Begin(request, false);
  if (status.ok() && partitions_.empty() && !request.is_regex) {
    status = Error{"topic " + request.topic + " has no such partition", "check -p"};
  }
  int steps = 0;
  bool more = status.ok() && request.records_max > 0 &&
              !(StopsAtEnd(request) && done_ == partitions_.size());
  while (more && go_on()) {
    ServeLogs();
    const Message message(rd_kafka_consume_queue(queue_.get(), kWaitMs));
    if (message) {
      const Result<bool> result = OnMessage(request, *message, take);
      if (!result) status = result.error();
      more = result.ok() && result.value();
    }
    steps += message ? 1 : kStepsPerWait;
    if (more && request.is_regex && !StopsAtEnd(request) && steps >= kLookForTopicsSteps) {
      steps = 0;
      status = Begin(request, true);
      more = status.ok();
    }
  }
  StopAll();
  return status;
}

Status TopicReader::Begin(const ReadRequest& request, bool late) {
  std::vector<TopicInfo> topics;
  if (request.is_regex) {
    Result<std::vector<TopicInfo>> all = admin_.ListTopics();
    if (!all) return all.error();
    try {
      const std::regex expression(request.topic, std::regex::extended);
      std::copy_if(
          all->begin(), all->end(), std::back_inserter(topics),
          [&](const TopicInfo& topic) { return std::regex_match(topic.name, expression); });
    } catch (const std::regex_error& error) {
      return Error{"\"" + request.topic + "\" is no regular expression: " + error.what(),
                   "write a POSIX extended expression"};
    }
  } else {
    Result<TopicInfo> topic = admin_.DescribeTopic(request.topic);
    if (!topic) return topic.error();
    topics.push_back(*topic);
  }
  for (const TopicInfo& topic : topics) {
    for (int32_t partition = 0; partition < topic.partitions; ++partition) {
      if (!request.partitions.empty() && !request.partitions.contains(partition)) continue;
      const TopicPartition stream{topic.name, partition};
      if (partitions_.contains(stream)) continue;
      if (Status status = BeginPartition(request, stream, late); !status) return status;
    }
  }
  return {};
}

Status TopicReader::BeginPartition(const ReadRequest& request, const TopicPartition& stream,
                                   bool late) {
  int64_t low = 0;
  int64_t high = 0;
  const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
      client_.get(), stream.topic.c_str(), stream.partition, &low, &high, kAskMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{FailureOf(ErrorPlace::kQuery, code, Where(stream), "").detail, ""};
  }
  // What appeared while following is new altogether.
  const ReadRange range = late ? ReadRange() : request.range;
  const Result<int64_t> first = FirstOffset(range, stream, low, high);
  if (!first) return first.error();
  Partition& partition = partitions_[stream];
  partition.end = high;
  if (StopsAtEnd(request) && *first >= high) {
    partition.done = true;
    ++done_;
    return {};
  }
  partition.topic.reset(rd_kafka_topic_new(client_.get(), stream.topic.c_str(), nullptr));
  if (!partition.topic || rd_kafka_consume_start_queue(partition.topic.get(), stream.partition,
                                                       *first, queue_.get()) != 0) {
    const rd_kafka_resp_err_t last = rd_kafka_last_error();
    return Error{FailureOf(ErrorPlace::kQuery, last, Where(stream), "").detail, ""};
  }
  return {};
}

Result<int64_t> TopicReader::FirstOffset(const ReadRange& range, const TopicPartition& stream,
                                         int64_t low, int64_t high) const {
  switch (range.from) {
    case ReadRange::From::kStart: return low;
    case ReadRange::From::kEnd: return high;
    case ReadRange::From::kLast: return std::max(low, high - range.value);
    case ReadRange::From::kOffset: return std::clamp(range.value, low, high);
    case ReadRange::From::kTime: break;
  }
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* partition =
      rd_kafka_topic_partition_list_add(list.get(), stream.topic.c_str(), stream.partition);
  partition->offset = range.value;
  rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client_.get(), list.get(), kAskMs);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = partition->err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{FailureOf(ErrorPlace::kQuery, code, Where(stream), "").detail, ""};
  }
  return partition->offset < 0 ? high : partition->offset;
}

Result<bool> TopicReader::OnMessage(const ReadRequest& request, const rd_kafka_message_t& message,
                                    const std::function<bool(const OwnedRecord&)>& take) {
  if (message.rkt == nullptr) return true;
  const TopicPartition stream{rd_kafka_topic_name(message.rkt), message.partition};
  const auto it = partitions_.find(stream);
  if (it == partitions_.end() || it->second.done) return true;
  Partition& partition = it->second;
  bool ended = false;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    ended = StopsAtEnd(request);
  } else if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const Failure failure =
        FailureOf(ErrorPlace::kPartition, message.err, Where(stream),
                  message.payload == nullptr
                      ? std::string_view()
                      : std::string_view(static_cast<const char*>(message.payload), message.len));
    if (failure.verdict.disposition == Disposition::kDone) return true;
    return Error{failure.detail, ""};
  } else {
    const OwnedRecord record = CopyRecord(message);
    const bool past = request.range.until_ms && record.timestamp_ms >= *request.range.until_ms;
    if (!past) {
      ++told_;
      if (!take(record) || told_ >= request.records_max) return false;
    }
    ended = past || (StopsAtEnd(request) && message.offset + 1 >= partition.end);
  }
  if (!ended) return true;
  partition.done = true;
  rd_kafka_consume_stop(partition.topic.get(), stream.partition);
  return ++done_ < partitions_.size();
}

void TopicReader::ServeLogs() {
  const Queue events(rd_kafka_queue_get_main(client_.get()));
  while (const Event event{rd_kafka_queue_poll(events.get(), 0)}) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (log_ && rd_kafka_event_log(event.get(), &facility, &text, &level) == 0) {
      log_(level, facility, text);
    }
  }
}

void TopicReader::StopAll() {
  for (auto& [stream, partition] : partitions_) {
    if (partition.topic && !partition.done) {
      rd_kafka_consume_stop(partition.topic.get(), stream.partition);
    }
  }
  partitions_.clear();
}

}  // namespace sluice::kafka
