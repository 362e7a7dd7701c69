#include "adapters/debezium/envelope_decoder.h"

#include <algorithm>
#include <utility>

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

void Reject(ChangeEvent& event, RejectReason reason) {
  event.kind = EventKind::kReject;
  event.reject = reason;
}

void Skip(ChangeEvent& event, SkipRule rule) {
  event.kind = EventKind::kSkip;
  event.skip = rule;
}

void Clear(ChangeEvent& event) {
  event.first_of_snapshot = false;
  event.wants_id = false;
  event.source_ms = 0;
  event.key = {};
  event.after = {};
  event.unchanged = {};
}

/// Whether something besides `op` shows a change event: a flattened row may have a column `op`,
/// and must not be taken for a delete or a truncate.
bool LooksLikeEnvelope(const ObjectFrame& envelope) {
  const std::string_view source = envelope.at(Member::kSource);
  if (!source.empty()) return source.front() == '{';
  for (const Member member : {Member::kBefore, Member::kAfter}) {
    const std::string_view row = envelope.at(member);
    if (!row.empty() && (row.front() == '{' || row == "null")) return true;
  }
  return false;
}

/// `ts_ms`, a number, and nothing else.
bool IsHeartbeat(const ObjectFrame& value) {
  if (value.count != 1 || !value.has(Member::kTsMs)) return false;
  const char first = value.at(Member::kTsMs).front();
  return first == '-' || (first >= '0' && first <= '9');
}

/// BEGIN and END of a transaction, with the members that Debezium gives them and no other: a
/// flattened row may well have columns `status` and `id`.
bool IsTransaction(const ObjectFrame& value) {
  const std::string_view status = value.at(Member::kStatus);
  if (status != "\"BEGIN\"" && status != "\"END\"") return false;
  if (!value.has(Member::kId) || value.at(Member::kId).front() != '"') return false;
  uint32_t known = 0;
  for (const Member member : {Member::kStatus, Member::kId, Member::kEventCount,
                              Member::kDataCollections, Member::kTsMs}) {
    if (value.has(member)) ++known;
  }
  return known == value.count && value.has(Member::kEventCount);
}

}  // namespace

EnvelopeDecoder::EnvelopeDecoder(DecoderOptions options)
    : format_(options.format),
      frames_(options.kernel),
      shapes_(std::move(options.placeholder), options.kernel),
      usual_(shapes_.marks(), options.kernel) {}

void EnvelopeDecoder::Decode(const Record& record, ChangeEvent& event) {
  Clear(event);
  envelope_.seen = 0;
  envelope_.count = 0;
  value_with_schema_ = false;
  if (!record.value) {
    DecodeNull(record, event);
    return;
  }
  RejectReason reason = RejectReason::kBadJson;
  switch (ReadValue(record.partition, *record.value, reason)) {
    case ValueShape::kNull: DecodeNull(record, event); return;
    case ValueShape::kReject:
      envelope_.seen = 0;
      Reject(event, reason);
      break;
    case ValueShape::kEnvelope: DecodeEnvelope(record, event); break;
  }
  if (event.kind == EventKind::kReject) [[unlikely]]
    NameRejected(record, event);
}

/// Which row a value was about that cannot be applied, where its key can be read.
void EnvelopeDecoder::NameRejected(const Record& record, ChangeEvent& event) {
  if (!record.key || key_.Read(record.partition, *record.key) != KeyShape::kColumns) return;
  event.key = key_.parts();
  event.key_encoding = key_.encoding();
}

/// A value that is like its partition's last one.
bool EnvelopeDecoder::ReadUsual(PartitionSlot slot, std::string_view value) {
  if (format_ != EventFormat::kWithSchema && usual_.Read(slot, value, false, envelope_)) {
    return true;
  }
  if (format_ == EventFormat::kSchemaless) return false;
  const std::string_view prefix = wrappers_.Find(slot, value);
  if (prefix.empty() || !usual_.Read(slot, value.substr(prefix.size()), true, envelope_)) {
    return false;
  }
  value_with_schema_ = true;
  return true;
}

