// The contract of DeadLetters, held by the real one against a real broker.
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "adapters/kafka/dead_letter_topic.h"
#include "tests/contract/dead_letters_contract.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

kafka::Settings Nowhere() {
  kafka::Settings settings = Broker::Get().settings();
  settings.brokers = "127.0.0.1:1";
  return settings;
}

kafka::DeadLetterSettings SettingsOf(const std::string& topic, int64_t timeout_ms) {
  kafka::DeadLetterSettings settings;
  settings.topic = topic;
  settings.queue_max_letters = DeadLettersHarness::kQueueMax;
  settings.message_timeout_ms = timeout_ms;
  return settings;
}

/// Splits the headers into the record's own and what was added to say why it is there.
FoundDeadLetter Understand(const OwnedRecord& record) {
  FoundDeadLetter found;
  found.key = record.key;
  found.value = record.value;
  std::map<std::string, std::string> said;
  for (const Header& header : record.headers) {
    if (header.name.starts_with("__connect.") || header.name.starts_with("sluice.")) {
      said[header.name] = header.value.value_or("");
    } else {
      found.headers.push_back(header);
    }
  }
  const auto number = [&](const std::string& name) {
    return said.contains(name) ? std::stoll(said[name]) : 0;
  };
  found.stream = {said["__connect.errors.topic"],
                  static_cast<int32_t>(number("__connect.errors.partition"))};
  found.offset = Offset{number("__connect.errors.offset")};
  found.content = said["sluice.content"] == "original" ? DeadLetter::Content::kOriginal
                                                       : DeadLetter::Content::kReference;
  found.stage = said["sluice.stage"];
  found.reason = said["sluice.reason"];
  found.index = said["sluice.index"];
  found.id = said["sluice.id"];
  found.version = number("sluice.version");
  found.operation = said["sluice.operation"];
  found.attempts = static_cast<uint32_t>(number("sluice.attempts"));
  std::istringstream replaced(said["sluice.replaced"]);
  for (std::string one; std::getline(replaced, one, ',');) {
    found.replaced.push_back(Offset{std::stoll(one)});
  }
  return found;
}

class KafkaHarness : public DeadLettersHarness {
 public:
  KafkaHarness()
      : topic_(Broker::Get().NewTopic("letters-contract", 1, {{"max.message.bytes", "100000"}})),
        letters_(Broker::Get().settings(), SettingsOf(topic_, 15'000), Broker::Get().clock()),
        cut_off_(Nowhere(), SettingsOf(topic_, 1'000), Broker::Get().clock()) {}
  DeadLetters& letters() override { return letters_; }
  DeadLetters& cut_off() override { return cut_off_; }
  std::vector<FoundDeadLetter> Find() override {
    std::vector<FoundDeadLetter> found;
    for (const OwnedRecord& record : Broker::Get().ReadAll(topic_))
      found.push_back(Understand(record));
    return found;
  }
  void Step() override { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

 private:
  std::string topic_;
  kafka::DeadLetterTopic letters_;
  kafka::DeadLetterTopic cut_off_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, DeadLettersContract, ::testing::Values(MakeDeadLetters([] {
                           return std::make_unique<KafkaHarness>();
                         })),
                         [](const auto&) { return "kafka"; });

}  // namespace
}  // namespace sluice::testing
