#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapters/elasticsearch/held_request.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/ports/clock.h"
#include "core/ports/control_store.h"

namespace sluice::elasticsearch {

/// Control records as documents of one small index in the same cluster as the indices they are
/// about; made when the first one is written. Each is changed only where it is as it was read.
///
/// Threads:   as the transport.
/// Ownership: borrows transport and clock.
/// Time:      no call blocks. What cannot be reached is tried again without end, with back-off.
/// Errors:    as answers; kHeld repeats, kHalted names the cure.
class ControlIndex : public ControlStore {
 public:
  ControlIndex(const Settings& settings, Transport& transport, const Clock& clock, uint64_t tag);

  void Look(const std::string& index) override;
  void Create(const ControlRecord& record) override;
  void Replace(const ControlRecord& record, const ControlTicket& ticket) override;
  void Poll(std::vector<ControlAnswer>& answers) override;

  /// Starts what is due.
  void Move();
  /// Takes the answer to the request with that number (the tag without its upper byte).
  void Take(uint32_t number, const Response& response);
  /// Starts nothing more.
  void Pause() { paused_ = true; }

 private:
  enum class Step : uint8_t { kInspect, kStats, kRead, kMakeIndex, kWrite };
  struct Question {
    Step step = Step::kInspect;
    bool replaces = false;
    bool asked = false;
    Patience patience;
    int64_t shards = 0;
    std::string body;
    ControlTicket ticket;
    ControlAnswer answer;
  };

  void Open(Question question);
  void Ask(uint32_t number, Question& question);
  void TakeInspected(Question& question, const Response& response);
  void TakeStats(Question& question, const Response& response);
  /// Whether the question is answered.
  [[nodiscard]] bool TakeRead(Question& question, const Response& response);
  void TakeMade(Question& question, const Response& response);
  [[nodiscard]] bool TakeWritten(Question& question, const Response& response);
  void TryAgain(Question& question, const Response& response, const std::string& what);
  bool Halt(Question& question, std::string sentence);

  const Settings settings_;
  Transport& transport_;
  const Clock& clock_;
  const uint64_t tag_;
  bool paused_ = false;
  uint32_t next_ = 0;
  uint64_t random_state_;
  std::map<uint32_t, Question> questions_;  // by number
  std::vector<ControlAnswer> answers_;
};

}  // namespace sluice::elasticsearch