/// Shows what was read at length, where it is like what Debezium writes.
void EnvelopeDecoder::LearnUsual(PartitionSlot slot, std::string_view value) {
  constexpr std::string_view kHead = R"({"before":)";
  constexpr std::string_view kBetween = R"(,"after":)";
  const std::string_view before = envelope_.at(Member::kBefore);
  const std::string_view after = envelope_.at(Member::kAfter);
  if (before.empty() || after.data() != before.data() + before.size() + kBetween.size()) return;
  const auto begin = static_cast<size_t>(before.data() - value.data());
  if (begin < kHead.size()) return;
  usual_.Learn(slot, value.substr(begin - kHead.size()), value_with_schema_, envelope_);
}

bool EnvelopeDecoder::ReadKnownWrapper(PartitionSlot slot, std::string_view value) {
  if (format_ == EventFormat::kSchemaless) return false;
  const std::string_view prefix = wrappers_.Find(slot, value);
  if (prefix.empty() || value.size() == prefix.size() || value[prefix.size()] != '{') return false;
  return frames_.ReadWrapperTail(value.substr(prefix.size()), envelope_);
}

EnvelopeDecoder::ValueShape EnvelopeDecoder::ReadValue(PartitionSlot slot, std::string_view value,
                                                       RejectReason& reason) {
  if (value.size() >= kValueBytesMax) {
    reason = RejectReason::kDocumentTooLarge;
    return ValueShape::kReject;
  }
  read_as_usual_ = ReadUsual(slot, value);
  if (read_as_usual_) return ValueShape::kEnvelope;
  ValueShape shape = ValueShape::kEnvelope;
  // Whatever is wrong with a value that only begins like the last one is found by reading it all.
  if (ReadKnownWrapper(slot, value)) {
    value_with_schema_ = true;
  } else {
    shape = ReadUnknown(slot, value, reason);
  }
  if (shape == ValueShape::kEnvelope) LearnUsual(slot, value);
  return shape;
}

EnvelopeDecoder::ValueShape EnvelopeDecoder::ReadUnknown(PartitionSlot slot, std::string_view value,
                                                         RejectReason& reason) {
  ObjectFrame& object = envelope_;
  switch (frames_.ReadText(value, object)) {
    case TextShape::kBadUtf8: reason = RejectReason::kBadUtf8; return ValueShape::kReject;
    case TextShape::kBadJson: reason = RejectReason::kBadJson; return ValueShape::kReject;
    case TextShape::kNull: return ValueShape::kNull;
    case TextShape::kScalar: reason = RejectReason::kNotAnEnvelope; return ValueShape::kReject;
    case TextShape::kObject: break;
  }
  reason = RejectReason::kNotAnEnvelope;
  if (format_ == EventFormat::kSchemaless || !FrameReader::IsWrapper(object)) {
    return format_ == EventFormat::kWithSchema ? ValueShape::kReject : ValueShape::kEnvelope;
  }
  value_with_schema_ = true;
  const ObjectFrame wrapper = object;
  const std::string_view payload = wrapper.at(Member::kPayload);
  if (payload == "null") return ValueShape::kNull;
  if (payload.front() != '{') return ValueShape::kReject;
  if (!frames_.ReadPayload(wrapper, object)) {
    reason = RejectReason::kBadJson;
    return ValueShape::kReject;
  }
  if (wrapper.at(Member::kSchema).data() < payload.data() && !frames_.holds_control()) {
    wrappers_.Put(slot, value.substr(0, static_cast<size_t>(payload.data() - value.data())));
  }
  return ValueShape::kEnvelope;
}

bool EnvelopeDecoder::SetUnchanged(std::span<const std::string> names, ChangeEvent& event) {
  unchanged_.clear();
  named_.assign(names.size(), false);
  MemberReader members(event.after);
  while (members.Next()) {
    std::string_view name = members.name();
    if (name.find('\\') != std::string_view::npos) {
      name_scratch_.clear();
      if (!AppendUnescaped(name, name_scratch_)) return false;
      name = name_scratch_;
    }
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) continue;
    named_[static_cast<size_t>(found - names.begin())] = true;
    const std::string_view value = members.value();
    const auto begin = static_cast<uint32_t>(value.data() - event.after.data());
    unchanged_.push_back({members.name(), begin, begin + static_cast<uint32_t>(value.size())});
  }
  event.unchanged = unchanged_;
  return members.ok() && std::all_of(named_.begin(), named_.end(), [](bool seen) { return seen; });
}

