#include "tests/fakes/fake_event_decoder.h"

#include <algorithm>

#include "core/model/check.h"
#include "tests/fakes/flat_json.h"

namespace sluice::testing {

void FakeEventDecoder::Bind(PartitionSlot slot, const TopicPartition& /*stream*/) {
  if (slot.value >= bound_.size()) bound_.resize(slot.value + 1);
  bound_[slot.value] = true;
}

void FakeEventDecoder::Decode(const Record& record, ChangeEvent& event) {
  SLUICE_CHECK(record.partition.value < bound_.size() && bound_[record.partition.value],
               "a slot is bound before its records are decoded");
  event = ChangeEvent{};
  if (!record.value) {
    if (!record.key) {
      event.skip = SkipRule::kNullKeyAndValue;
      return;
    }
    event.kind = EventKind::kTombstone;
    ReadKey(record, event);
    return;
  }
  const std::string_view value = *record.value;
  const auto skip = [&event](SkipRule rule) {
    event.kind = EventKind::kSkip;
    event.skip = rule;
  };
  switch (value.empty() ? '!' : value.front()) {
    case 'c': ReadRow(value.substr(1), EventKind::kCreate, event); break;
    case 'r': ReadRow(value.substr(1), EventKind::kRead, event); break;
    case 'f':
      ReadRow(value.substr(1), EventKind::kRead, event);
      event.first_of_snapshot = true;
      break;
    case 'i':
      ReadRow(value.substr(1), EventKind::kCreate, event);
      event.wants_id = true;
      return;
    case 'u': ReadRow(value.substr(1), EventKind::kUpdate, event); break;
    case 'd': event.kind = EventKind::kDelete; break;
    case 't': event.kind = EventKind::kTruncate; return;
    case 'm': skip(SkipRule::kMessage); return;
    case 'h': skip(SkipRule::kHeartbeat); return;
    case 'x': skip(SkipRule::kTransaction); return;
    default:
      event.kind = EventKind::kReject;
      event.reject = RejectReason::kBadJson;
      if (record.key) ReadKey(record, event);
      return;
  }
  ReadKey(record, event);
}

void FakeEventDecoder::SetId(std::optional<std::string_view> header, ChangeEvent& event) {
  if (!header || header->empty()) {
    event.kind = EventKind::kReject;
    event.reject = RejectReason::kMissingId;
    return;
  }
  key_text_.assign(*header);
  key_ = {{KeyPart::Kind::kText, key_text_}};
  event.key = key_;
}

bool FakeEventDecoder::SetUnchanged(std::span<const std::string> names, ChangeEvent& event) {
  unchanged_.clear();
  for (const FlatField& field : FlatFields(after_)) {
    if (std::find(names.begin(), names.end(), field.Name(after_)) != names.end()) {
      unchanged_.push_back({field.Name(after_), field.begin, field.end});
    }
  }
  event.unchanged = unchanged_;
  return unchanged_.size() == names.size();
}

void FakeEventDecoder::ReadKey(const Record& record, ChangeEvent& event) {
  if (!record.key) {
    event.kind = EventKind::kReject;
    event.reject = RejectReason::kNullKey;
    return;
  }
  key_text_.assign(*record.key);
  key_.clear();
  std::string_view left = key_text_;
  for (;;) {
    const size_t end = left.find('|');
    const std::string_view column = left.substr(0, end);
    key_.push_back(column == "\\N" ? KeyPart{KeyPart::Kind::kNull, {}}
                                   : KeyPart{KeyPart::Kind::kText, column});
    if (end == std::string_view::npos) break;
    left.remove_prefix(end + 1);
  }
  event.key = key_;
  event.key_encoding = key_encoding;
}

void FakeEventDecoder::ReadRow(std::string_view after, EventKind kind, ChangeEvent& event) {
  event.kind = kind;
  after_.assign(after);
  unchanged_.clear();
  for (const FlatField& field : FlatFields(after_)) {
    if (field.Value(after_) == kUnchangedValue) {
      unchanged_.push_back({field.Name(after_), field.begin, field.end});
    }
  }
  event.after = after_;
  event.unchanged = unchanged_;
}

}  // namespace sluice::testing
