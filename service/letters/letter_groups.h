#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "adapters/kafka/dead_letter_record.h"

namespace sluice::letters {

/// Dead letters with the same cause.
struct LetterGroup {
  uint64_t count = 0;
  int64_t first_ms = 0;         ///< The earliest first attempt.
  int64_t last_ms = 0;          ///< The latest last one.
  kafka::StoredLetter example;  ///< The newest one, without its content.
};

/// By index (the topic where that is unknown), reason and error type.
class LetterGroups {
 public:
  using Cause = std::tuple<std::string, std::string, std::string>;

  void Add(kafka::StoredLetter letter);
  [[nodiscard]] const std::map<Cause, LetterGroup>& all() const { return groups_; }
  [[nodiscard]] uint64_t count() const { return count_; }

 private:
  std::map<Cause, LetterGroup> groups_;
  uint64_t count_ = 0;
};

/// For people: a line a cause, the largest first.
[[nodiscard]] std::string RenderGroups(const LetterGroups& groups);
/// `sluice.dlq-list/1`.
[[nodiscard]] std::string RenderGroupsJson(const LetterGroups& groups);

/// One letter with all its headers; `values`: its key and value too.
[[nodiscard]] std::string RenderLetter(const kafka::StoredLetter& letter, bool values);
/// One of the `letters` of `sluice.dlq-show/1`.
[[nodiscard]] std::string RenderLetterJson(const kafka::StoredLetter& letter, bool values);

/// "sluice.dead-letters/0:17": the letter itself.
[[nodiscard]] std::string PlaceText(const kafka::StoredLetter& letter);
/// "cdc.public.users/0:41": the refused record.
[[nodiscard]] std::string RecordText(const kafka::StoredLetter& letter);
/// " INDEX/ID" of its document; empty: it never had one.
[[nodiscard]] std::string DocumentText(const kafka::StoredLetter& letter);

}  // namespace sluice::letters
