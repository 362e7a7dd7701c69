#include "adapters/kafka/error_map.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::kafka {
namespace {

using D = Disposition;
using R = FailureReason;
using P = ErrorPlace;

struct Case {
  rd_kafka_resp_err_t code;
  P place;
  D disposition;
  R reason;
};

/// The errors that librdkafka documents, or whose sources show them, as reaching an application:
/// error events, consumer errors, commit answers, delivery reports, admin answers.
const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      // Error events of the client.
      {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, P::kClient, D::kHold, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__TRANSPORT, P::kClient, D::kDone, R::kNone},
      {RD_KAFKA_RESP_ERR__RESOLVE, P::kClient, D::kDone, R::kNone},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, P::kClient, D::kDone, R::kNone},
      {RD_KAFKA_RESP_ERR__SSL, P::kClient, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION, P::kClient, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, P::kClient, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, P::kClient, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, P::kClient, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, P::kClient, D::kHold, R::kInternal},
      {RD_KAFKA_RESP_ERR__FS, P::kClient, D::kHold, R::kInternal},
      {RD_KAFKA_RESP_ERR_UNKNOWN, P::kClient, D::kHold, R::kInternal},
      // The group.
      {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, P::kClient, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, P::kClient, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, P::kClient, D::kHold, R::kStreamGone},
      {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, P::kClient, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, P::kClient, D::kHold, R::kAssignmentLost},
      {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, P::kClient, D::kHalt, R::kAssignmentLost},
      {RD_KAFKA_RESP_ERR_UNRELEASED_INSTANCE_ID, P::kClient, D::kHalt, R::kAssignmentLost},
      {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, P::kClient, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, P::kClient, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, P::kClient, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, P::kClient, D::kHold, R::kBrokerRefused},
      // Reading a partition.
      {RD_KAFKA_RESP_ERR__PARTITION_EOF, P::kPartition, D::kDone, R::kNone},
      {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, P::kPartition, D::kHalt, R::kLogTruncated},
      {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, P::kPartition, D::kHalt, R::kLogTruncated},
      {RD_KAFKA_RESP_ERR__LOG_TRUNCATION, P::kPartition, D::kHalt, R::kLogTruncated},
      {RD_KAFKA_RESP_ERR__BAD_MSG, P::kPartition, D::kHalt, R::kLogTruncated},
      {RD_KAFKA_RESP_ERR_INVALID_MSG, P::kPartition, D::kHalt, R::kLogTruncated},
      {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, P::kPartition, D::kHalt, R::kLogTruncated},
      {RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, P::kPartition, D::kHalt, R::kInternal},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, P::kPartition, D::kHold,
       R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, P::kPartition, D::kHold, R::kStreamGone},
      {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, P::kPartition, D::kHold, R::kStreamGone},
      {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, P::kPartition, D::kHold, R::kStreamGone},
      {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, P::kPartition, D::kHold, R::kInternal},
      // Answers to commits.
      {RD_KAFKA_RESP_ERR_NO_ERROR, P::kCommit, D::kDone, R::kNone},
      {RD_KAFKA_RESP_ERR__NO_OFFSET, P::kCommit, D::kDone, R::kNone},
      {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, P::kCommit, D::kCancelled, R::kAssignmentLost},
      {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, P::kCommit, D::kCancelled, R::kAssignmentLost},
      {RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, P::kCommit, D::kCancelled, R::kAssignmentLost},
      {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, P::kCommit, D::kHalt, R::kAssignmentLost},
      {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, P::kCommit, D::kRetry, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR__TRANSPORT, P::kCommit, D::kRetry, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, P::kCommit, D::kRetry, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__WAIT_COORD, P::kCommit, D::kRetry, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, P::kCommit, D::kRetry, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, P::kCommit, D::kRetry, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, P::kCommit, D::kRetry,
       R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, P::kCommit, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, P::kCommit, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, P::kCommit, D::kRetry, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, P::kCommit, D::kRetry, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, P::kCommit, D::kRetry, R::kStreamGone},
      // Answers to dead letters.
      {RD_KAFKA_RESP_ERR_NO_ERROR, P::kDelivery, D::kDone, R::kNone},
      {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, P::kDelivery, D::kReject, R::kRecordTooLarge},
      {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, P::kDelivery, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, P::kDelivery, D::kReject, R::kRecordTooLarge},
      {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, P::kDelivery, D::kReject, R::kRecordTooLarge},
      {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, P::kDelivery, D::kHold, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__TRANSPORT, P::kDelivery, D::kHold, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__PURGE_QUEUE, P::kDelivery, D::kHold, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, P::kDelivery, D::kHold, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, P::kDelivery, D::kHold, R::kStreamGone},
      {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, P::kDelivery, D::kHold, R::kStreamGone},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, P::kDelivery, D::kHold,
       R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, P::kDelivery, D::kHold,
       R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_INVALID_RECORD, P::kDelivery, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, P::kDelivery, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, P::kDelivery, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, P::kDelivery, D::kHold,
       R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, P::kDelivery, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, P::kDelivery, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR__FATAL, P::kDelivery, D::kHold, R::kBrokerRefused},
      // Answers to questions.
      {RD_KAFKA_RESP_ERR__TIMED_OUT, P::kQuery, D::kHold, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR__TRANSPORT, P::kQuery, D::kHold, R::kBrokerUnreachable},
      {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, P::kQuery, D::kHold, R::kBrokerUnauthorized},
      {RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, P::kQuery, D::kHold, R::kBrokerRefused},
      {RD_KAFKA_RESP_ERR__DESTROY, P::kQuery, D::kCancelled, R::kNone},
  };
  return cases;
}

