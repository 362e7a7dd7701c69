#include "core/operations/index/rebuild_decision.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/operations/index/divergence_causes.h"

namespace sluice {
namespace {

constexpr size_t kDigits = 6;

/// The shadow's versions are to be those of the live index: what they are made of is the same.
ControlRecord ShadowOf(const ControlRecord& live, const std::string& group) {
  ControlRecord shadow = live;
  shadow.index = ShadowNameOf(live.index);
  shadow.group = group;
  shadow.other.reset();
  return shadow;
}

std::vector<std::optional<int64_t>> All(const std::vector<int64_t>& offsets) {
  return {offsets.begin(), offsets.end()};
}

/// What a group is told that begins where another one stands.
std::vector<CommitNote> ToldOf(const std::vector<int64_t>& epochs,
                               const std::vector<int64_t>& versions) {
  std::vector<CommitNote> told(std::min(epochs.size(), versions.size()));
  for (size_t i = 0; i < told.size(); ++i) told[i] = {false, epochs[i], versions[i]};
  return told;
}

std::string AnewText(const std::string& index) {
  return "`sluice rebuild " + index + " --abort`, then begin anew";
}

std::optional<Error> LiveObstacle(const RebuildSight& sight) {
  const std::string& index = sight.live_seen.index;
  if (!sight.live)
    return Error{"index " + index +
                     " has no control record: what its versions are made of is not "
                     "known",
                 "start `sluice index` once, which makes it"};
  if (const auto halt = LogHalt(*sight.live, sight.live_seen)) return Error{halt->detail, ""};
  return std::nullopt;
}

}  // namespace

const char* RebuildStageName(RebuildStage stage) {
  switch (stage) {
    case RebuildStage::kNone: return "none";
    case RebuildStage::kRefilling: return "refilling";
    case RebuildStage::kAnnounced: return "announced";
    case RebuildStage::kMoved: return "moved";
    case RebuildStage::kKept: return "kept";
  }
  return "?";
}

RebuildStage StageOf(const RebuildSight& sight) {
  const auto& live = sight.live;
  const IndexFacts& now = sight.live_seen.destination;
  if (live && live->other && live->other->next) {
    return now.exists && now.uuid == live->other->facts.uuid ? RebuildStage::kMoved
                                                             : RebuildStage::kAnnounced;
  }
  if (sight.shadow) {
    const std::string& uuid = sight.shadow->destination.uuid;
    return live && !uuid.empty() && uuid == live->destination.uuid ? RebuildStage::kMoved
                                                                   : RebuildStage::kRefilling;
  }
  return live && live->other ? RebuildStage::kKept : RebuildStage::kNone;
}

std::string ShadowNameOf(const std::string& index) {
  return index + ".rebuild";
}

std::string ShadowGroupOf(const std::string& group, const std::string& index) {
  return group + ".rebuild." + index;
}

std::string NextBackingOf(const std::string& index, const std::string& present) {
  int64_t number = 1;
  const std::string prefix = index + "-";
  if (present.starts_with(prefix) && present.size() == prefix.size() + kDigits) {
    const std::string_view digits = std::string_view(present).substr(prefix.size());
    const bool all =
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (all) number = std::stoll(std::string(digits));
  }
  std::string text = std::to_string(number + 1);
  text.insert(0, kDigits - std::min(kDigits, text.size()), '0');
  return prefix + text;
}

bool HoldsEverything(const StreamFacts& stream) {
  return std::all_of(stream.partitions.begin(), stream.partitions.end(),
                     [](const StreamFacts::Partition& at) { return at.beginning == 0; });
}

Result<ControlChange> BeginShadow(const RebuildSight& sight, const std::string& group,
                                  const std::string& backing, bool asks_source,
                                  const std::string& recipe) {
  if (auto obstacle = LiveObstacle(sight)) return std::move(*obstacle);
  const ControlRecord& live = *sight.live;
  const StreamFacts& stream = sight.live_seen.stream;
  ControlChange change;
  change.record = ShadowOf(live, group);
  change.record.destination = {};
  change.record.destination.backing = backing;
  change.record.floors.clear();  // of the other index
  change.record.refill = Refill();
  change.record.refill->recipe = recipe;
  if (!HoldsEverything(stream)) {
    if (!asks_source)
      return Error{"topic " + stream.topic + " does not hold everything that index " + live.index +
                       " is made of: its beginning is gone, by retention or by hand, and no source "
                       "of this configuration can be asked for all rows",
                   "give the command the database's options of `sluice capture` (database.*, "
                   "slot.name, topic.prefix), which tells all rows once more; with another source: "
                   "`sluice control new-incarnation " +
                       live.index +
                       " --from end`, and have it tell all rows (an incremental "
                       "snapshot)"};
    change.record.refill->from = Refill::From::kSource;
    // Not at the log's end: what the records below have told of their source is known there.
    change.record.starts.clear();
    for (const StreamFacts::Partition& at : stream.partitions) {
      change.record.starts.push_back(std::max(at.committed, at.beginning));
      change.told.push_back(ParseCommitNote(at.note));
      change.told.back().clean = false;  // of that owner, and of another index
    }
  }
  change.offsets = All(change.record.starts);
  return change;
}

Result<ControlChange> BeginReturn(const RebuildSight& sight, const std::string& group,
                                  bool hides_stubs) {
  if (auto obstacle = LiveObstacle(sight)) return std::move(*obstacle);
  const ControlRecord& live = *sight.live;
  const StreamFacts& stream = sight.live_seen.stream;
  if (!live.other || live.other->next)
    return Error{"index " + live.index + " has no former index that is kept to go back to", ""};
  const OtherIndex& former = *live.other;
  if (former.hides_stubs != hides_stubs)
    return Error{"index " + former.facts.backing + " was written with another index.deletes",
                 std::string("set it to ") + (former.hides_stubs ? "soft" : "hard")};
  for (size_t i = 0; i < stream.partitions.size(); ++i) {
    if (i < former.offsets.size() && former.offsets[i] >= stream.partitions[i].beginning) continue;
    return Error{"topic " + stream.topic + ", partition " + std::to_string(i) +
                     ": records are gone that index " + former.facts.backing + " lacks",
                 "rebuild it instead: `sluice rebuild " + live.index +
                     " --finish`, then `sluice "
                     "rebuild " +
                     live.index + "`"};
  }
  ControlChange change;
  change.record = ShadowOf(live, group);
  change.record.destination = former.facts;
  change.record.floors = former.floors;
  change.record.other = former;
  change.record.refill = Refill();
  change.record.refill->from = Refill::From::kFormer;
  change.offsets = All(former.offsets);
  change.told = ToldOf(former.told_epochs, former.told_versions);
  return change;
}

std::optional<Error> HistoryObstacle(const RebuildSight& sight) {
  if (auto obstacle = LiveObstacle(sight)) return obstacle;
  if (auto obstacle = RefillObstacle(sight)) return obstacle;
  const ControlDecision decision = DecideControl(sight.shadow, sight.shadow_seen);
  if (decision.kind == ControlDecision::Kind::kHalt)
    return Error{decision.failure.detail, AnewText(sight.live->index)};
  return std::nullopt;
}

std::optional<Error> RefillObstacle(const RebuildSight& sight) {
  if (!sight.live) return LiveObstacle(sight);
  const std::string& index = sight.live->index;
  if (!sight.shadow)
    return Error{"the rebuild of index " + index + " was given up by somebody else",
                 AnewText(index)};
  const ControlRecord& live = *sight.live;
  const ControlRecord& shadow = *sight.shadow;
  if (shadow.incarnation == live.incarnation) return std::nullopt;
  return Error{"index " + index + " has incarnation " + std::to_string(live.incarnation) +
                   " now, and its rebuild began with incarnation " +
                   std::to_string(shadow.incarnation),
               AnewText(index)};
}

bool IsMadeOtherwise(const RebuildSight& sight, const std::string& recipe) {
  if (!sight.shadow || !sight.shadow->refill) return false;
  const Refill& refill = *sight.shadow->refill;
  return refill.from != Refill::From::kFormer && !refill.recipe.empty() && refill.recipe != recipe;
}

std::vector<Divergence> UnknownDivergences(const std::vector<Divergence>& live,
                                           const std::vector<Divergence>& shadow) {
  // An id has one entry. There may be many, and writers wait for the answer.
  std::unordered_map<std::string_view, const Divergence*> by_id;
  for (const Divergence& of : live) by_id.emplace(of.id, &of);
  std::vector<Divergence> unknown;
  for (const Divergence& entry : shadow) {
    const auto of = by_id.find(entry.id);
    const bool known =
        of != by_id.end() && DivergenceCauses(*of->second).Cover(DivergenceCauses(entry));
    if (!known) unknown.push_back(entry);
  }
  return unknown;
}

bool HasPassed(const StreamFacts& stream, const std::vector<int64_t>& places) {
  if (stream.partitions.size() != places.size()) return false;
  for (size_t i = 0; i < places.size(); ++i)
    if (stream.partitions[i].committed < places[i]) return false;
  return true;
}

std::vector<int64_t> EndsOf(const StreamFacts& stream) {
  std::vector<int64_t> ends;
  ends.reserve(stream.partitions.size());
  for (const StreamFacts::Partition& at : stream.partitions) ends.push_back(at.end);
  return ends;
}

int64_t LagOf(const StreamFacts& stream) {
  int64_t lag = 0;
  for (const StreamFacts::Partition& at : stream.partitions)
    lag += std::max<int64_t>(at.end - std::max(at.committed, at.beginning), 0);
  return lag;
}

ControlRecord Announced(const RebuildSight& sight, bool hides_stubs, int64_t now_ms,
                        int64_t keep_until_ms) {
  ControlRecord record = *sight.live;
  OtherIndex next;
  next.facts = sight.shadow_seen.destination;
  next.next = true;
  const StreamFacts& stream = sight.live_seen.stream;
  // Else what the group has committed went into another index, as behind a rollover.
  const bool wrote_it = record.destination.uuid == sight.live_seen.destination.uuid;
  for (size_t i = 0; wrote_it && i < stream.partitions.size(); ++i) {
    const StreamFacts::Partition& at = stream.partitions[i];
    const int64_t start = i < record.starts.size() ? record.starts[i] : 0;
    next.offsets.push_back(at.committed >= 0 ? at.committed : start);
    const CommitNote told = ParseCommitNote(at.note);
    next.told_epochs.push_back(told.epoch);
    next.told_versions.push_back(told.version);
  }
  if (sight.shadow) next.floors = sight.shadow->floors;
  next.hides_stubs = hides_stubs;
  next.moved_ms = now_ms;
  next.keep_until_ms = keep_until_ms;
  record.other = std::move(next);
  return record;
}

ControlRecord Withdrawn(const RebuildSight& sight) {
  ControlRecord record = *sight.live;
  record.other = sight.shadow ? sight.shadow->other : std::nullopt;
  return record;
}

ControlRecord Moved(const RebuildSight& sight, const std::string& former_uuid) {
  ControlRecord record = *sight.live;
  TakeNextIndex(record, sight.live_seen.destination);
  if (record.key_encoding == kKeyUnknown && sight.shadow)
    record.key_encoding = sight.shadow->key_encoding;
  const bool known = record.other && record.other->facts.uuid == former_uuid;
  if (!known || record.other->offsets.empty()) record.other.reset();
  return record;
}

}  // namespace sluice
