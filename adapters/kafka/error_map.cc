#include "adapters/kafka/error_map.h"

#include <algorithm>
#include <array>

namespace sluice::kafka {
namespace {

using enum Disposition;
using enum FailureReason;

constexpr uint8_t Bit(ErrorPlace place) {
  return static_cast<uint8_t>(1U << static_cast<unsigned>(place));
}
constexpr uint8_t kClientBit = Bit(ErrorPlace::kClient);
constexpr uint8_t kPartitionBit = Bit(ErrorPlace::kPartition);
constexpr uint8_t kCommitBit = Bit(ErrorPlace::kCommit);
constexpr uint8_t kDeliveryBit = Bit(ErrorPlace::kDelivery);
constexpr uint8_t kQueryBit = Bit(ErrorPlace::kQuery);
constexpr uint8_t kReading = kClientBit | kPartitionBit;
constexpr uint8_t kAsking = kDeliveryBit | kQueryBit;
constexpr uint8_t kAnywhere = 0x1F;

struct Row {
  rd_kafka_resp_err_t code;
  uint8_t places;
  Disposition disposition;
  FailureReason reason;
  std::string_view cure;  ///< Empty: the library's text says it all.
};

constexpr std::string_view kCheckBrokers =
    "check kafka.brokers, security.protocol in kafka.properties, the network and the brokers";
constexpr std::string_view kCheckLogin = "check the TLS and SASL settings in kafka.properties";
constexpr std::string_view kGrantTopic = "grant READ and DESCRIBE on the topic";
constexpr std::string_view kGrantGroup = "grant READ on the group";
constexpr std::string_view kGrantWrite = "grant WRITE and CREATE on the topic";
constexpr std::string_view kRebuild =
    "records are gone that were never read: read the topic again from its beginning into a new "
    "index, or move the group's offset to where it shall go on";
constexpr std::string_view kTopicGone =
    "if its name is wrong, correct it in the configuration; if it was deleted, what writes to it "
    "makes it anew, and who has read it halts then with the choices";
constexpr std::string_view kOneInstance =
    "another process runs with the same group.instance.id: give each its own";
constexpr std::string_view kLargerRecords =
    "raise producer.max.request.size here (and producer.buffer.memory above it), max.message.bytes "
    "of the topic, and message.max.bytes of the brokers";
constexpr std::string_view kPollFaster = "raise kafka.max.poll.interval";

/// First match wins; what matches no row is answered by Fallback().
constexpr auto kRows = std::to_array<Row>({
    {RD_KAFKA_RESP_ERR_NO_ERROR, kAnywhere, kDone, kNone, ""},

    // Brokers. One that is down is no news while others answer; all of them is.
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, kAnywhere, kHold, kBrokerUnreachable, kCheckBrokers},
    {RD_KAFKA_RESP_ERR__RESOLVE, kReading, kDone, kNone, ""},
    {RD_KAFKA_RESP_ERR__RESOLVE, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR__RESOLVE, kAsking, kHold, kBrokerUnreachable, kCheckBrokers},
    {RD_KAFKA_RESP_ERR__TRANSPORT, kReading, kDone, kNone, ""},
    {RD_KAFKA_RESP_ERR__TRANSPORT, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR__TRANSPORT, kAsking, kHold, kBrokerUnreachable, kCheckBrokers},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, kReading, kDone, kNone, ""},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, kAsking, kHold, kBrokerUnreachable, kCheckBrokers},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, kReading, kDone, kNone, ""},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, kAnywhere, kHold, kBrokerUnreachable, kCheckBrokers},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, kCommitBit, kRetry, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR__DESTROY, kAnywhere, kCancelled, kNone, ""},
    {RD_KAFKA_RESP_ERR__DESTROY_BROKER, kReading, kDone, kNone, ""},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, kAnywhere, kHold, kBrokerUnreachable, ""},
    {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, kAnywhere, kHold, kBrokerUnreachable, ""},

    // Who we are and what we may.
    {RD_KAFKA_RESP_ERR__SSL, kAnywhere, kHold, kBrokerUnauthorized, kCheckLogin},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, kAnywhere, kHold, kBrokerUnauthorized, kCheckLogin},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, kAnywhere, kHold, kBrokerUnauthorized,
     kCheckLogin},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, kAnywhere, kHold, kBrokerUnauthorized,
     kCheckLogin},
    {RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, kAnywhere, kHold, kBrokerUnauthorized, kCheckLogin},
    {RD_KAFKA_RESP_ERR_SECURITY_DISABLED, kAnywhere, kHold, kBrokerUnauthorized, kCheckLogin},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, kDeliveryBit, kHold, kBrokerUnauthorized,
     kGrantWrite},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, kAnywhere, kHold, kBrokerUnauthorized,
     kGrantTopic},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, kAnywhere, kHold, kBrokerUnauthorized,
     kGrantGroup},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, kAnywhere, kHold, kBrokerUnauthorized,
     kGrantWrite},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, kAnywhere, kHold, kBrokerUnauthorized,
     ""},

    // The group. What was lost is told by a kLost event as well.
    {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, kAnywhere, kCancelled, kAssignmentLost, ""},
    {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, kAnywhere, kCancelled, kAssignmentLost, ""},
    {RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, kAnywhere, kCancelled, kAssignmentLost, ""},
    {RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH, kAnywhere, kCancelled, kAssignmentLost, ""},
    {RD_KAFKA_RESP_ERR_FENCED_MEMBER_EPOCH, kAnywhere, kCancelled, kAssignmentLost, ""},
    {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, kAnywhere, kRetry, kBrokerRefused, ""},
    {RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, kAnywhere, kHold, kAssignmentLost, kPollFaster},
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, kAnywhere, kHalt, kAssignmentLost, kOneInstance},
    {RD_KAFKA_RESP_ERR_UNRELEASED_INSTANCE_ID, kAnywhere, kHalt, kAssignmentLost, kOneInstance},
    {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, kAnywhere, kHold, kBrokerRefused,
     "all members of a group need the same kafka.partition.assignment.strategy, and shared in "
     "kafka.consumption.mode goes with shared only"},
    {RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, kAnywhere, kHold, kBrokerRefused,
     "correct kafka.group.id"},
    {RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, kAnywhere, kHold, kBrokerRefused,
     "bring kafka.session.timeout into the brokers' group.min/max.session.timeout.ms"},
    {RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, kAnywhere, kHold, kBrokerRefused,
     "start fewer members or raise the brokers' group.max.size"},
    {RD_KAFKA_RESP_ERR__NO_OFFSET, kCommitBit, kDone, kNone, ""},

    // The log.
    {RD_KAFKA_RESP_ERR__PARTITION_EOF, kReading, kDone, kNone, ""},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, kReading, kHalt, kLogTruncated, kRebuild},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, kReading, kHalt, kLogTruncated, kRebuild},
    {RD_KAFKA_RESP_ERR__LOG_TRUNCATION, kReading, kHalt, kLogTruncated, kRebuild},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, kReading, kHold, kStreamGone, kTopicGone},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, kReading, kHold, kStreamGone, kTopicGone},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, kReading, kHold, kStreamGone, kTopicGone},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID, kReading, kHold, kStreamGone, kTopicGone},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, kCommitBit, kRetry, kStreamGone, ""},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, kAsking, kHold, kStreamGone, kTopicGone},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, kAsking, kHold, kStreamGone, kTopicGone},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, kAsking, kHold, kStreamGone, kTopicGone},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, kAnywhere, kHold, kBrokerRefused,
     "topics have up to 249 of the characters a-z A-Z 0-9 . _ -: see topic.prefix, "
     "topic.routing.* and kafka.topics"},
    // After these the library goes on behind the records it could not read.
    {RD_KAFKA_RESP_ERR__BAD_MSG, kPartitionBit, kHalt, kLogTruncated,
     "the broker's copy of the log is damaged: repair or replace that replica"},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, kPartitionBit, kHalt, kLogTruncated,
     "the broker's copy of the log is damaged: repair or replace that replica"},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, kPartitionBit, kHalt, kLogTruncated,
     "the broker's copy of the log is damaged: repair or replace that replica"},
    {RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, kPartitionBit, kHalt, kInternal,
     "the topic's compression is not built into librdkafka"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, kPartitionBit, kHalt, kInternal,
     "the topic's compression is not built into librdkafka"},

    // What is published: events and dead letters.
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, kDeliveryBit, kReject, kRecordTooLarge, kLargerRecords},
    {RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, kDeliveryBit, kReject, kRecordTooLarge, kLargerRecords},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, kDeliveryBit, kReject, kRecordTooLarge,
     kLargerRecords},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, kDeliveryBit, kHold, kBrokerRefused,
     "an event's own time is too far from the broker's: raise message.timestamp.before.max.ms and "
     "message.timestamp.after.max.ms of the topic"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, kDeliveryBit, kHold, kBrokerRefused,
     "the topic must take records without a key: set its cleanup.policy to delete"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, kDeliveryBit, kHold, kBrokerRefused,
     "a policy of the brokers refuses the topic or its records"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, kDeliveryBit, kHold, kBrokerRefused,
     "the topic has too few replicas in sync"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, kDeliveryBit, kHold, kBrokerRefused,
     "the topic has too few replicas in sync"},
});

