// Moving the alias: writers are kept out of the present index until the shadow has passed
// everything that can be in it, then the alias is moved in one step.
#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include "service/rebuild/rebuild_steps.h"
#include "service/rebuild/shadow_config.h"

namespace sluice::rebuild {
namespace {

using service::ExitCode;

constexpr int64_t kLookMs = 200;
constexpr int64_t kPauseMs = 2'000;
constexpr int kWritesMax = 5;
constexpr int64_t kUsPerMs = 1'000;

/// Tells one freezing from every other.
std::string NewToken(const std::string& index) {
  std::random_device device;
  char digits[9] = {};
  std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(device()));
  return TokenPrefixOf(index) + digits;
}

}  // namespace

Ended RebuildSteps::CheckMayMove() {
  if (const auto obstacle = HistoryObstacle(sight())) return Failed(*obstacle, ExitCode::kHalted);
  if (Ended end = CheckDeletes()) return end;
  const auto unknown = parts_.desk.UnknownToLive();
  if (!unknown) return Failed(unknown.error());
  if (unknown->empty()) return std::nullopt;
  const Divergence& first = unknown->front();
  const std::string count = std::to_string(unknown->size());
  const std::string what = "the new index lacks a value or a change in " + count +
                           " documents where the present one does "
                           "not, the first being " +
                           first.id + " (" + DivergenceReasonName(first.reason) + ", topic " +
                           first.stream.topic + ", partition " +
                           std::to_string(first.stream.partition) + ", offset " +
                           std::to_string(first.offset.value) + ")";
  if (!parts_.options.accepts_divergent)
    return Failed({what,
                   "have their rows told again (`sluice capture signal execute-snapshot`) and "
                   "go on; or correct index.mappings, --abort and begin anew; or, while no "
                   "`sluice index` of group " +
                       parts_.desk.group() +
                       " runs, "
                       "--accept-divergent"},
                  ExitCode::kNo);
  const auto members = parts_.desk.MembersOf(parts_.desk.group());
  if (!members) return Failed(members.error());
  if (*members == 0) return std::nullopt;
  return Failed(
      {what + "; group " + parts_.desk.group() + " has members, which would not know of it",
       "stop every `sluice index` of the group until the alias is moved"},
      ExitCode::kNo);
}

/// One try. What has changed in the present index meanwhile is not more than the shadow has:
/// writers wait, and everything that they ever wrote stands before the log's end of that moment.
Ended RebuildSteps::TryMove(bool& moved) {
  if (Ended end = Look()) return end;
  if (Ended end = CheckMayMove()) return end;
  const IndexFacts present = sight().live_seen.destination;
  const std::string token = NewToken(parts_.desk.index());
  const int64_t since_us = clock_.NowUs();
  Ended end;
  bool passed = false;
  if (present.exists) {
    frozen_ = present.backing;
    if (Status frozen = parts_.desk.mover().Freeze(present.backing, token); !frozen) {
      [[maybe_unused]] const Ended thawed = Thaw();
      return Failed(frozen.error());
    }
    Say("rebuild_frozen", "writers of " + present.backing + " wait for the alias to move");
    const auto operations = parts_.desk.mover().OperationsOf(present.backing);
    if (!operations) end = Failed(operations.error());
    if (operations) frozen_operations_ = *operations;
  }
  if (!end) end = PassFrozen(since_us + parts_.options.freeze_us, passed);
  if (!end && passed) end = MoveFrozen(token);
  parts_.report.frozen_us = clock_.NowUs() - since_us;
  if (!end && passed) {
    moved = true;
    return std::nullopt;
  }
  // Also where it is not known whether it was moved: nobody moves it after this.
  if (Ended thawed = Thaw(); thawed && !end) return thawed;
  if (end) return end;
  Say("rebuild_thawed", "the new index could not pass the log's end in time: tried again");
  if (!refill_) {
    if (Ended started = StartRefill()) return started;
  }
  return Wait(kPauseMs);
}

/// Waits until the shadow holds everything up to the log's end of this moment, and nothing of it is
/// on its way or in doubt.
Ended RebuildSteps::PassFrozen(int64_t until_us, bool& passed) {
  auto stream = parts_.desk.ShadowStream();
  if (!stream) return Failed(stream.error());
  const std::vector<int64_t> ends = EndsOf(*stream);
  while (!HasPassed(*stream, ends)) {
    if (clock_.NowUs() >= until_us || refill_->halted()) return std::nullopt;
    if (Ended end = Wait(kLookMs)) return end;
    stream = parts_.desk.ShadowStream();
    if (!stream) return Failed(stream.error());
  }
  const bool drained = refill_->Stop();
  const bool signalled = refill_->signalled();
  refill_.reset();
  if (signalled) return Interrupted();
  const auto clean = parts_.desk.LeftClean();
  if (!clean) return Failed(clean.error());
  stream = parts_.desk.ShadowStream();
  if (!stream) return Failed(stream.error());
  passed = drained && *clean && HasPassed(*stream, ends) && clock_.NowUs() < until_us;
  return std::nullopt;
}

