#include "tests/component/courier_rig.h"

#include <algorithm>

namespace sluice::testing {

void FakeDeliveryReader::Bind(PartitionSlot, const TopicPartition&) {}

void FakeDeliveryReader::Read(const Record& record, DeliveryEvent& event) {
  event = {};
  event.change = EventKind::kCreate;
  if (!record.value) {
    event.change = EventKind::kTombstone;
    event.skip = SkipRule::kTombstone;
    return;
  }
  const size_t blank = record.value->find(' ');
  if (blank == std::string_view::npos) {
    event.kind = DeliveryEvent::Kind::kReject;
    event.change = EventKind::kReject;
    event.reject = RejectReason::kBadJson;
    return;
  }
  event.kind = DeliveryEvent::Kind::kDeliver;
  event.destination = record.value->substr(0, blank);
  event.body = record.value->substr(blank + 1);
  event.order = record.key.value_or("");
  event.source_ms = record.timestamp_ms;
}

// ---- Parking -----------------------------------------------------------------------------------

StreamSlot FakeParking::Open(const std::string& stream) {
  streams_.push_back(stream);
  return {static_cast<uint32_t>(streams_.size() - 1)};
}

bool FakeParking::Publish(const OutgoingEvent& event) {
  if (queue_.size() >= capacity_) return false;
  Waiting& waiting = queue_.emplace_back();
  waiting.stream = {streams_[event.stream.value], static_cast<int32_t>(event.partition.value())};
  waiting.token = event.token;
  if (event.key) waiting.key = *event.key;
  if (event.value) waiting.value = *event.value;
  for (const HeaderView& header : event.headers)
    waiting.headers.push_back({std::string(header.name), std::string(header.value.value_or(""))});
  return true;
}

Offset FakeParking::Write(Waiting& waiting) {
  return log_.Append(waiting.stream, waiting.key, waiting.value, waiting.headers);
}

void FakeParking::Poll(std::vector<PublishAck>& acks) {
  for (size_t i = 0; !held_ && i < acks_per_poll_ && !queue_.empty(); ++i) {
    Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    if (failure_) {
      acks.push_back({waiting.token, 1, std::move(*failure_)});
      failure_.reset();
      continue;
    }
    const Offset at = Write(waiting);
    acks.push_back({waiting.token, 1, {}, hidden_ ? -1 : at.value});
  }
}

void FakeParking::Late(size_t records) {
  for (; records > 0 && !queue_.empty(); --records) {
    Write(queue_.front());
    queue_.pop_front();
  }
}

// ---- The world ---------------------------------------------------------------------------------

CourierWorld::CourierWorld(const std::vector<std::string>& names, int32_t count)
    : destinations(names), partitions(count) {
  log.CreateTopic(kStream, partitions);
  for (const std::string& name : destinations) log.CreateTopic("parked." + name, partitions);
}

DeliverySettings CourierWorld::Settings() const {
  DeliverySettings settings;
  settings.stream = kStream;
  for (const std::string& name : destinations)
    settings.destinations.push_back({name, "parked." + name});
  settings.window_max = 10;
  return settings;
}

std::string CourierWorld::Append(int package, const std::string& destination,
                                 const std::string& body) {
  const TopicPartition stream{kStream, package % partitions};
  const Offset offset =
      log.Append(stream, std::to_string(package), destination + " " + body, {}, clock.WallMs());
  return stream.topic + "-" + std::to_string(stream.partition) + "-" + std::to_string(offset.value);
}

// ---- One member --------------------------------------------------------------------------------

CourierMember::CourierMember(CourierWorld& world, const DeliverySettings& settings, uint64_t seed)
    : world_(world),
      source_(world.log),
      customers_(world.clock),
      parking_(std::make_unique<FakeParking>(world.log)),
      archive_(world.log),
      waiter_(world.clock),
      randomness_(seed) {
  customers_.reply = [&world](const ArrivedDelivery& arrived) {
    const FakeDestinations::Reply reply =
        world.reply ? world.reply(arrived) : FakeDestinations::Reply();
    world.arrived.push_back(arrived);
    world.arrived.back().answered = reply.failure.verdict.disposition;
    return reply;
  };
  courier_ = std::make_unique<Courier>(
      settings, CourierPorts{source_, reader_, customers_, *parking_, letters_, archive_, waiter_,
                             world.clock, randomness_, observer_});
}

void CourierMember::Settle() {
  constexpr int kTurnsMax = 100'000;
  for (int quiet = 0, turn = 0; quiet < 3 && turn < kTurnsMax; ++turn)
    quiet = courier_->Turn() ? 0 : quiet + 1;
}

void CourierMember::Run(int64_t us, int turns) {
  for (int i = 0; i < turns; ++i) {
    Settle();
    world_.clock.AdvanceUs(us);
  }
  Settle();
}

void CourierMember::AssignAll() {
  std::vector<TopicPartition> all = world_.log.Partitions(kStream);
  for (const std::string& name : world_.destinations) {
    for (const TopicPartition& partition : world_.log.Partitions("parked." + name))
      all.push_back(partition);
  }
  source_.Assign(all);
}

}  // namespace sluice::testing