TEST(KafkaErrorMap, EachErrorMeansWhatTheContractSays) {
  for (const Case& expected : Cases()) {
    const Verdict verdict = MeaningOf(expected.place, expected.code);
    EXPECT_EQ(verdict.disposition, expected.disposition)
        << rd_kafka_err2name(expected.code) << " at " << static_cast<int>(expected.place);
    EXPECT_EQ(verdict.reason, expected.reason)
        << rd_kafka_err2name(expected.code) << " at " << static_cast<int>(expected.place);
  }
}

TEST(KafkaErrorMap, IsTotalAndNeverSkipsOverAnUnknownError) {
  const rd_kafka_err_desc* descriptions = nullptr;
  size_t count = 0;
  rd_kafka_get_err_descs(&descriptions, &count);
  ASSERT_GT(count, 150U);
  for (size_t i = 0; i < count; ++i) {
    if (descriptions[i].desc == nullptr) continue;
    const rd_kafka_resp_err_t code = descriptions[i].code;
    for (const P place : {P::kClient, P::kPartition, P::kCommit, P::kDelivery, P::kQuery}) {
      const Verdict verdict = MeaningOf(place, code);
      // Only the broker's "yes" makes a dead letter or a commit count as done.
      if (place == P::kDelivery) {
        EXPECT_EQ(verdict.disposition == D::kDone, code == RD_KAFKA_RESP_ERR_NO_ERROR)
            << descriptions[i].name;
      }
      if (verdict.disposition == D::kHold || verdict.disposition == D::kHalt ||
          verdict.disposition == D::kReject) {
        EXPECT_NE(verdict.reason, R::kNone) << descriptions[i].name;
      }
      EXPECT_NE(verdict.disposition, D::kSplit) << descriptions[i].name;
    }
  }
}

TEST(KafkaErrorMap, TheSentenceNamesTheThingTheReasonAndTheCure) {
  const Failure failure =
      FailureOf(P::kClient, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "topic orders", "");
  EXPECT_EQ(failure.type, "TOPIC_AUTHORIZATION_FAILED");
  EXPECT_NE(failure.detail.find("topic orders"), std::string::npos);
  EXPECT_NE(failure.detail.find("grant READ"), std::string::npos);
}

TEST(KafkaErrorMap, LongTextsAreCut) {
  const Failure failure =
      FailureOf(P::kClient, RD_KAFKA_RESP_ERR__SSL, "Kafka", std::string(5'000, 'x'));
  EXPECT_LE(failure.detail.size(), 1'024U);
}

TEST(KafkaErrorMap, ACertificateThatIsNotTrustedIsNoBrokerThatIsAway) {
  constexpr const char* kText =
      "sasl_ssl://127.0.0.1:9094/bootstrap: error:0A000086:SSL routines::certificate verify failed "
      "(after 12ms in state SSL_HANDSHAKE)";
  EXPECT_EQ(CodeOfError(RD_KAFKA_RESP_ERR__TRANSPORT, kText), RD_KAFKA_RESP_ERR__SSL);
  EXPECT_EQ(CodeOfError(RD_KAFKA_RESP_ERR__SSL, kText), RD_KAFKA_RESP_ERR__SSL);
  EXPECT_EQ(CodeOfError(RD_KAFKA_RESP_ERR__TRANSPORT, "127.0.0.1:9094: Connection refused"),
            RD_KAFKA_RESP_ERR__TRANSPORT);
}

}  // namespace
}  // namespace sluice::kafka
