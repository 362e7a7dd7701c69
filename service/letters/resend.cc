#include "service/letters/resend.h"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/debezium/delivery_decoder.h"
#include "adapters/kafka/record_publisher.h"
#include "core/model/delivery.h"
#include "core/operations/delivery/idempotency_key.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/deliver_settings.h"
#include "service/composition/system_clock.h"
#include "service/config/checks_deliver.h"

namespace sluice::letters {
namespace {

constexpr int kTurnMs = 50;

bool IsNumber(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<std::string_view> HeaderOf(const OwnedRecord& record, std::string_view name) {
  for (const Header& header : record.headers) {
    if (header.name == name && header.value) return *header.value;
  }
  return std::nullopt;
}

/// Of a letter that was parked the copy says it, else its record's place is it.
std::string OriginOf(const kafka::StoredLetter& letter) {
  const std::string origin(HeaderOf(letter.record, kOriginHeader).value_or(""));
  return IsNumber(origin) ? origin : std::to_string(letter.record.offset.value);
}

/// For whom a record of the topic is, and by what repeats of it are known.
struct Recipient {
  std::string destination;
  std::string idempotency_key;
};

Result<Recipient> RecipientOf(const config::Config& config, const kafka::StoredLetter& letter) {
  if (letter.stage == "deliver" && !letter.id.empty() && !letter.destination.empty())
    return Recipient{letter.destination, letter.id};
  const OwnedRecord& owned = letter.record;
  debezium::DeliveryDecoder decoder(service::DeliveryOptionsOf(config));
  decoder.Bind(PartitionSlot{}, owned.stream);
  Record record;
  record.offset = owned.offset;
  if (owned.key) record.key = *owned.key;
  if (owned.value) record.value = *owned.value;
  DeliveryEvent event;
  if (owned.stream.topic == config.deliver_topic) decoder.Read(record, event);
  if (event.kind != DeliveryEvent::Kind::kDeliver)
    return Error{
        "it is no delivery (" + letter.reason + ")",
        "correct deliver.destination.field where that was wrong; else mend what writes it: "
        "the row's next change is told"};
  return Recipient{std::string(event.destination),
                   IdempotencyKey(HeaderOf(owned, "id"), HeaderOf(owned, "sluice"), record.key,
                                  owned.stream, owned.offset)};
}

}  // namespace

Result<Resend> PlanResend(const config::Config& config, const kafka::StoredLetter& letter) {
  if (!letter.original)
    return Error{"its record is not in the letter", "raise dead_letters.max.bytes for the next"};
  auto to = RecipientOf(config, letter);
  if (!to) return to.error();
  const auto& known = config.deliver_destinations;
  const bool configured = std::any_of(
      known.begin(), known.end(), [&](const auto& one) { return one.first == to->destination; });
  if (!configured)
    return Error{"its destination " + to->destination + " is not configured",
                 "add it to deliver.destinations"};
  return Resend{config::ParkedTopic(config, to->destination),
                static_cast<uint32_t>(letter.record.stream.partition), OriginOf(letter),
                std::move(to->idempotency_key)};
}

Status WriteResends(const config::Config& config, const std::vector<kafka::StoredLetter>& letters,
                    const std::vector<Resend>& resends, const std::function<bool()>& go_on) {
  service::SystemClock clock;
  auto made = kafka::RecordPublisher::Make(service::KafkaSettings(config),
                                           service::ParkingSettingsOf(), clock);
  if (!made) return made.error();
  kafka::RecordPublisher& publisher = **made;
  std::vector<PublishAck> acks;
  size_t published = 0;
  uint64_t acknowledged = 0;
  while (acknowledged < resends.size()) {
    if (!go_on()) return Error{"interrupted; what was written so far is not known", ""};
    while (published < resends.size()) {
      const Resend& resend = resends[published];
      const OwnedRecord& record = letters[published].record;
      const std::vector<HeaderView> headers = {{kIdempotencyHeader, resend.idempotency_key},
                                               {kOriginHeader, resend.origin}};
      const OutgoingEvent event{
          publisher.Open(resend.stream), record.key, record.value, headers, 1, resend.partition};
      if (!publisher.Publish(event)) break;
      ++published;
    }
    pollfd ready{publisher.descriptor(), POLLIN, 0};
    poll(&ready, 1, kTurnMs);
    acks.clear();
    publisher.Poll(acks);
    for (const PublishAck& ack : acks) {
      if (ack.failure.verdict.disposition != Disposition::kDone)
        return Error{ack.failure.detail, "what was acknowledged before it is parked"};
      acknowledged += ack.count;
    }
  }
  return {};
}

}  // namespace sluice::letters
