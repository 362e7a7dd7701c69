// Random histories of couriers that are killed, lose their partitions, and go on as if they had
// not: nothing is lost, and a status is sent only when the one before it of its package is over.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/component/courier_rig.h"

namespace sluice::testing {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int kPartitions = 2;
constexpr int kPackages = 6;

/// What the histories show to be needed, left out one at a time.
enum class Without : uint8_t { kNothing, kCopies, kDraining };

struct Plan {
  uint64_t seed = 0;
  Without without = Without::kNothing;
  int steps = 400;
};

class History {
 public:
  explicit History(const Plan& plan) : plan_(plan), random_(plan.seed) {
    settings_ = world_.Settings();
    settings_.window_max = 1 + Below(6);
    settings_.concurrency = 1 + static_cast<uint32_t>(Below(3));
    settings_.poll_max_records = 1 + static_cast<uint32_t>(Below(20));
    settings_.park_after_us = static_cast<int64_t>(1 + Below(5)) * kSecond;
    settings_.breaker.failures = 2 + static_cast<uint32_t>(Below(4));
    settings_.backoff = {kSecond / 10, 2 * kSecond};
    settings_.breaker.longest_us = 4 * kSecond;
    settings_.copies_first = plan.without != Without::kCopies;
    settings_.drains_first = plan.without != Without::kDraining;
    world_.reply = [this](const ArrivedDelivery& arrived) { return Reply(arrived); };
    world_.log.on_commit = [this](const TopicPartition& stream, CommitPosition position) {
      CheckCommit(stream, position);
    };
  }

  /// What is wrong; empty: nothing.
  std::string Run() {
    StartMember();
    for (int step = 0; step < plan_.steps && problem_.empty(); ++step) Step();
    End();
    return problem_;
  }

  [[nodiscard]] size_t records() const { return statuses_.size(); }
  [[nodiscard]] size_t arrivals() const { return world_.arrived.size(); }
  [[nodiscard]] size_t parked() const { return parked_; }
  [[nodiscard]] size_t kills() const { return kills_; }

 private:
  struct Status {
    int package = 0;
    int number = 0;  ///< Among those of its package, from 0.
    bool over = false;
  };

  size_t Below(size_t bound) { return random_() % bound; }
  void Say(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
  }

  // ---- The customers -------------------------------------------------------------------------

  FakeDestinations::Reply Reply(const ArrivedDelivery& arrived) {
    TakeLetters();
    Status& status = statuses_.at(arrived.idempotency_key);
    for (const std::string& key : packages_[status.package]) {
      const Status& other = statuses_.at(key);
      if (other.number >= status.number) break;
      if (!other.over)
        Say(arrived.idempotency_key + " of package " + std::to_string(status.package) +
            " is sent before " + key + " is over");
    }
    FakeDestinations::Reply reply;
    if (!ending_)
      reply.after_us =
          static_cast<int64_t>(Below(3)) * kSecond * slowness_[arrived.destination.value];
    if (ending_ || Below(100) >= failing_[arrived.destination.value]) {
      status.over = true;
      return reply;
    }
    const bool refused = Below(6) == 0;
    reply.failure.verdict = {refused ? Disposition::kReject : Disposition::kInDoubt,
                             refused ? FailureReason::kBadRequest : FailureReason::kTimeout,
                             WriteResult::kCreated};
    // Of one in doubt the customer may have taken it.
    if (!refused && Below(2) == 0) status.over = true;
    return reply;
  }

  // ---- What must hold ------------------------------------------------------------------------

  /// I1: below a committed position there is nothing that is neither over nor still to be read in
  /// a parked partition.
  void CheckCommit(const TopicPartition& stream, CommitPosition position) {
    TakeLetters();
    if (stream.topic == kStream) {
      for (const auto& [key, status] : statuses_) {
        const auto [partition, offset] = places_.at(key);
        if (partition != stream.partition || offset >= position.next.value || status.over) continue;
        if (!StandsParked(status, partition, offset))
          Say("the source is committed past " + key + ", which is lost");
      }
      return;
    }
    for (Offset at{0}; at < position.next; at = at.Next()) {
      const OwnedRecord* record = world_.log.At(stream, at);
      if (record != nullptr && !statuses_.at(KeyOf(*record)).over)
        Say(stream.topic + " is committed past " + KeyOf(*record));
    }
  }

