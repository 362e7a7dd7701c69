#include "adapters/debezium/delivery_decoder.h"

#include <simdjson.h>

namespace sluice::debezium {
namespace {

void Skip(DeliveryEvent& event, SkipRule rule) {
  event.kind = DeliveryEvent::Kind::kSkip;
  event.skip = rule;
}

void Reject(DeliveryEvent& event, RejectReason reason) {
  event.kind = DeliveryEvent::Kind::kReject;
  event.reject = reason;
}

}  // namespace

struct DeliveryDecoder::Parser {
  simdjson::dom::parser dom;
};

DeliveryDecoder::DeliveryDecoder(const DeliveryOptions& options)
    : field_(options.destination_field),
      decoder_(options.streams),
      parser_(std::make_unique<Parser>()) {}
DeliveryDecoder::~DeliveryDecoder() = default;

void DeliveryDecoder::Bind(PartitionSlot slot, const TopicPartition& stream) {
  decoder_.Bind(slot, stream);
}

void DeliveryDecoder::Read(const Record& record, DeliveryEvent& event) {
  event = {};
  decoder_.Decode(record, change_);
  event.change = change_.kind;
  event.source_ms = change_.source_ms;
  switch (change_.kind) {
    case EventKind::kCreate:
    case EventKind::kRead:
    case EventKind::kUpdate: return TakeRow(event);
    case EventKind::kDelete: return Skip(event, SkipRule::kDeleted);
    case EventKind::kTombstone: return Skip(event, SkipRule::kTombstone);
    case EventKind::kTruncate: return Skip(event, SkipRule::kTruncateIgnored);
    case EventKind::kSkip: return Skip(event, change_.skip);
    case EventKind::kReject: return Reject(event, change_.reject);
  }
}

void DeliveryDecoder::TakeRow(DeliveryEvent& event) {
  if (!change_.unchanged.empty()) return Reject(event, RejectReason::kIncompleteRow);
  if (change_.key.empty()) return Reject(event, RejectReason::kNullKey);
  if (!FindDestination(change_.after)) return Reject(event, RejectReason::kNoDestination);
  event.kind = DeliveryEvent::Kind::kDeliver;
  event.destination = destination_;
  event.order = ids_.Build(change_.key);
  event.body = change_.after;
}

bool DeliveryDecoder::FindDestination(std::string_view row) {
  simdjson::dom::object object;
  simdjson::dom::element value;
  if (parser_->dom.parse(row.data(), row.size()).get(object) != simdjson::SUCCESS ||
      object.at_key(field_).get(value) != simdjson::SUCCESS) {
    return false;
  }
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    destination_ = text;
  } else if (value.is_int64() || value.is_uint64()) {
    destination_ = simdjson::minify(value);
  } else {
    return false;
  }
  return !destination_.empty();
}

}  // namespace sluice::debezium
