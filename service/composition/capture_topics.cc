#include "service/composition/capture_topics.h"

#include <algorithm>
#include <chrono>

#include "adapters/kafka/admin.h"
#include "adapters/postgres/table_shape.h"
#include "service/composition/capture_session.h"
#include "service/composition/capture_settings.h"
#include "service/composition/position_record.h"

namespace sluice::service {
namespace {

constexpr std::chrono::milliseconds kBrokerTimeout{15'000};

Result<std::map<std::string, std::string>> Look(const kafka::Settings& kafka,
                                                const kafka::TopicIds& recorded,
                                                const std::vector<std::string>& topics) {
  auto admin = kafka::Admin::Open(kafka, kBrokerTimeout);
  if (!admin) return admin.error();
  const auto present = admin->FindTopics(topics);
  if (!present) return present.error();
  return kafka::LostTopics(recorded, *present);
}

}  // namespace

std::vector<std::string> TopicsOf(const config::Config& config, const postgres::TableList& tables,
                                  const StreamNames& names) {
  std::vector<std::string> topics;
  for (const postgres::CatalogueTable* table : tables) {
    topics.push_back(names.Of(postgres::NamedTable(*table)));
  }
  const RelaySettings relay = RelaySettingsOf(config);
  for (const std::string& topic : {relay.transaction_stream, relay.message_stream}) {
    if (!topic.empty()) topics.push_back(topic);
  }
  return topics;
}

std::vector<std::string> OtherTopics(const kafka::TopicIds& recorded,
                                     const std::vector<std::string>& own) {
  std::vector<std::string> others;
  for (const auto& [topic, id] : recorded) {
    if (std::find(own.begin(), own.end(), topic) == own.end()) others.push_back(topic);
  }
  return others;
}

Result<std::map<std::string, std::string>> FindLostTopics(const kafka::Settings& kafka,
                                                          const kafka::TopicIds& recorded,
                                                          const std::vector<std::string>& topics) {
  std::vector<std::string> known;
  for (const std::string& topic : topics) {
    if (recorded.contains(topic)) known.push_back(topic);
  }
  if (known.empty()) return std::map<std::string, std::string>();
  auto lost = Look(kafka, recorded, known);
  return !lost || lost->empty() ? lost : Look(kafka, recorded, known);
}

std::string SentencesOf(const std::map<std::string, std::string>& lost) {
  constexpr size_t kTold = 3;  // the cure is the same for all of them
  std::string sentences;
  size_t told = 0;
  for (const auto& [topic, sentence] : lost) {
    if (told++ == kTold) break;
    sentences += (sentences.empty() ? "" : "; ") + sentence;
  }
  if (lost.size() > kTold) {
    sentences += "; and the same of " + std::to_string(lost.size() - kTold) + " more topics";
  }
  return sentences;
}

Failure RecordTopics(CaptureFrame& frame, const std::stop_token& stop) {
  const auto changed = frame.topics.TakeChanged();
  if (!changed) return {};
  auto topic = kafka::CompactedTopic::Open(frame.kafka, frame.config.capture_positions_topic,
                                           kRecordTimeout, frame.kafka_log);
  SystemClock clock;
  Failure failure = topic ? PositionRecord(std::move(*topic), PositionName(frame.config), clock)
                                .StoreTopicsAndWait(*changed, stop)
                          : HoldOf(topic.error());
  if (failure.verdict.disposition != Disposition::kDone) frame.topics.PutBack();
  return failure;
}

CaptureSession::Ended CaptureSession::CheckTopics() {
  const auto recorded = positions_->LoadTopics();
  if (!recorded) return EndOf(HoldOf(recorded.error()));
  frame_.topics.GoOn(*recorded);
  const auto lost =
      FindLostTopics(frame_.kafka, *recorded, TopicsOf(frame_.config, tables_, frame_.names));
  if (!lost) return EndOf(HoldOf(lost.error()));
  if (lost->empty()) return std::nullopt;
  return EndOf(kafka::TopicLost(SentencesOf(*lost)));
}

}  // namespace sluice::service
