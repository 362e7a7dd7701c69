// What goes wrong in a random history: answers, brokers, the search cluster.
#include <algorithm>
#include <string>

#include "tests/component/history_run.h"

namespace sluice::testing {

std::optional<Failure> History::ItemFate(const OwnedWrite& write) {
  if (write.document.find(R"("p":)") != std::string::npos) {
    return Words(Disposition::kReject, FailureReason::kDocumentRefused, "mapping");
  }
  if (options_.lying_index && Dice(20) == 0) return Failure{};
  if (!faults_ || fault_share_ == 0 || Dice(fault_share_ * 3) != 0) return std::nullopt;
  if (!May(Fault::kItem)) return std::nullopt;
  Tell("an item fails: " + write.id);
  switch (Dice(4)) {
    case 0: return Words(Disposition::kHold, FailureReason::kOverloaded);
    case 1: return Words(Disposition::kHold, FailureReason::kIndexBlocked);
    case 2: return Words(Disposition::kInDoubt, FailureReason::kShardUnavailable);
    default:
      world_.cluster.Apply(write);  // the primary had it, the answer was lost on its way
      return Words(Disposition::kInDoubt, FailureReason::kServerError);
  }
}

RequestFate History::AnyFate(const FakeDocumentIndex::Request& request) {
  using Effect = RequestFate::Effect;
  constexpr Effect kEffects[] = {Effect::kAll, Effect::kNone, Effect::kFirstHalf, Effect::kLater};
  constexpr FailureReason kDoubts[] = {FailureReason::kConnectionLost, FailureReason::kTimeout,
                                       FailureReason::kServerError,
                                       FailureReason::kUnreadableReply};
  ++result_.failed_requests;
  switch (Dice(7)) {
    case 0: return Fails(Disposition::kHold, FailureReason::kUnreachable);
    case 1: return Fails(Disposition::kHold, FailureReason::kOverloaded);
    case 2: return Fails(Disposition::kHold, FailureReason::kUnauthorized);
    case 3:  // a 413 was measured to apply a part of the body
      if (request.writes.size() > 1) {
        return Fails(Disposition::kSplit, FailureReason::kTooLarge, kEffects[Dice(4)]);
      }
      return Fails(Disposition::kRetry, FailureReason::kUnreachable);
    default:  // most of them late: what comes late is what this is about
      return Fails(Disposition::kInDoubt, kDoubts[Dice(4)],
                   Dice(4) != 0 ? Effect::kLater : kEffects[Dice(4)]);
  }
}

void History::AnswerOne(Seat& seat, size_t position, bool well) {
  const FakeDocumentIndex::Request& request = seat.member->index.open_request(position);
  const bool poisoned = std::any_of(
      request.writes.begin(), request.writes.end(),
      [](const OwnedWrite& write) { return write.document.find(R"("q":)") != std::string::npos; });
  RequestFate fate;
  if (poisoned) {
    fate = Fails(Disposition::kSplit, FailureReason::kBadRequest);
  } else if (!well && fault_share_ > 0 && Dice(fault_share_) == 0 && May(Fault::kRequest)) {
    fate = AnyFate(request);
    TellMember(
        seat, "has a request fail: " + std::string(FailureReasonName(fate.request.verdict.reason)) +
                  ", effect " + std::to_string(static_cast<int>(fate.effect)));
  }
  seat.member->index.Answer(position, fate);
}

/// A request has a timeout: what became of it then is what became of it before.
void History::AnswerExpired(Seat& seat) {
  FakeDocumentIndex& index = seat.member->index;
  for (size_t i = 0; i < index.open_requests();) {
    if (index.open_request(i).sent_us + world_.copies_live_us > world_.clock.NowUs()) {
      ++i;
    } else {
      index.Answer(i, Fails(Disposition::kInDoubt, FailureReason::kTimeout));
    }
  }
}

void History::AnswerSome(Seat& seat) {
  FakeDocumentIndex& index = seat.member->index;
  if (index.open_requests() > 0 && Dice(3) > 0) {
    AnswerOne(seat, Dice(index.open_requests()), false);
  }
  if (index.open_lookups() > 0 && Dice(3) > 0) {
    constexpr Disposition kFailed[] = {Disposition::kHold, Disposition::kInDoubt,
                                       Disposition::kRetry, Disposition::kCancelled};
    Verdict verdict;
    if (fault_share_ > 0 && Dice(fault_share_) == 0 && May(Fault::kLookup)) {
      verdict = {kFailed[Dice(4)], FailureReason::kTimeout, {}};
    }
    index.AnswerLookup(Dice(index.open_lookups()), verdict);
  }
}

void History::Trouble(Seat& seat) {
  Member& member = *seat.member;
  if (shape_.empties && Dice(4) == 0) {
    member.scan.FailNext(Words(Disposition::kHold, FailureReason::kShardUnavailable));
    return;
  }
  switch (Dice(12)) {
    case 0: member.letters.HoldAcks(Dice(2) == 0); return;
    case 1:
      member.letters.FailNext({Disposition::kHold, FailureReason::kBrokerUnreachable, {}});
      return;
    case 2: member.letters.SetMaxBytes(Dice(2) == 0 ? 10 : SIZE_MAX); return;
    case 3: member.letters.SetCapacity(Dice(2) == 0 ? 1 : SIZE_MAX); return;
    case 4:
      member.archive.SetTrouble(
          Dice(2) == 0 ? std::optional<Verdict>({Disposition::kHold, FailureReason::kTimeout, {}})
                       : std::nullopt);
      return;
    case 5:
      if (!shape_.loses_log) return;
      member.archive.SetGone(Dice(2) == 0);
      return;
    case 6: member.archive.Hold(Dice(2) == 0); return;
    case 7: member.source.HoldCommits(Dice(2) == 0); return;
    case 8:
      member.source.FailNextCommit(Words(Dice(2) == 0 ? Disposition::kRetry : Disposition::kHold,
                                         FailureReason::kBrokerRefused));
      return;
    case 9: member.source.HoldRecords(Dice(2) == 0); return;
    case 10: member.source.LimitBatch(Dice(2) == 0 ? 1 : SIZE_MAX); return;
    default: member.index.HoldPrepared(Dice(2) == 0); return;
  }
}

void History::Heal(Seat& seat) {
  Member& member = *seat.member;
  member.letters.HoldAcks(false);
  member.letters.SetCapacity(SIZE_MAX);
  member.archive.SetTrouble(std::nullopt);
  member.archive.Hold(false);
  member.source.HoldCommits(false);
  member.source.HoldRecords(false);
  member.index.HoldPrepared(false);
}

}  // namespace sluice::testing
