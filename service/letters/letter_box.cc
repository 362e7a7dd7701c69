#include "service/letters/letter_box.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "adapters/kafka/admin.h"
#include "service/composition/adapter_settings.h"

namespace sluice::letters {
namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};

template <typename Number>
bool Parse(std::string_view text, std::optional<Number>& number) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return false;
  number = value;
  return true;
}

}  // namespace

bool LetterFilter::Takes(const kafka::StoredLetter& letter) const {
  return (topic.empty() || letter.record.stream.topic == topic) &&
         (index.empty() || letter.index == index) &&
         (destination.empty() || letter.destination == destination) &&
         (id.empty() || letter.id == id) &&
         (reason.empty() || letter.reason == reason || letter.error_type == reason) &&
         (!partition || letter.place.partition == *partition) &&
         (!offset || letter.at.value == *offset);
}

bool ParsePlace(const std::string& text, LetterFilter& filter) {
  // What is shown of it has the topic in front.
  const std::string place = text.substr(text.rfind('/') + 1);
  const size_t colon = place.find(':');
  return colon != std::string::npos &&
         Parse(std::string_view(place).substr(0, colon), filter.partition) &&
         Parse(std::string_view(place).substr(colon + 1), filter.offset);
}

Result<BoxSight> ReadLetters(const config::Config& config,
                             const std::function<void(kafka::StoredLetter)>& take,
                             const std::function<bool()>& go_on) {
  const kafka::Settings settings = service::KafkaSettings(config);
  const auto admin = kafka::Admin::Open(settings, kTimeout);
  if (!admin) return admin.error();
  const auto topics = admin->ListTopics();
  if (!topics) return topics.error();
  BoxSight sight;
  sight.exists = std::any_of(topics->begin(), topics->end(), [&](const kafka::TopicInfo& topic) {
    return topic.name == config.dead_letters_topic;
  });
  if (!sight.exists) return sight;
  auto reader = kafka::TopicReader::Open(settings);
  if (!reader) return reader.error();
  kafka::ReadRequest request;
  request.topic = config.dead_letters_topic;
  request.stop_at_end = true;
  const Status status = reader->Read(
      request,
      [&](const OwnedRecord& record) {
        if (auto letter = kafka::ReadLetter(record)) {
          take(std::move(*letter));
        } else {
          ++sight.foreign;
        }
        return true;
      },
      go_on);
  if (!status) return status.error();
  return sight;
}

}  // namespace sluice::letters
