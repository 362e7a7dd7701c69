#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "adapters/elasticsearch/held_request.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/ports/clock.h"
#include "core/ports/divergence_store.h"

namespace sluice::elasticsearch {

/// Divergent ids as documents of one small index in the same cluster as the indices they are about;
/// made when the first one is written. Entries are written with their versions as external ones
/// (equal ones go through), many in one request, one request at a time, and can be found by a
/// search when they are answered.
///
/// Threads:   as the transport.
/// Ownership: borrows transport and clock.
/// Time:      no call blocks. What cannot be reached is tried again without end, with back-off.
/// Errors:    as answers; kHeld repeats, kHalted names the cure.
class DivergenceIndex : public DivergenceStore {
 public:
  DivergenceIndex(const Settings& settings, Transport& transport, const Clock& clock, uint64_t tag);

  void Load(const std::string& index, size_t entries_max) override;
  void Put(uint64_t token, const Divergence& entry) override;
  void Remove(const std::string& index, const std::string& id, int64_t version) override;
  void Poll(std::vector<DivergenceAnswer>& answers) override;

  /// Starts what is due.
  void Move();
  /// Takes the answer to the request with that number (the tag without its upper byte).
  void Take(uint32_t number, const Response& response);
  /// Nothing waits to be written.
  [[nodiscard]] bool idle() const { return waiting_.empty() && sent_.empty() && !writing_; }

 private:
  /// One line of a bulk body, or two.
  struct Line {
    uint64_t token = 0;
    bool removes = false;
    std::string index;
    std::string text;
  };
  struct Question {
    size_t entries_max = 0;
    std::string after;
    std::string body;
    bool asked = false;
    Patience patience;
    DivergenceAnswer answer;
  };
  /// The number of the request that writes.
  static constexpr uint32_t kWrites = 0;

  void Ask(uint32_t number, Question& question);
  void Write();
  void TakeMade(const Response& response);
  void TakeWritten(const Response& response);
  /// Whether the question is answered.
  [[nodiscard]] bool TakePage(Question& question, const Response& response);
  void Held(const std::string& index, Patience& patience, const Response& response,
            const std::string& what);

  const Settings settings_;
  Transport& transport_;
  const Clock& clock_;
  const uint64_t tag_;
  uint64_t random_state_;

  std::deque<Line> waiting_;
  std::deque<Line> sent_;
  std::string body_;
  bool writing_ = false;
  bool makes_index_ = false;
  Patience patience_;

  uint32_t next_ = kWrites + 1;
  std::map<uint32_t, Question> questions_;  // by number
  std::vector<DivergenceAnswer> answers_;
};

}  // namespace sluice::elasticsearch
