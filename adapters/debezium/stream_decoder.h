#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/document_decoder.h"
#include "adapters/debezium/envelope_decoder.h"
#include "core/ports/event_decoder.h"

namespace sluice::debezium {

struct StreamOptions {
  DecoderOptions envelopes;
  DocumentOptions documents;
  /// Whose values are documents: a POSIX extended regular expression over whole names of topics,
  /// which must be well-formed. Empty: no topic's.
  std::string document_topics;
};

/// Understands the records of each topic by what it holds: change events, or documents.
///
/// Threads, Ownership, Time, Errors: as EnvelopeDecoder. A slot that was not bound aborts: its
/// records would be taken for what they are not.
class StreamDecoder final : public EventDecoder {
 public:
  explicit StreamDecoder(const StreamOptions& options = {});

  void Bind(PartitionSlot slot, const TopicPartition& stream) override;
  void Decode(const Record& record, ChangeEvent& event) override;
  void SetId(std::optional<std::string_view> header, ChangeEvent& event) override;
  [[nodiscard]] bool SetUnchanged(std::span<const std::string> names, ChangeEvent& event) override;

  [[nodiscard]] bool HoldsDocuments(PartitionSlot slot) const;

 private:
  enum class Holds : uint8_t { kUnknown, kEnvelopes, kDocuments };

  EnvelopeDecoder envelopes_;
  DocumentDecoder documents_;
  std::optional<std::regex> document_topics_;
  std::vector<Holds> holds_;    ///< By PartitionSlot.
  bool last_document_ = false;  ///< The record decoded last was one.
};

}  // namespace sluice::debezium
