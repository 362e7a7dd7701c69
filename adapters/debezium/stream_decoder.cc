#include "adapters/debezium/stream_decoder.h"

#include "core/model/check.h"

namespace sluice::debezium {

StreamDecoder::StreamDecoder(const StreamOptions& options)
    : envelopes_(options.envelopes), documents_(options.documents) {
  if (!options.document_topics.empty())
    document_topics_.emplace(options.document_topics, std::regex::extended);
}

void StreamDecoder::Bind(PartitionSlot slot, const TopicPartition& stream) {
  if (slot.value >= holds_.size()) holds_.resize(slot.value + 1, Holds::kUnknown);
  const bool documents = document_topics_ && std::regex_match(stream.topic, *document_topics_);
  holds_[slot.value] = documents ? Holds::kDocuments : Holds::kEnvelopes;
  documents_.Bind(slot, stream);
}

bool StreamDecoder::HoldsDocuments(PartitionSlot slot) const {
  SLUICE_CHECK(slot.value < holds_.size() && holds_[slot.value] != Holds::kUnknown,
               "a slot is bound before its records are decoded");
  return holds_[slot.value] == Holds::kDocuments;
}

void StreamDecoder::Decode(const Record& record, ChangeEvent& event) {
  last_document_ = HoldsDocuments(record.partition);
  if (last_document_) {
    documents_.Decode(record, event);
  } else {
    envelopes_.Decode(record, event);
  }
}

void StreamDecoder::SetId(std::optional<std::string_view> header, ChangeEvent& event) {
  if (last_document_) documents_.SetId(header, event);
}

bool StreamDecoder::SetUnchanged(std::span<const std::string> names, ChangeEvent& event) {
  return last_document_ ? documents_.SetUnchanged(names, event)
                        : envelopes_.SetUnchanged(names, event);
}

}  // namespace sluice::debezium