/// What no row names: nothing is lost by waiting and telling.
Verdict Fallback(ErrorPlace place) {
  switch (place) {
    case ErrorPlace::kClient:
    case ErrorPlace::kPartition: return {kHold, kInternal, WriteResult::kCreated};
    case ErrorPlace::kCommit: return {kRetry, kBrokerRefused, WriteResult::kCreated};
    case ErrorPlace::kDelivery:
    case ErrorPlace::kQuery: return {kHold, kBrokerRefused, WriteResult::kCreated};
  }
  return {kHold, kInternal, WriteResult::kCreated};
}

const Row* RowOf(ErrorPlace place, rd_kafka_resp_err_t code) {
  const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& candidate) {
    return candidate.code == code && (candidate.places & Bit(place)) != 0;
  });
  return row == kRows.end() ? nullptr : row;
}

}  // namespace

Verdict MeaningOf(ErrorPlace place, rd_kafka_resp_err_t code) {
  const Row* row = RowOf(place, code);
  if (row == nullptr) return Fallback(place);
  return {row->disposition, row->reason, WriteResult::kCreated};
}

rd_kafka_resp_err_t CodeOfError(rd_kafka_resp_err_t code, std::string_view text) {
  const bool of_certificate = text.find("certificate verify failed") != std::string_view::npos;
  return code == RD_KAFKA_RESP_ERR__TRANSPORT && of_certificate ? RD_KAFKA_RESP_ERR__SSL : code;
}

rd_kafka_resp_err_t CodeOfError(rd_kafka_event_t* event) {
  const char* text = rd_kafka_event_error_string(event);
  return CodeOfError(rd_kafka_event_error(event), text == nullptr ? "" : text);
}

Failure FailureOf(ErrorPlace place, rd_kafka_resp_err_t code, std::string_view where,
                  std::string_view text) {
  constexpr size_t kTextMax = 800;
  Failure failure;
  failure.verdict = MeaningOf(place, code);
  failure.type = rd_kafka_err2name(code);
  failure.detail = where;
  if (!failure.detail.empty()) failure.detail += ": ";
  failure.detail += rd_kafka_err2str(code);
  if (!text.empty()) {
    failure.detail += " (";
    failure.detail += text.substr(0, kTextMax);
    failure.detail += ")";
  }
  const Row* row = RowOf(place, code);
  if (row != nullptr && !row->cure.empty()) {
    failure.detail += "; ";
    failure.detail += row->cure;
  }
  return failure;
}

}  // namespace sluice::kafka
