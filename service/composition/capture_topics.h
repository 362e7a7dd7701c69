#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/kafka/settings.h"
#include "adapters/kafka/written_topics.h"
#include "adapters/postgres/publication.h"
#include "core/model/result.h"
#include "core/operations/source/stream_names.h"
#include "service/config/config.h"

namespace sluice::service {

/// The topics that a source which goes on writes: those of its tables, of transactions and of
/// messages. With its heartbeats nothing is lost.
[[nodiscard]] std::vector<std::string> TopicsOf(const config::Config& config,
                                                const postgres::TableList& tables,
                                                const StreamNames& names);

/// Those of the recorded topics that are none of `own`: rows of outboxes named them, or tables that
/// are captured no more wrote them.
[[nodiscard]] std::vector<std::string> OtherTopics(const kafka::TopicIds& recorded,
                                                   const std::vector<std::string>& own);

/// Those of `topics` that have lost their records since they were recorded, each with a sentence.
/// Asks the brokers, a second time where the first answer says so: one that has just started may
/// answer from what it knew before.
Result<std::map<std::string, std::string>> FindLostTopics(const kafka::Settings& kafka,
                                                          const kafka::TopicIds& recorded,
                                                          const std::vector<std::string>& topics);

/// All in one.
[[nodiscard]] std::string SentencesOf(const std::map<std::string, std::string>& lost);

}  // namespace sluice::service
