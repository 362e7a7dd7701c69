#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "adapters/kafka/dead_letter_record.h"
#include "adapters/kafka/topic_reader.h"
#include "core/model/result.h"
#include "service/config/config.h"

namespace sluice::letters {

/// Which dead letters are meant; what is empty is any.
struct LetterFilter {
  std::string topic;  ///< Of the refused record.
  std::string index;
  std::string destination;
  std::string id;
  std::string reason;                ///< Reason code or error type.
  std::optional<int32_t> partition;  ///< Of the letter itself, as the next.
  std::optional<int64_t> offset;

  [[nodiscard]] bool Takes(const kafka::StoredLetter& letter) const;
};

/// "2:17" into partition and offset of a filter; false: it is no such place.
[[nodiscard]] bool ParsePlace(const std::string& text, LetterFilter& filter);

/// What was read of the dead-letter topic.
struct BoxSight {
  bool exists = true;    ///< The topic is there.
  uint64_t foreign = 0;  ///< Records that are no dead letters of this program.
};

/// Shows every dead letter that the topic holds now, partition by partition in order. Reads without
/// a group and commits nothing.
[[nodiscard]] Result<BoxSight> ReadLetters(const config::Config& config,
                                           const std::function<void(kafka::StoredLetter)>& take,
                                           const std::function<bool()>& go_on);

}  // namespace sluice::letters
