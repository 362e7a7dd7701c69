#include "adapters/debezium/document_decoder.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "adapters/debezium/json_text.h"
#include "core/model/check.h"

namespace sluice::debezium {
namespace {

void Reject(ChangeEvent& event, RejectReason reason) {
  event.kind = EventKind::kReject;
  event.reject = reason;
  event.after = {};
  event.key = {};
  event.wants_id = false;
}

void Skip(ChangeEvent& event, SkipRule rule) {
  event.kind = EventKind::kSkip;
  event.skip = rule;
}

void AppendNumber(int64_t number, std::string& out) {
  std::array<char, std::numeric_limits<int64_t>::digits10 + 2> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

DocumentDecoder::DocumentDecoder(DocumentOptions options)
    : options_(options), frames_(options.kernel) {}

void DocumentDecoder::Bind(PartitionSlot slot, const TopicPartition& stream) {
  if (slot.value >= streams_.size()) streams_.resize(slot.value + 1);
  streams_[slot.value] = stream;
}

void DocumentDecoder::Decode(const Record& record, ChangeEvent& event) {
  event = ChangeEvent{};
  slot_ = record.partition;
  if (!record.value) {
    DecodeAbsent(record, event);
    return;
  }
  switch (ReadValue(*record.value)) {
    case ValueShape::kNull: Skip(event, SkipRule::kNoDocument); return;
    case ValueShape::kReject:
      Reject(event, reason_);
      // Which document it was about, where that is known. An event's own is never told again.
      if (options_.identity != DocumentIdentity::kKey || !record.key) return;
      if (key_.Read(slot_, *record.key) != KeyShape::kColumns) return;
      event.key = key_.parts();
      event.key_encoding = key_.encoding();
      return;
    case ValueShape::kDocument: break;
  }
  event.kind = EventKind::kCreate;
  event.after = document_;
  event.source_ms = std::max<int64_t>(record.timestamp_ms, 0);
  TakeIdentity(record, event);
}

/// No value: the key's document is gone. An event's own document is not: a tombstone is no event.
void DocumentDecoder::DecodeAbsent(const Record& record, ChangeEvent& event) {
  if (!record.key || key_.Read(slot_, *record.key) == KeyShape::kNull) {
    Skip(event, SkipRule::kNullKeyAndValue);
  } else if (options_.identity != DocumentIdentity::kKey) {
    Skip(event, SkipRule::kNoDocument);
  } else {
    event.kind = EventKind::kTombstone;
    event.source_ms = std::max<int64_t>(record.timestamp_ms, 0);
    TakeKey(record, event);
  }
}

void DocumentDecoder::TakeIdentity(const Record& record, ChangeEvent& event) {
  switch (options_.identity) {
    case DocumentIdentity::kKey: TakeKey(record, event); return;
    case DocumentIdentity::kHeader:
      event.wants_id = true;
      // Its partition still follows from the key: a key that is encoded otherwise moves events.
      if (record.key && key_.Read(slot_, *record.key) == KeyShape::kColumns)
        event.key_encoding = key_.encoding();
      return;
    case DocumentIdentity::kPosition: TakePosition(record, event); return;
  }
}

void DocumentDecoder::TakeKey(const Record& record, ChangeEvent& event) {
  switch (record.key ? key_.Read(slot_, *record.key) : KeyShape::kNull) {
    case KeyShape::kColumns:
      event.key = key_.parts();
      event.key_encoding = key_.encoding();
      return;
    case KeyShape::kNull: Reject(event, RejectReason::kNullKey); return;
    case KeyShape::kEmpty: Reject(event, RejectReason::kEmptyKey); return;
    case KeyShape::kBad: Reject(event, RejectReason::kBadKey); return;
    case KeyShape::kBadUtf8: Reject(event, RejectReason::kBadUtf8); return;
  }
}

void DocumentDecoder::TakePosition(const Record& record, ChangeEvent& event) {
  SLUICE_CHECK(slot_.value < streams_.size(), "a slot is bound before its records are decoded");
  const TopicPartition& stream = streams_[slot_.value];
  position_.assign(stream.topic).push_back('-');
  AppendNumber(stream.partition, position_);
  position_.push_back('-');
  AppendNumber(record.offset.value, position_);
  position_key_ = {KeyPart{KeyPart::Kind::kText, position_}};
  event.key = position_key_;
}

void DocumentDecoder::SetId(std::optional<std::string_view> header, ChangeEvent& event) {
  event.wants_id = false;
  // As a key: Connect's header converters write a text as it is, in quotes, or with its schema.
  switch (header ? id_.Read(slot_, *header) : KeyShape::kNull) {
    case KeyShape::kColumns: event.key = id_.parts(); return;
    case KeyShape::kBadUtf8: Reject(event, RejectReason::kBadUtf8); return;
    case KeyShape::kNull:
    case KeyShape::kEmpty:
    case KeyShape::kBad: Reject(event, RejectReason::kMissingId); return;
  }
}

bool DocumentDecoder::SetUnchanged(std::span<const std::string> names, ChangeEvent& event) {
  event.unchanged = {};
  return names.empty();
}

DocumentDecoder::ValueShape DocumentDecoder::Refuse(RejectReason reason) {
  reason_ = reason;
  return ValueShape::kReject;
}

DocumentDecoder::ValueShape DocumentDecoder::ReadValue(std::string_view value) {
  if (value.size() >= kValueBytesMax) return Refuse(RejectReason::kDocumentTooLarge);
  const bool needs_schema = options_.format == EventFormat::kWithSchema;
  switch (frames_.ReadText(value, frame_)) {
    case TextShape::kBadUtf8: return Refuse(RejectReason::kBadUtf8);
    case TextShape::kBadJson: return Refuse(RejectReason::kBadJson);
    case TextShape::kNull: return ValueShape::kNull;
    case TextShape::kScalar:
      return needs_schema ? Refuse(RejectReason::kNotADocument) : ReadText(TrimSpace(value));
    case TextShape::kObject: break;
  }
  if (options_.format != EventFormat::kSchemaless && FrameReader::IsWrapper(frame_)) {
    return ReadPayload();
  }
  return needs_schema ? Refuse(RejectReason::kNotADocument) : Take(TrimSpace(value));
}

/// What stands beside a schema.
DocumentDecoder::ValueShape DocumentDecoder::ReadPayload() {
  const ObjectFrame wrapper = frame_;
  const std::string_view payload = wrapper.at(Member::kPayload);
  if (payload == "null") return ValueShape::kNull;
  if (payload.front() != '{') return ReadText(payload);
  return frames_.ReadPayload(wrapper, frame_) ? Take(payload) : Refuse(RejectReason::kBadJson);
}

/// The text of a document in a JSON string, as Connect's converter writes a payload that was not
/// expanded. Another value is none.
DocumentDecoder::ValueShape DocumentDecoder::ReadText(std::string_view quoted) {
  if (quoted.front() != '"') return Refuse(RejectReason::kNotADocument);
  text_.clear();
  if (!AppendUnescaped(quoted.substr(1, quoted.size() - 2), text_)) {
    return Refuse(RejectReason::kBadJson);
  }
  const std::string_view text = TrimSpace(text_);
  if (text == "null") return ValueShape::kNull;
  // A text that is none of a document is well-formed as the string it is.
  if (text.empty() || text.front() != '{') return Refuse(RejectReason::kNotADocument);
  return frames_.ReadText(text_, frame_) == TextShape::kObject ? Take(text)
                                                               : Refuse(RejectReason::kBadJson);
}

/// A newline would end the document's line in a bulk body and begin another.
DocumentDecoder::ValueShape DocumentDecoder::Take(std::string_view object) {
  document_ = object;
  if (frames_.holds_control() && HoldsNewline(object)) {
    minified_.clear();
    AppendMinified(object, minified_);
    document_ = minified_;
  }
  return ValueShape::kDocument;
}

}  // namespace sluice::debezium
