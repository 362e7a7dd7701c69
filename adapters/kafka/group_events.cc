// Everything that is no record: errors, commits, logs, and asking whether a fault is over.
#include <algorithm>
#include <utility>

#include "adapters/kafka/error_map.h"
#include "adapters/kafka/group_consumer.h"
#include "adapters/kafka/topic_id.h"

namespace sluice::kafka {
namespace {

constexpr int kEventsMax = 1'000;  ///< Of one Poll(): the rest waits for the next.
constexpr int64_t kProbeEveryUs = 1'000'000;
/// A client that has forgotten its brokers has no event to tell of it (docs/FINDINGS.md F36).
constexpr int64_t kDoubtEveryUs = 30'000'000;
constexpr int kProbeTimeoutMs = 3'000;

std::string_view Text(rd_kafka_event_t* event) {
  const char* text = rd_kafka_event_error_string(event);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

AdminOptions ProbeOptions(rd_kafka_t* client, rd_kafka_admin_op_t operation) {
  AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kProbeTimeoutMs, nullptr, 0);
  return options;
}

bool IsUnknownTopic(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

}  // namespace

void GroupConsumer::ServeEvents() {
  for (int served = 0; served < kEventsMax; ++served) {
    const Event event(rd_kafka_queue_poll(events_.get(), 0));
    if (!event) break;
    OnEvent(event.get());
  }
  if (closing_ && !closed_ && rd_kafka_consumer_closed(client_.get()) != 0) {
    closed_ = true;
    SourceEvent event;
    event.kind = SourceEvent::Kind::kClosed;
    pending_.push_back(std::move(event));
  }
  if (ask_again_us_ >= 0 && clock_.NowUs() >= ask_again_us_) {
    ask_again_us_ = -1;
    if (rebalance_ == Rebalance::kReadingOffsets) AskCommitted();
    if (rebalance_ == Rebalance::kReadingBeginnings) AskBeginnings();
  }
  ServeFacts();
  ServeGroup();
  if (clock_.NowUs() >= next_doubt_us_) {
    next_doubt_us_ = clock_.NowUs() + kDoubtEveryUs;
    brokers_suspect_ = true;
  }
  if (faults_.any() || brokers_suspect_) Probe();
}

void GroupConsumer::OnEvent(rd_kafka_event_t* event) {
  if (IsOfFacts(event)) {
    OnFacts(event);
    return;
  }
  // The library's set of events is open: those that were not asked for are passed over.
  const rd_kafka_event_type_t type = rd_kafka_event_type(event);
  if (type == RD_KAFKA_EVENT_REBALANCE) {
    OnRebalance(event);
  } else if (type == RD_KAFKA_EVENT_OFFSET_COMMIT) {
    OnCommitted(event);
  } else if (type == RD_KAFKA_EVENT_ERROR) {
    OnError(event);
  } else if (type == RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT) {
    OnOffsets(event);
  } else if (type == RD_KAFKA_EVENT_LISTOFFSETS_RESULT) {
    OnBeginnings(event);
  } else if (type == RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT) {
    OnGroupDescribed(event);
  } else if (type == RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT) {
    OnClusterDescribed(event);
  } else if (type == RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT) {
    OnTopicsDescribed(event);
  } else if (type == RD_KAFKA_EVENT_LOG && log_) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (rd_kafka_event_log(event, &facility, &text, &level) == 0) log_(level, facility, text);
  }
}

void GroupConsumer::OnCommitted(rd_kafka_event_t* event) {
  const auto number = reinterpret_cast<uint64_t>(rd_kafka_event_opaque(event));
  if (!commit_in_flight_ || number != commit_number_) return;  // its partitions were given up
  commit_in_flight_ = false;
  rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  std::string where = "group " + settings_.group_id;
  const rd_kafka_topic_partition_list_t* list = rd_kafka_event_topic_partition_list(event);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    if (list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    code = list->elems[i].err;
    where += ", topic " + std::string(list->elems[i].topic) + ", partition " +
             std::to_string(list->elems[i].partition);
    break;
  }
  SourceEvent answer;
  answer.failure = FailureOf(ErrorPlace::kCommit, code, where, "");
  answer.kind = answer.failure.verdict.disposition == Disposition::kDone
                    ? SourceEvent::Kind::kCommitted
                    : SourceEvent::Kind::kCommitFailed;
  if (answer.kind == SourceEvent::Kind::kCommitted) {
    faults_.EndAll(FaultBook::Place::kBrokers, pending_);
    answer.failure = Failure();
  }
  const bool lost = answer.failure.verdict.reason == FailureReason::kAssignmentLost;
  pending_.push_back(std::move(answer));
  // While we drain, the library does not tell that the group has gone on without us.
  if (lost && rebalance_ == Rebalance::kRevoking) {
    rebalance_ = Rebalance::kRevokingLost;
    SourceEvent event_lost;
    event_lost.kind = SourceEvent::Kind::kLost;
    for (int i = 0; i < rebalanced_->cnt; ++i) {
      event_lost.slots.push_back(
          slots_.NumberOf({rebalanced_->elems[i].topic, rebalanced_->elems[i].partition}));
    }
    pending_.push_back(std::move(event_lost));
  }
}

void GroupConsumer::OnError(rd_kafka_event_t* event) {
  rd_kafka_resp_err_t code = CodeOfError(event);
  std::string text(Text(event));
  if (rd_kafka_event_error_is_fatal(event) != 0) {
    Failure failure = FailureOf(ErrorPlace::kClient, code, "group " + settings_.group_id, text);
    failure.verdict.disposition = Disposition::kHalt;
    if (failure.verdict.reason == FailureReason::kNone) {
      failure.verdict.reason = FailureReason::kInternal;
    }
    Halt(std::move(failure));
    return;
  }
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE) {
    // One broker is away. Whether all are is asked: the library tells of that only when it had
    // reached one before.
    last_broker_error_ = text;
    brokers_suspect_ = true;
  }
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !last_broker_error_.empty()) {
    text += "; last: " + last_broker_error_;
  }
  const bool of_topic =
      IsUnknownTopic(code) || code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  const bool of_brokers =
      MeaningOf(ErrorPlace::kClient, code).reason == FailureReason::kBrokerUnreachable ||
      code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL;
  const std::string where = of_brokers || of_topic ? "Kafka" : "group " + settings_.group_id;
  Failure failure = FailureOf(ErrorPlace::kClient, code, where, text);
  switch (failure.verdict.disposition) {
    case Disposition::kDone:
    case Disposition::kCancelled: return;
    case Disposition::kHalt: Halt(std::move(failure)); return;
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kSplit:
    case Disposition::kReject: break;
  }
  if (of_topic) {
    // The event does not name the topic, so each is asked for. An expression that matches nothing
    // has no topic to ask for; joining the group ends that fault.
    if (!settings_.topics_regex.empty() && text.find(settings_.topics_regex) != std::string::npos) {
      const auto& named = settings_.topics;
      const bool first =
          std::all_of(topics_read_.begin(), topics_read_.end(), [&](const std::string& topic) {
            return std::find(named.begin(), named.end(), topic) != named.end();
          });
      if (first) failure.verdict.reason = FailureReason::kStreamMissing;
      failure.detail = "no topic matches " + settings_.topics_regex +
                       (first ? " yet" : " any more") +
                       "; one that is created will be found within kafka.topics.refresh";
      faults_.Begin(FaultBook::Place::kGroup, "", std::move(failure), pending_);
    } else {
      DescribeTopics();
    }
  } else {
    faults_.Begin(of_brokers ? FaultBook::Place::kBrokers : FaultBook::Place::kGroup, "",
                  std::move(failure), pending_);
  }
}