  [[nodiscard]] bool StandsParked(const Status& status, int32_t partition, int64_t origin) const {
    const TopicPartition parked{"parked." + Name(status.package), partition};
    const auto committed = world_.log.Committed(parked);
    const Offset from = committed ? committed->next : Offset{0};
    for (const OwnedRecord* record = world_.log.Next(parked, from); record != nullptr;
         record = world_.log.Next(parked, record->offset.Next())) {
      if (OriginOf(*record) == origin) return true;
    }
    return false;
  }

  static std::string HeaderOf(const OwnedRecord& record, const std::string& name) {
    for (const Header& header : record.headers)
      if (header.name == name) return header.value.value_or("");
    return "";
  }
  static std::string KeyOf(const OwnedRecord& record) {
    return HeaderOf(record, kIdempotencyHeader);
  }
  static int64_t OriginOf(const OwnedRecord& record) {
    return std::stoll(HeaderOf(record, kOriginHeader));
  }
  [[nodiscard]] std::string Name(int package) const {
    return world_
        .destinations[static_cast<size_t>(package / kPartitions) % world_.destinations.size()];
  }

  void TakeLetters() {
    for (const auto& member : members_) {
      for (const StoredDeadLetter& letter : member->letters().stored())
        statuses_.at(letter.id).over = true;
    }
  }

  // ---- What happens --------------------------------------------------------------------------

  void StartMember() {
    members_.push_back(std::make_unique<CourierMember>(world_, settings_, random_()));
    members_.back()->AssignAll();
  }

  CourierMember& owner() { return *members_.back(); }

  void Append() {
    const int package = static_cast<int>(Below(kPackages));
    const auto number = static_cast<int>(packages_[package].size());
    const std::string key = world_.Append(package, Name(package),
                                          std::to_string(package) + "/" + std::to_string(number));
    statuses_[key] = {package, number, false};
    packages_[package].push_back(key);
    const TopicPartition stream{kStream, package % kPartitions};
    places_[key] = {stream.partition, world_.log.End(stream).value - 1};
  }

  void Turn() {
    // Zombies turn too; in which order is chance.
    for (const auto& member : members_) {
      if (member.get() == &owner() || Below(2) == 0) member->courier().Turn();
    }
    TakeLetters();
  }

  /// The process dies. What its producer had handed over may be written yet, in its order.
  void Kill() {
    ++kills_;
    const std::unique_ptr<CourierMember> dead = std::move(members_.back());
    members_.pop_back();
    dead->parking().Late(Below(4));
    TakeLetters();
    StartMember();
  }

  /// Another member has its partitions; it does not know, and its commits are refused.
  void Sleep() {
    if (members_.size() > 2) return;
    owner().source().HoldCommits(true);
    StartMember();
  }

  void WakeZombie() {
    if (members_.size() < 2) return;
    members_.front()->source().LoseAll();
    for (int i = 0; i < 5; ++i) members_.front()->courier().Turn();
    TakeLetters();
    members_.erase(members_.begin());
  }

  void Rebalance() {
    owner().source().RevokeAll();
    for (int i = 0; i < 50 && owner().source().revoke_pending(); ++i) {
      Turn();
      world_.clock.AdvanceUs(kSecond / 4);
    }
    if (!owner().source().revoke_pending()) owner().AssignAll();
  }