Ended RebuildSteps::MoveFrozen(const std::string& token) {
  if (Ended end = Look()) return end;
  if (Ended end = CheckMayMove()) return end;
  RebuildDesk& desk = parts_.desk;
  const IndexFacts present = sight().live_seen.destination;
  if (present.exists != !frozen_.empty() || (present.exists && present.backing != frozen_))
    return Failed({"alias " + desk.index() + " was moved by somebody else meanwhile", ""});
  if (present.exists && present.operations != frozen_operations_)
    return Failed({"index " + frozen_ + " was written although writers were to wait",
                   "see who takes its write block away"});
  if (present.exists) {
    // For going back: which of its documents are not to be trusted.
    if (Status gone = desk.ForgetDivergences(present.backing); !gone) return Failed(gone.error());
    if (Status copied = desk.CopyDivergences(desk.index(), present.backing); !copied)
      return Failed(copied.error());
  }
  if (Status copied = desk.CopyDivergences(desk.shadow(), desk.index()); !copied)
    return Failed(copied.error());
  bool hides_stubs = false;
  if (present.exists) {
    const auto hides = desk.mover().HidesStubs(desk.index());
    if (!hides) return Failed(hides.error());
    hides_stubs = *hides;
  }
  const int64_t now_ms = clock_.WallMs();
  if (Status written = desk.WriteLive(
          Announced(sight(), hides_stubs, now_ms, now_ms + parts_.options.keep_us / kUsPerMs));
      !written)
    return Failed(written.error());
  const auto moved =
      desk.mover().Move({desk.index(), present.exists ? present.backing : "",
                         sight().shadow_seen.destination.backing, desk.shadow(), token});
  if (!moved) return Failed(moved.error());
  if (*moved) return std::nullopt;
  return Failed(
      {"the aliases of index " + desk.index() + " were changed by somebody else meanwhile",
       "look at them, then run `sluice rebuild " + desk.index() + "` again"});
}

/// What is to be written down after the alias was moved.
Ended RebuildSteps::Complete() {
  RebuildDesk& desk = parts_.desk;
  IndexFacts former;
  bool kept = false;
  for (int tries = 0;; ++tries) {
    if (Ended end = Look()) return end;
    ControlRecord record = *sight().live;
    TakeNextIndex(record, sight().live_seen.destination);
    if (record.other) former = record.other->facts;
    std::string uuid;
    if (!former.backing.empty()) {
      const auto there = desk.mover().Inspect(former.backing);
      if (!there) return Failed(there.error());
      if (*there) uuid = (*there)->uuid;
    }
    if (!uuid.empty() && uuid == former.uuid) {
      if (Status blocked = desk.mover().Block(former.backing); !blocked)
        return Failed(blocked.error());
    }
    // A service that was given partitions just now may be writing the same.
    const ControlRecord moved = Moved(sight(), uuid);
    kept = moved.other.has_value();
    const Status written = desk.WriteLive(moved);
    if (written) break;
    if (tries == kWritesMax) return Failed(written.error());
    if (Ended end = Wait(kLookMs)) return end;
  }
  const bool returned = sight().shadow && sight().shadow->refill &&
                        sight().shadow->refill->from == Refill::From::kFormer;
  if (Status copied = desk.CopyDivergences(desk.shadow(), desk.index()); !copied)
    return Failed(copied.error());
  if (returned) {
    const std::string& backing = sight().live_seen.destination.backing;
    if (Status gone = desk.ForgetDivergences(backing); !gone) return Failed(gone.error());
  }
  if (Status gone = desk.Forget(); !gone) return Failed(gone.error());
  if (Ended end = Look()) return end;
  parts_.report.done =
      "alias " + desk.index() + " stands for " + sight().live_seen.destination.backing + " now";
  if (!kept && !former.backing.empty())
    parts_.report.done += "; " + former.backing +
                          " was not what it stood for before, and is no way back: delete by hand "
                          "what is not searched any more";
  Say("rebuild_done", parts_.report.done);
  if (frozen_.empty() || frozen_ != former.backing) return std::nullopt;
  const auto operations = desk.mover().OperationsOf(former.backing);
  if (!operations || *operations == frozen_operations_) return std::nullopt;
  return Failed(
      {"the alias was moved, but index " + former.backing +
           " was written although writers were to wait: somebody took its write block away",
       "`sluice verify --repair` finds and heals what is missing"},
      ExitCode::kHalted);
}

}  // namespace sluice::rebuild
