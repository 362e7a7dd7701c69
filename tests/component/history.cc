// What happens in a random history: records, members that come and go, time that passes.
#include "tests/component/history.h"

#include <algorithm>
#include <utility>

#include "tests/component/history_run.h"

namespace sluice::testing {
namespace {

PipelineSettings AnySettings(std::mt19937_64& random) {
  const auto between = [&random](uint64_t low, uint64_t high) {
    return low + random() % (high - low + 1);
  };
  const auto us = [&](uint64_t low, uint64_t high) {
    return static_cast<int64_t>(between(low, high) * 1'000);
  };
  PipelineSettings settings;
  settings.bulk_linger_us = random() % 2 == 0 ? 0 : us(1, 10);
  settings.bulk_max_documents = between(1, 15);
  settings.bulk_max_bytes = between(200, 4'000);
  settings.bulk_max_in_flight = static_cast<uint32_t>(between(1, 4));
  settings.queue_max_bytes = between(1'500, 40'000);
  settings.poll_max_records = static_cast<uint32_t>(between(1, 25));
  settings.dead_letters_max_open = static_cast<uint32_t>(between(1, 50));
  settings.backoff = {.first_us = us(1, 20), .longest_us = us(20, 200)};
  settings.commit_interval_us = us(5, 200);
  settings.revoke_timeout_us = us(50, 1'500);
  settings.shutdown_timeout_us = us(50, 3'000);
  settings.pause_after_us = us(5, 200);
  settings.session_timeout_us = us(100, 600);
  settings.lease_us = settings.session_timeout_us;
  return settings;
}

}  // namespace

const char* FaultName(Fault fault) {
  constexpr const char* kNames[] = {"request", "item", "lookup", "broker", "rebalance", "crash",
                                    "leave",   "join", "freeze", "forget", "late",      "refusal"};
  static_assert(std::size(kNames) == kFaults);
  return kNames[static_cast<size_t>(fault)];
}

History::History(const HistoryOptions& options) : options_(options), random_(options.seed) {
  constexpr int kShortest = 30;
  constexpr uint64_t kFurther = 150;
  steps_ = kShortest + static_cast<int>(Dice(kFurther));
  if (options.steps > 0) steps_ = options.steps;
  settings_ = AnySettings(random_);
  world_.copies_live_us = static_cast<int64_t>((100 + Dice(900)) * 1'000);
  settings_.window_us = settings_.lease_us + world_.copies_live_us;
  if (options.headers) {
    settings_.version_mode = VersionMode::kHeader;
    shape_.headers = true;
  }
  shape_.partitions = std::min(static_cast<int32_t>(1 + Dice(3)), options.partitions_most);
  if (options.truncates) {
    settings_.truncate_mode = TruncateMode::kApply;
    shape_.empties = true;
    if (!options.headers) shape_.partitions = 1;
  }
  if (options.break_settings) options.break_settings(settings_);
  shape_.ids = std::min(static_cast<int>(1 + Dice(12)), options.ids_most);
  shape_.refusals = Dice(2) == 0 && May(Fault::kRefusal);
  shape_.truncates = Dice(12) == 0 && !options.truncates;
  shape_.loses_log = Dice(4) == 0;
  fault_share_ = Dice(4) == 0 ? 0 : 2 + Dice(5);
  model_ = std::make_unique<RowModel>(world_, shape_, random_());
  model_->for_each_letter = [this](const std::function<void(const StoredDeadLetter&)>& visit) {
    for (const StoredDeadLetter& letter : letters_) visit(letter);
    for (const auto& seat : seats_) {
      for (const StoredDeadLetter& letter : seat->member->letters.stored()) visit(letter);
    }
  };
  if (options.break_world) options.break_world(world_);
  if (options.told) {
    world_.tell = [this](const std::string& what) {
      result_.story.push_back(std::to_string(world_.clock.NowUs() / 1'000) + " ms  " + what);
    };
    world_.divergence.tell = world_.tell;
  }
  partitions_ = world_.log.Partitions("t");
  Join();
}

void History::TellMember(const Seat& seat, const std::string& what) const {
  if (world_.tell) world_.tell("member " + std::to_string(seat.number) + " " + what);
}

// ---- The group ---------------------------------------------------------------------------------

void History::Join() {
  auto seat = std::make_unique<Seat>();
  seat->number = ++joined_;
  TellMember(*seat, "joins");
  seat->member = std::make_unique<Member>(world_, settings_, random_(), options_.makers);
  seat->member->index.HoldAnswers(true);
  seat->member->index.refuse_item = [this](const OwnedWrite& write) { return ItemFate(write); };
  seat->member->index.SetCancelledLandLater(Dice(2) == 0);
  seat->member->scan.SetBlind(options_.blind_scan);
  if (Dice(4) == 0) {
    seat->member->index.FailNextPrepare(Words(Disposition::kHold, FailureReason::kUnreachable));
  }
  seats_.push_back(std::move(seat));
}

void History::Leave(size_t at) {
  Seat& seat = *seats_[at];
  if (seat.stopping) return;
  seat.stopping = true;
  TellMember(seat, "is stopped");
  for (const TopicPartition& name : seat.member->source.Owned()) seat.leaving.insert(name);
  seat.member->pipeline.Stop();
}

void History::Crash(size_t at) {
  const auto& stored = seats_[at]->member->letters.stored();
  letters_.insert(letters_.end(), stored.begin(), stored.end());
  Retire(*seats_[at]);
  seats_.erase(seats_.begin() + static_cast<std::ptrdiff_t>(at));
}

void History::Retire(const Seat& seat) {
  const PipelineStats& stats = seat.member->stats();
  result_.filled += stats.unchanged_filled_lookup + stats.unchanged_filled_waiting;
  result_.sent_again += stats.deletes_sent_again;
  result_.late_copies += stats.late_copies_deleted;
  result_.passed_over += stats.skipped[static_cast<size_t>(SkipRule::kStaleEpoch)];
  result_.truncates += stats.truncates;
  result_.truncate_deletes += stats.truncate_deletes;
}

void History::Rebalance() {
  Seat& seat = AnySeat();
  if (seat.stopping || seat.member->source.revoke_pending()) return;
  std::vector<TopicPartition> some;
  const uint64_t share = 1 + Dice(3);
  for (const TopicPartition& name : seat.member->source.Owned()) {
    if (Dice(3) < share) some.push_back(name);
  }
  if (some.empty()) return;
  ++result_.rebalances;
  seat.tainted.insert(some.begin(), some.end());
  const bool lost = Dice(2) == 0;
  TellMember(seat, (lost ? "loses " : "is asked for ") + std::to_string(some.size()) +
                       " partitions, the first " + std::to_string(some.front().partition));
  if (lost) {
    seat.member->source.Lose(some);  // somebody else may have them at once
  } else {
    seat.leaving.insert(some.begin(), some.end());
    seat.member->source.Revoke(some);
  }
}

void History::AssignFree() {
  std::vector<TopicPartition> free;
  for (const TopicPartition& name : partitions_) {
    const bool taken = std::any_of(seats_.begin(), seats_.end(), [&name](const auto& seat) {
      const std::vector<TopicPartition> owned = seat->member->source.Owned();
      return seat->leaving.contains(name) ||
             std::find(owned.begin(), owned.end(), name) != owned.end();
    });
    if (!taken) free.push_back(name);
  }
  if (free.empty()) return;
  Seat& seat = AnySeat();
  if (seat.stopping || seat.member->source.revoke_pending()) return;
  TellMember(seat, "is given " + std::to_string(free.size()) + " partitions, the first " +
                       std::to_string(free.front().partition));
  seat.member->source.Assign(free);
}

void History::Tend() {
  for (size_t i = 0; i < seats_.size();) {
    Seat& seat = *seats_[i];
    if (!seat.stopping && !seat.member->source.revoke_pending()) seat.leaving.clear();
    if (!seat.member->pipeline.ended()) {
      ++i;
      continue;
    }
    if (seat.member->pipeline.end() == PipelineEnd::kHalted) {
      ++result_.halts;
      if (seat.member->stats().halt_reason.empty()) Note("I11: a halt without a sentence");
      if (!shape_.truncates) Note("halted: " + seat.member->stats().halt_reason);
    }
    JudgeMember(seat);
    Crash(i);
  }
  if (seats_.empty()) Join();
}

// ---- What happens ------------------------------------------------------------------------------

void History::Turn(Seat& seat) {
  seat.member->pipeline.Turn();
  const PipelineStats& stats = seat.member->stats();
  // A document may grow when it is filled; a record of this history has less than 256 bytes.
  const uint64_t bound = settings_.queue_max_bytes + settings_.queue_max_bytes / 4 +
                         uint64_t{settings_.poll_max_records} * 256;
  if (stats.waiting_bytes + stats.batch_bytes > bound) {
    Note("I8: " + std::to_string(stats.waiting_bytes + stats.batch_bytes) + " bytes are held of " +
         std::to_string(settings_.queue_max_bytes));
  }
  for (const std::string& breach : seat.member->index.breaches()) Note(breach);
}

/// What time does by itself: copies of requests end, nodes forget deletes.
void History::Age() {
  world_.cluster.DropStragglers(world_.clock.NowUs());
  for (const auto& seat : seats_) AnswerExpired(*seat);
  if (May(Fault::kForget)) world_.cluster.ForgetDeleted(Dice(100));
}

/// Most copies are kept until they would bring a deleted document back: one that comes sooner is
/// refused, and shows nothing.
void History::LandSome() {
  FakeSearchCluster& cluster = world_.cluster;
  std::optional<size_t> position = cluster.RevivingStraggler();
  if (position ? Dice(2) != 0 : cluster.stragglers() == 0 || Dice(40) != 0) return;
  if (!position) position = Dice(cluster.stragglers());
  Tell("a late copy lands: " + cluster.straggler(*position).id);
  cluster.LandStraggler(*position);
}

/// Often for longer than a session: then the group gives its partitions to others meanwhile.
void History::Freeze(Seat& seat) {
  const auto for_us =
      static_cast<int64_t>(Dice(static_cast<uint64_t>(3 * settings_.window_us) + 1));
  seat.frozen_until_us = world_.clock.NowUs() + for_us;
  TellMember(seat, "is frozen for " + std::to_string(for_us / 1'000) + " ms");
  const std::vector<TopicPartition> owned = seat.member->source.Owned();
  if (Dice(2) == 0 || owned.empty() || seat.stopping) return;
  if (seat.member->source.revoke_pending() || !May(Fault::kRebalance)) return;
  ++result_.rebalances;
  seat.tainted.insert(owned.begin(), owned.end());
  TellMember(seat, "is expelled");
  seat.member->source.Lose(owned);
}

void History::DisturbGroup() {
  switch (Dice(60)) {
    case 0:
    case 1:
      if (May(Fault::kRebalance)) Rebalance();
      return;
    case 2: {
      const size_t which = Dice(seats_.size());
      if (!May(Fault::kCrash)) return;
      ++result_.crashes;
      TellMember(*seats_[which], "crashes");
      Crash(which);
      return;
    }
    case 3:
      if (May(Fault::kLeave)) Leave(Dice(seats_.size()));
      return;
    case 4:
      if (seats_.size() < 3 && May(Fault::kJoin)) Join();
      return;
    case 5:
      if (May(Fault::kFreeze)) Freeze(AnySeat());
      return;
    default: return;
  }
}

void History::Step() {
  if (Dice(3) == 0) model_->Change();
  if (Dice(2) == 0) model_->DeleteInDoubt();
  world_.clock.AdvanceUs(static_cast<int64_t>(Dice(10) == 0 ? Dice(500'000) : Dice(20'000)));
  Age();
  for (const auto& seat : seats_) {
    if (Dice(3) > 0) AnswerSome(*seat);
    if (seat->frozen_until_us > world_.clock.NowUs()) continue;
    for (uint64_t n = Dice(3); n > 0; --n) Turn(*seat);
  }
  if (May(Fault::kLate)) LandSome();
  if (Dice(6) == 0 && May(Fault::kBroker)) Trouble(AnySeat());
  DisturbGroup();
  Tend();
  AssignFree();
}

}  // namespace sluice::testing