  void Step() {
    const size_t what = Below(100);
    if (what < 40) {
      Turn();
    } else if (what < 65) {
      for (size_t i = Below(8); i > 0; --i) Append();
    } else if (what < 80) {
      world_.clock.AdvanceUs(static_cast<int64_t>(Below(2'000)) * 1'000);
    } else if (what < 86) {
      const size_t at = Below(failing_.size());
      failing_[at] = Below(3) * 40;
      slowness_[at] = static_cast<int64_t>(Below(3)) * 2;
    } else if (what < 90) {
      owner().parking().Hold(Below(2) == 0);
    } else if (what < 92) {
      owner().parking().SetCapacity(1 + Below(5));
      owner().parking().HideOffsets(Below(2) == 0);
    } else if (what < 95) {
      Kill();
    } else if (what < 97) {
      Sleep();
    } else if (what < 99) {
      WakeZombie();
    } else {
      Rebalance();
    }
    if (owner().observer().halt()) Say("halted: " + owner().observer().halt()->sentence);
  }

  /// All customers work, and time passes until nothing is left.
  void End() {
    ending_ = true;
    while (members_.size() > 1) WakeZombie();
    owner().parking().Hold(false);
    owner().parking().SetCapacity(SIZE_MAX);
    for (int i = 0; i < 4'000 && problem_.empty() && !AllOver(); ++i) {
      Turn();
      world_.clock.AdvanceUs(kSecond / 4);
    }
    for (int i = 0; i < 200; ++i) {
      Turn();
      world_.clock.AdvanceUs(kSecond / 4);
    }
    for (const auto& [key, status] : statuses_)
      if (!status.over) Say(key + " was never delivered");
    for (const std::string& topic : {std::string(kStream), std::string("parked.a"),
                                     std::string("parked.b"), std::string("parked.c")}) {
      for (const TopicPartition& partition : world_.log.Partitions(topic)) {
        const auto committed = world_.log.Committed(partition);
        if (topic != kStream) parked_ += static_cast<size_t>(world_.log.End(partition).value);
        if (!committed || committed->next != world_.log.End(partition))
          Say(topic + " is not committed to its end");
      }
    }
  }

  [[nodiscard]] bool AllOver() {
    TakeLetters();
    return std::all_of(statuses_.begin(), statuses_.end(),
                       [](const auto& status) { return status.second.over; });
  }

  const Plan plan_;
  std::mt19937_64 random_;
  CourierWorld world_{{"a", "b", "c"}, kPartitions};
  DeliverySettings settings_;
  std::map<std::string, Status> statuses_;  // by idempotency key
  std::map<std::string, std::pair<int32_t, int64_t>> places_;
  std::map<int, std::vector<std::string>> packages_;  // keys in their order
  std::vector<size_t> failing_ = {0, 40, 0};          // of a hundred
  std::vector<int64_t> slowness_ = {0, 1, 4};
  std::vector<std::unique_ptr<CourierMember>> members_;  // the last owns the partitions
  bool ending_ = false;
  size_t parked_ = 0;
  size_t kills_ = 0;
  std::string problem_;
};

int HistoriesWanted() {
  const char* text = std::getenv("SLUICE_COURIER_HISTORIES");
  return text == nullptr ? 60 : std::atoi(text);
}

uint64_t FirstSeed() {
  const char* text = std::getenv("SLUICE_COURIER_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

TEST(CourierHistory, NothingIsLostAndPackagesStayInOrderWhateverIsKilled) {
  size_t records = 0;
  size_t arrivals = 0;
  size_t parked = 0;
  size_t kills = 0;
  const int wanted = HistoriesWanted();
  for (int i = 0; i < wanted; ++i) {
    const uint64_t seed = FirstSeed() + static_cast<uint64_t>(i);
    History history({seed, Without::kNothing});
    ASSERT_EQ(history.Run(), "") << "SLUICE_COURIER_SEED=" << seed;
    records += history.records();
    arrivals += history.arrivals();
    parked += history.parked();
    kills += history.kills();
  }
  RecordProperty("records", std::to_string(records));
  RecordProperty("arrivals", std::to_string(arrivals));
  RecordProperty("parked", std::to_string(parked));
  RecordProperty("kills", std::to_string(kills));
  EXPECT_GT(parked, records / 10) << "histories that park nothing show nothing";
  EXPECT_GT(kills, static_cast<size_t>(wanted));
}

/// Each mechanism is needed: histories without it go wrong.
TEST(CourierHistory, WithoutOneOfTheMechanismsHistoriesGoWrong) {
  for (const Without without : {Without::kCopies, Without::kDraining}) {
    int wrong = 0;
    for (uint64_t seed = 1; seed <= 30; ++seed)
      wrong += History({seed, without}).Run().empty() ? 0 : 1;
    EXPECT_GT(wrong, 0) << "without mechanism " << static_cast<int>(without);
  }
}

}  // namespace
}  // namespace sluice::testing
