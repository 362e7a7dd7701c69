#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/control.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/operations/index/control_decision.h"
#include "core/ports/control_store.h"
#include "core/ports/record_source.h"

namespace sluice {

/// Finds out, index by index, whether the history of its versions is known to be ours, and keeps
/// what is recorded of it (I5, I11). A halt is told only when it is seen twice: a broker that has
/// just started may answer from what it knew before. While an index is written it is looked at
/// again and again whether its name still stands for it: a rollover, a restored copy, or another
/// index under that name take writes as if nothing had happened.
///
/// Threads:   as its owner.
/// Ownership: borrows the ports.
/// Time:      no call blocks.
/// Errors:    as news.
class ControlDesk {
 public:
  struct News {
    enum class Kind : uint8_t {
      kReady,   ///< Writing may begin, by record().
      kRemark,  ///< `failure.detail`: something that is not as usual.
      kHeld,    ///< Still trying; `failure` says why.
      kHalted,  ///< `failure` says why and what the choices are.
      kSeen,    ///< It was looked at again, and is what is recorded.
    };
    Kind kind = Kind::kReady;
    IndexSlot index;
    Failure failure;
  };

  ControlDesk(RecordSource& source, ControlStore& store, std::string group, VersionMode mode)
      : source_(source), store_(store), group_(std::move(group)), mode_(mode) {}

  /// Looks at an index that exists, and at the topic that it is written from. News follow.
  void Check(IndexSlot index, const std::string& name, const std::string& topic);
  /// Nothing is written to it any more: it is not looked at again.
  void Leave(IndexSlot index);
  /// Remembers how the topic's keys are encoded; only where the record allows it.
  void Learn(IndexSlot index, KeyEncoding encoding);
  /// Something that was learnt is not safe yet: no offset may be committed before it is.
  [[nodiscard]] bool learning() const { return learning_ > 0; }

  void TakeStream(const StreamFacts& stream);
  bool Poll(int64_t now_us, std::vector<News>& news);

  /// Of an index that was ready once.
  [[nodiscard]] const ControlRecord& record(IndexSlot index) const {
    return entries_[index.value].record;
  }

 private:
  static constexpr int64_t kWatchEachUs = 30'000'000;

  struct Entry {
    std::string name;
    std::string topic;
    bool watched = false;   ///< It is written.
    int64_t seen_us = 0;    ///< When it was what is recorded.
    bool asking = false;    ///< The decision is to be made.
    bool writing = false;   ///< `wanted` is being stored, and decides.
    bool learning = false;  ///< `wanted` is being stored for its key encoding.
    bool store_asked = false;
    bool look_again = false;
    int halts_seen = 0;
    int64_t again_us = -1;
    std::optional<StreamFacts> stream;
    std::optional<ControlAnswer> found;
    ControlRecord record;
    ControlRecord wanted;
    ControlTicket ticket;
  };

  void Ask(Entry& entry);
  void Look(Entry& entry);
  void Take(ControlAnswer& answer);
  void TakeFound(Entry& entry, ControlAnswer& answer);
  void TakeWritten(Entry& entry, const ControlAnswer& answer);
  void Decide(Entry& entry);
  void Watch(Entry& entry);
  void TakeSeen(Entry& entry, const ControlAnswer& answer);
  void TellReady(Entry& entry);
  void Store(Entry& entry);
  void StopLearning(Entry& entry);
  void Tell(const Entry& entry, News::Kind kind, Failure failure = {});

  RecordSource& source_;
  ControlStore& store_;
  const std::string group_;
  const VersionMode mode_;
  int64_t now_us_ = 0;
  int learning_ = 0;
  std::vector<Entry> entries_;  // by IndexSlot
  std::vector<ControlAnswer> answers_;
  std::vector<News> news_;
};

}  // namespace sluice