void GroupConsumer::Halt(Failure failure) {
  if (halted_) return;  // the first sentence is the cause
  halted_ = true;
  SourceEvent event;
  event.kind = SourceEvent::Kind::kFault;
  event.failure = std::move(failure);
  pending_.push_back(std::move(event));
}

void GroupConsumer::OnTopicUnknown(const std::string& topic, Failure failure) {
  // A topic that does not exist yet is waited for. One that was read may be hidden by the stale
  // metadata of a broker that has just started: it is asked for until it counts as gone.
  if (topics_read_.contains(topic)) {
    unknown_since_us_.try_emplace(topic, clock_.NowUs());
  } else {
    failure.verdict.reason = FailureReason::kStreamMissing;
    failure.detail = "topic " + topic +
                     " does not exist yet and is waited for: create it, or correct kafka.topics "
                     "if its name is wrong";
  }
  faults_.Begin(FaultBook::Place::kTopic, topic, std::move(failure), pending_);
}

// ---- Asking whether a fault is over ------------------------------------------------------------

void GroupConsumer::Probe() {
  const int64_t now_us = clock_.NowUs();
  if (now_us < next_probe_us_ || closing_) return;
  next_probe_us_ = now_us + kProbeEveryUs;
  if (brokers_suspect_ || faults_.Stands(FaultBook::Place::kBrokers)) {
    const AdminOptions options = ProbeOptions(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER);
    rd_kafka_DescribeCluster(client_.get(), options.get(), events_.get());
  }
  if (faults_.Stands(FaultBook::Place::kTopic)) DescribeTopics();
}