void EnvelopeDecoder::DecodeNull(const Record& record, ChangeEvent& event) {
  const bool without_key =
      !record.key || key_.Read(record.partition, *record.key) == KeyShape::kNull;
  if (without_key) {
    Skip(event, SkipRule::kNullKeyAndValue);
    return;
  }
  if (TakeKey(record, event)) event.kind = EventKind::kTombstone;
}

void EnvelopeDecoder::DecodeEnvelope(const Record& record, ChangeEvent& event) {
  const std::string_view op = envelope_.at(Member::kOp);
  if (op.empty()) {
    DecodeWithoutOperation(event);
    return;
  }
  const bool one_letter = op.size() == 3 && op.front() == '"';
  switch (one_letter ? op[1] : '\0') {
    case 'c': DecodeRow(record, EventKind::kCreate, event); return;
    case 'r': DecodeRow(record, EventKind::kRead, event); return;
    case 'u': DecodeRow(record, EventKind::kUpdate, event); return;
    case 'd':
    case 't':
    case 'm': break;
    default: Reject(event, RejectReason::kUnknownOperation); return;
  }
  if (!LooksLikeEnvelope(envelope_)) {
    Reject(event, RejectReason::kNotAnEnvelope);
    return;
  }
  if (op[1] == 'm') {
    Skip(event, SkipRule::kMessage);
  } else if (op[1] == 'd') {
    DecodeRow(record, EventKind::kDelete, event);
  } else {
    event.kind = EventKind::kTruncate;
    event.source_ms = Source(record.partition).ts_ms;
  }
}

SourceFacts EnvelopeDecoder::Source(PartitionSlot slot) {
  return read_as_usual_ ? usual_.source() : source_.Read(slot, envelope_.at(Member::kSource));
}

void EnvelopeDecoder::DecodeWithoutOperation(ChangeEvent& event) {
  if (IsHeartbeat(envelope_)) {
    Skip(event, SkipRule::kHeartbeat);
  } else if (IsTransaction(envelope_)) {
    Skip(event, SkipRule::kTransaction);
  } else {
    Reject(event, RejectReason::kNotAnEnvelope);
  }
}

void EnvelopeDecoder::DecodeRow(const Record& record, EventKind kind, ChangeEvent& event) {
  if (kind != EventKind::kDelete && !TakeAfter(event)) return;
  if (!TakeKey(record, event)) return;
  event.kind = kind;
  const SourceFacts facts = Source(record.partition);
  event.source_ms = facts.ts_ms;
  event.first_of_snapshot = facts.first_of_snapshot;
}

/// Sets the event's key, or rejects it. Nothing of a rejected event's row is left set.
bool EnvelopeDecoder::TakeKey(const Record& record, ChangeEvent& event) {
  const KeyShape shape = record.key ? key_.Read(record.partition, *record.key) : KeyShape::kNull;
  RejectReason reason = RejectReason::kBadKey;
  switch (shape) {
    case KeyShape::kColumns:
      event.key = key_.parts();
      event.key_encoding = key_.encoding();
      return true;
    case KeyShape::kNull: reason = RejectReason::kNullKey; break;
    case KeyShape::kEmpty: reason = RejectReason::kEmptyKey; break;
    case KeyShape::kBad: reason = RejectReason::kBadKey; break;
    case KeyShape::kBadUtf8: reason = RejectReason::kBadUtf8; break;
  }
  Clear(event);
  Reject(event, reason);
  return false;
}

bool EnvelopeDecoder::TakeAfter(ChangeEvent& event) {
  std::string_view after = envelope_.at(Member::kAfter);
  if (after.empty() || after.front() != '{') {
    Reject(event, RejectReason::kMissingAfter);
    return false;
  }
  event.after = after;
  if (read_as_usual_ && !usual_.after_marked()) return true;
  // A newline would end the document's line in a bulk body and begin another.
  if (!read_as_usual_ && frames_.holds_control() && HoldsNewline(after)) {
    after_scratch_.clear();
    AppendMinified(after, after_scratch_);
    after = after_scratch_;
  }
  if (!shapes_.Find(after, unchanged_)) {
    Clear(event);
    Reject(event, RejectReason::kBadJson);
    return false;
  }
  event.after = after;
  event.unchanged = unchanged_;
  return true;
}

}  // namespace sluice::debezium
