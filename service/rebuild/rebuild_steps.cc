#include "service/rebuild/rebuild_steps.h"

#include <algorithm>
#include <utility>

#include "service/composition/adapter_settings.h"
#include "service/rebuild/shadow_config.h"

namespace sluice::rebuild {
namespace {

using service::ExitCode;
using telemetry::LogLevel;

constexpr int64_t kUsPerMs = 1'000;
constexpr int64_t kMembersGraceUs = 15'000'000;
constexpr int kNamesMax = 1'000;

std::string Again(const std::string& index) {
  return "`sluice rebuild " + index + "`";
}

}  // namespace

RebuildSteps::RebuildSteps(Parts parts)
    : parts_(parts), bar_(clock_.NowUs()), rows_(parts.desk.config(), parts.desk.topic()) {}

void RebuildSteps::Say(const std::string& event, const std::string& text) {
  parts_.log.Write(LogLevel::kInfo, event, text, {{"index", parts_.desk.index()}});
}

Ended RebuildSteps::Look() {
  auto seen = parts_.desk.Look();
  if (!seen) return Failed(seen.error());
  parts_.report.sight = std::move(*seen);
  parts_.report.lag = LagOf(sight().shadow_seen.stream);
  return std::nullopt;
}

/// Two rebuilds of one index would take the alias out of each other's hands. One that was killed is
/// a member for a while still.
Ended RebuildSteps::AwaitAlone() {
  const int64_t until_us =
      clock_.NowUs() + parts_.desk.config().kafka_session_timeout_us + kMembersGraceUs;
  for (bool said = false;;) {
    const auto members = parts_.desk.MembersOf(parts_.desk.shadow_group());
    if (!members) return Failed(members.error());
    if (*members == 0) return std::nullopt;
    if (clock_.NowUs() >= until_us)
      return Failed({"another `sluice rebuild` works on index " + parts_.desk.index() + ": group " +
                         parts_.desk.shadow_group() + " has " + std::to_string(*members) +
                         " members",
                     "stop it first"});
    if (!std::exchange(said, true))
      Say("rebuild_waits", "group " + parts_.desk.shadow_group() +
                               " has members: an earlier run is not gone yet, or another runs");
    if (Ended end = Wait(500)) return end;
  }
}

// ---- Beginning, going on -----------------------------------------------------------------------

Ended RebuildSteps::Forward() {
  if (Ended end = Look()) return end;
  switch (stage()) {
    case RebuildStage::kKept:
      if (clock_.WallMs() < sight().live->other->keep_until_ms) {
        parts_.report.done = "the alias stands for " + sight().live->destination.backing +
                             " already; `sluice rebuild " + parts_.desk.index() +
                             " --rollback` goes back, --finish deletes the former index, and "
                             "another rebuild may begin then";
        return std::nullopt;
      }
      if (Ended end = Drop()) return end;
      [[fallthrough]];
    case RebuildStage::kNone:
      if (Ended end = AwaitAlone()) return end;
      if (Ended end = Begin()) return end;
      break;
    case RebuildStage::kRefilling:
    case RebuildStage::kAnnounced:
      if (Ended end = AwaitAlone()) return end;
      Say("rebuild_goes_on", "an earlier run has not come to its end: this one goes on");
      if (Ended end = StepBack()) return end;
      if (stage() == RebuildStage::kMoved) return Complete();
      if (IsMadeOtherwise(sight(), parts_.desk.mover().RecipeOf(parts_.desk.shadow()))) {
        if (Ended end = BeginAnew()) return end;
      } else if (Ended end = HistoryEnd()) {
        return end;
      }
      break;
    case RebuildStage::kMoved: return Complete();
  }
  return RefillAndMove();
}

/// The operator has corrected the mapping: what was filled with the former one is of no use.
Ended RebuildSteps::BeginAnew() {
  Say("rebuild_anew",
      "index.settings or index.mappings have changed since index " +
          sight().shadow->destination.backing +
          " was begun: it is given up, and another one is filled with the new ones");
  if (Ended end = Discard()) return end;
  Say("rebuild_anew", std::exchange(parts_.report.done, std::string()));
  if (Ended end = Look()) return end;
  return Begin();
}

/// Also while it is being filled: what would keep the alias from moving is told at once.
Ended RebuildSteps::CheckHistory() {
  if (Ended end = Look()) return end;
  return HistoryEnd();
}

Ended RebuildSteps::HistoryEnd() const {
  if (const auto obstacle = RefillObstacle(sight())) return Failed(*obstacle, ExitCode::kHalted);
  return std::nullopt;
}

Ended RebuildSteps::RefillAndMove() {
  if (Ended end = MakeShadow()) return end;
  return FillUp();
}

/// The way in which deletes are kept decides what the alias hides. A running service would write
/// what it always wrote into an index that is for another way.
Ended RebuildSteps::CheckDeletes() {
  const std::string& index = parts_.desk.index();
  if (!sight().live_seen.destination.exists) return std::nullopt;
  const auto hides = parts_.desk.mover().HidesStubs(index);
  if (!hides) return Failed(hides.error());
  if (*hides == (parts_.desk.config().index_deletes == "soft")) return std::nullopt;
  const auto members = parts_.desk.MembersOf(parts_.desk.group());
  if (!members) return Failed(members.error());
  if (*members == 0) return std::nullopt;
  return Failed({"index " + index + " was made for another index.deletes, and group " +
                     parts_.desk.group() + " has members that write so",
                 "stop every `sluice index` of the group, rebuild, and start it with the new "
                 "configuration"});
}

/// As behind a rollover. Only one can be frozen and kept.
Ended RebuildSteps::SeveralIndices(const std::vector<std::string>& behind) const {
  const std::string& index = parts_.desk.index();
  const IndexFacts& written = sight().live_seen.destination;
  std::string actions;
  for (const std::string& backing : behind) {
    if (!written.exists || backing == written.backing) continue;
    actions += actions.empty() ? "" : ",";
    actions += "{\"remove\":{\"index\":\"" + backing + "\",\"alias\":\"" + index + "\"}}";
  }
  return Failed({"alias " + index + " stands for " + std::to_string(behind.size()) + " indices",
                 "leave it only its write index: POST /_aliases {\"actions\":[" + actions +
                     "]}; what stands in the others is not found until the new index is there"});
}

Ended RebuildSteps::Begin() {
  const std::string& index = parts_.desk.index();
  const auto behind = parts_.desk.mover().BehindAlias(index);
  if (!behind) return Failed(behind.error());
  if (behind->size() > 1) return SeveralIndices(*behind);
  if (Ended end = CheckDeletes()) return end;
  bool asks = false;
  if (parts_.options.database && !HoldsEverything(sight().live_seen.stream)) {
    const auto answers = rows_.Answers();
    if (!answers) return Failed(answers.error());
    asks = *answers;
    if (asks && !parts_.options.verifies)
      return Failed({"the topic does not hold everything, and whether the source has told all rows "
                     "is only known by comparing",
                     "leave --no-verify out"},
                    ExitCode::kUsage);
  }
  std::string backing = NextBackingOf(index, sight().live_seen.destination.backing);
  for (int tries = 0;; ++tries) {
    const auto there = parts_.desk.mover().Inspect(backing);
    if (!there) return Failed(there.error());
    if (!*there) break;
    if (tries == kNamesMax)
      return Failed({"no name is free for the next index, up to " + backing,
                     "delete indices that nobody needs"});
    backing = NextBackingOf(index, backing);
  }
  const auto change = BeginShadow(sight(), parts_.desk.shadow_group(), backing, asks,
                                  parts_.desk.mover().RecipeOf(parts_.desk.shadow()));
  if (!change) return Failed(change.error());
  if (Status begun = parts_.desk.Begin(*change); !begun) return Failed(begun.error());
  Say("rebuild_begins", "index " + backing + " is filled from the " +
                            RefillName(change->record.refill->from) + " behind the alias " +
                            parts_.desk.shadow() + ", by group " + parts_.desk.shadow_group());
  return Look();
}

/// Undoes what an earlier run has left between the last records and the move. First the tokens: a
/// request to move that is still on its way moves nothing after that. It may have come before.
Ended RebuildSteps::StepBack() {
  if (Ended end = Thaw()) return end;
  if (Ended end = Look()) return end;
  if (stage() != RebuildStage::kAnnounced) return std::nullopt;
  if (Status written = parts_.desk.WriteLive(Withdrawn(sight())); !written)
    return Failed(written.error());
  return Look();
}

/// Lets writers into the present index again, whoever has kept them out.
Ended RebuildSteps::Thaw() {
  frozen_.clear();
  const std::string& backing = sight().live_seen.destination.backing;
  if (backing.empty()) return std::nullopt;
  if (Status thawed = parts_.desk.mover().Thaw(backing, TokenPrefixOf(parts_.desk.index()));
      !thawed)
    return Failed(thawed.error());
  return std::nullopt;
}

Ended RebuildSteps::MakeShadow() {
  if (!sight().shadow)
    return Failed({"the rebuild of index " + parts_.desk.index() + " was given up meanwhile",
                   "begin it again with " + Again(parts_.desk.index())});
  ControlRecord shadow = *sight().shadow;
  elasticsearch::IndexMover& mover = parts_.desk.mover();
  const std::string& backing = shadow.destination.backing;
  const auto there = mover.Inspect(backing);
  if (!there) return Failed(there.error());
  const bool known = !shadow.destination.uuid.empty();
  if (known && (!*there || (*there)->uuid != shadow.destination.uuid))
    return Failed({"index " + backing + ", which was being filled, is gone or another one",
                   "`sluice rebuild " + parts_.desk.index() + " --abort`, then begin anew"},
                  ExitCode::kHalted);
  if (shadow.refill && shadow.refill->from == Refill::From::kFormer) {
    if (Status copied = parts_.desk.CopyDivergences(backing, parts_.desk.shadow()); !copied)
      return Failed(copied.error());
    if (Status added = mover.AddAlias(backing, parts_.desk.shadow()); !added)
      return Failed(added.error());
    if (Status thawed = mover.Thaw(backing, TokenPrefixOf(parts_.desk.index())); !thawed)
      return Failed(thawed.error());
    return Look();
  }
  if (known) return std::nullopt;
  if (Status made = mover.Create(backing, parts_.desk.shadow()); !made) return Failed(made.error());
  if (Ended end = Look()) return end;
  if (!sight().shadow_seen.destination.exists)
    return Failed({"index " + backing + " was made, and is not there", ""});
  shadow.destination = sight().shadow_seen.destination;
  if (Status written = parts_.desk.WriteShadow(shadow); !written) return Failed(written.error());
  return Look();
}

// ---- The other verbs ---------------------------------------------------------------------------

Ended RebuildSteps::Rollback() {
  if (Ended end = Look()) return end;
  switch (stage()) {
    case RebuildStage::kNone:
      return Failed({"index " + parts_.desk.index() + " has no former index to go back to",
                     "rebuild it: " + Again(parts_.desk.index())});
    case RebuildStage::kRefilling:
    case RebuildStage::kAnnounced:
      if (sight().shadow && sight().shadow->refill->from == Refill::From::kFormer) return Forward();
      return Failed({"the alias of index " + parts_.desk.index() + " was not moved yet",
                     "`sluice rebuild " + parts_.desk.index() + " --abort` gives the rebuild up"});
    case RebuildStage::kMoved:
      if (Ended end = Complete()) return end;
      if (Ended end = Look()) return end;
      break;
    case RebuildStage::kKept: break;
  }
  if (Ended end = AwaitAlone()) return end;
  if (Ended end = CheckDeletes()) return end;
  const auto change = BeginReturn(sight(), parts_.desk.shadow_group(),
                                  parts_.desk.config().index_deletes == "soft");
  if (!change) return Failed(change.error());
  const std::string& backing = change->record.destination.backing;
  const auto there = parts_.desk.mover().Inspect(backing);
  if (!there) return Failed(there.error());
  if (!*there || (*there)->uuid != change->record.destination.uuid)
    return Failed({"the former index " + backing + " is gone",
                   "rebuild it instead: " + Again(parts_.desk.index() + " --finish") + ", then " +
                       Again(parts_.desk.index())});
  if (Status begun = parts_.desk.Begin(*change); !begun) return Failed(begun.error());
  Say("rollback_begins", "index " + backing + " is given what it lacks, by group " +
                             parts_.desk.shadow_group() + "; then the alias goes back");
  if (Ended end = Look()) return end;
  return RefillAndMove();
}

Ended RebuildSteps::Abort() {
  if (Ended end = Look()) return end;
  const std::string& index = parts_.desk.index();
  switch (stage()) {
    case RebuildStage::kNone:
      parts_.report.done = "there is no rebuild of index " + index;
      return std::nullopt;
    case RebuildStage::kKept:
    case RebuildStage::kMoved:
      return Failed({"the alias of index " + index + " was moved already",
                     "`sluice rebuild " + index + " --rollback` goes back"});
    case RebuildStage::kRefilling:
    case RebuildStage::kAnnounced: break;
  }
  if (Ended end = AwaitAlone()) return end;
  if (Ended end = StepBack()) return end;
  if (stage() == RebuildStage::kMoved) return Abort();
  if (Ended end = Discard()) return end;
  return Look();
}

/// Gives up what was being filled. Nothing is deleted that anybody may search.
Ended RebuildSteps::Discard() {
  const ControlRecord shadow = *sight().shadow;
  const std::string& backing = shadow.destination.backing;
  elasticsearch::IndexMover& mover = parts_.desk.mover();
  const auto there = mover.Inspect(backing);
  if (!there) return Failed(there.error());
  Status undone;
  if (shadow.refill && shadow.refill->from == Refill::From::kFormer) {
    undone = mover.RemoveAlias(backing, parts_.desk.shadow());
    if (undone) undone = mover.Block(backing);
    parts_.report.done = "the alias stays; " + backing + " is kept as the former index";
  } else if (*there) {
    const auto& aliases = (*there)->aliases;
    const bool ours = std::all_of(aliases.begin(), aliases.end(), [this](const auto& alias) {
      return alias == parts_.desk.shadow();
    });
    const bool known = shadow.destination.uuid.empty() || shadow.destination.uuid == (*there)->uuid;
    if (ours && known) undone = mover.Delete(backing);
    parts_.report.done = "the alias stays; " + backing +
                         (ours && known ? " was deleted" : " is not as it was made, and stays");
  }
  if (!undone) return Failed(undone.error());
  if (Status gone = parts_.desk.Forget(); !gone) return Failed(gone.error());
  return std::nullopt;
}

Ended RebuildSteps::Finish() {
  if (Ended end = Look()) return end;
  if (stage() == RebuildStage::kMoved) {
    if (Ended end = Complete()) return end;
    if (Ended end = Look()) return end;
  }
  if (stage() != RebuildStage::kKept)
    return Failed({"index " + parts_.desk.index() +
                       " has no former index that could be deleted: " + RebuildStageName(stage()),
                   ""});
  if (clock_.WallMs() < sight().live->other->keep_until_ms && !parts_.options.yes)
    return Failed({"the former index " + sight().live->other->facts.backing +
                       " is to be kept for a while still, and there is no way back without it",
                   "add --yes"},
                  ExitCode::kUsage);
  return Drop();
}

/// Deletes the former index, and what is known of it.
Ended RebuildSteps::Drop() {
  const IndexFacts former = sight().live->other->facts;
  const auto there = parts_.desk.mover().Inspect(former.backing);
  if (!there) return Failed(there.error());
  const bool same =
      *there && (*there)->uuid == former.uuid && former.uuid != sight().live_seen.destination.uuid;
  if (same) {
    if (Status gone = parts_.desk.mover().Delete(former.backing); !gone)
      return Failed(gone.error());
  }
  if (Status gone = parts_.desk.ForgetDivergences(former.backing); !gone)
    return Failed(gone.error());
  ControlRecord record = *sight().live;
  record.other.reset();
  if (Status written = parts_.desk.WriteLive(record); !written) return Failed(written.error());
  parts_.report.done = "the former index " + former.backing + (same ? " was deleted" : " was gone");
  return Look();
}

Ended RebuildSteps::LookOnly() {
  return Look();
}

Stop RebuildSteps::Interrupted() const {
  return {ExitCode::kInterrupted,
          {"stopped before the rebuild was done", "it goes on with " + Again(parts_.desk.index())}};
}

Ended RebuildSteps::Wait(int64_t ms) {
  const int64_t until_us = clock_.NowUs() + ms * kUsPerMs;
  for (int64_t now_us = clock_.NowUs(); now_us < until_us; now_us = clock_.NowUs()) {
    const int left_ms = static_cast<int>((until_us - now_us) / kUsPerMs) + 1;
    if (parts_.signals.Wait(left_ms) != 0) return Interrupted();
    if (refill_ && refill_->halted()) return std::nullopt;  // told by who looks for it
  }
  return std::nullopt;
}

}  // namespace sluice::rebuild