void GroupConsumer::DescribeTopics() {
  std::set<std::string> topics = topics_read_;
  topics.insert(settings_.topics.begin(), settings_.topics.end());
  if (topics.empty() || closing_) return;
  std::vector<const char*> names;
  names.reserve(topics.size());
  for (const std::string& topic : topics) names.push_back(topic.c_str());
  const std::unique_ptr<rd_kafka_TopicCollection_t, Freer<rd_kafka_TopicCollection_destroy>>
      collection(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  const AdminOptions options = ProbeOptions(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  rd_kafka_DescribeTopics(client_.get(), collection.get(), options.get(), events_.get());
}

void GroupConsumer::OnClusterDescribed(rd_kafka_event_t* event) {
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    brokers_suspect_ = false;
    faults_.EndAll(FaultBook::Place::kBrokers, pending_);
    return;
  }
  Failure failure = FailureOf(ErrorPlace::kQuery, code, "Kafka", last_broker_error_);
  if (failure.verdict.reason != FailureReason::kBrokerUnreachable) {
    brokers_suspect_ = false;  // one has answered, if with a refusal, which another event tells
    return;
  }
  if (!faults_.Stands(FaultBook::Place::kBrokers)) {
    faults_.Begin(FaultBook::Place::kBrokers, "", std::move(failure), pending_);
  }
  reminder_.Remind(client_.get());
}

void GroupConsumer::OnTopicsDescribed(rd_kafka_event_t* event) {
  for (const rd_kafka_TopicDescription_t* described : DescribedTopics(event)) {
    const std::string topic = rd_kafka_TopicDescription_name(described);
    const rd_kafka_resp_err_t code = CodeOf(*described);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      unknown_since_us_.erase(topic);
      faults_.End(FaultBook::Place::kTopic, topic, pending_);
      continue;
    }
    Failure failure = FailureOf(ErrorPlace::kClient, code, "topic " + topic, "");
    if (!IsUnknownTopic(code)) {
      faults_.Begin(FaultBook::Place::kTopic, topic, std::move(failure), pending_);
      continue;
    }
    OnTopicUnknown(topic, failure);
    const auto since = unknown_since_us_.find(topic);
    if (since == unknown_since_us_.end() ||
        clock_.NowUs() - since->second < settings_.topic_gone_after_ms * 1000) {
      continue;
    }
    failure.verdict.disposition = Disposition::kHalt;
    Halt(std::move(failure));
  }
}

}  // namespace sluice::kafka
