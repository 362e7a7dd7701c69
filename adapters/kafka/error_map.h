#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "core/model/outcome.h"

namespace sluice::kafka {

/// Where an error of the library was met: the same code means different things in each.
enum class ErrorPlace : uint8_t {
  kClient,     ///< The client as a whole: brokers, group, subscription.
  kPartition,  ///< Reading one partition.
  kCommit,     ///< The answer to a commit.
  kDelivery,   ///< The answer to a produced record.
  kQuery,      ///< The answer to a question: committed offsets, a topic's existence.
};

/// The code of an error event that has this text. A certificate that is not to be trusted is told
/// as _SSL or as _TRANSPORT, by how much of the handshake had arrived: here it is _SSL (F174).
[[nodiscard]] rd_kafka_resp_err_t CodeOfError(rd_kafka_resp_err_t code, std::string_view text);
[[nodiscard]] rd_kafka_resp_err_t CodeOfError(rd_kafka_event_t* event);

/// What an error means. Total: every code has an answer in every place (delivery contract, part 9).
/// kDone stands for "no news": the library deals with it, or another event tells.
[[nodiscard]] Verdict MeaningOf(ErrorPlace place, rd_kafka_resp_err_t code);

/// The failure with the library's name of the error and one sentence: what, where, the cure.
/// `where` names the topic, group or broker; `text` is the library's own.
[[nodiscard]] Failure FailureOf(ErrorPlace place, rd_kafka_resp_err_t code, std::string_view where,
                                std::string_view text);

}  // namespace sluice::kafka
