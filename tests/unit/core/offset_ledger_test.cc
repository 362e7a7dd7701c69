#include "core/operations/group/offset_ledger.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sluice {
namespace {

OffsetLedger StartedAt(int64_t offset, int32_t epoch = -1) {
  OffsetLedger ledger;
  ledger.Start({Offset{offset}, epoch});
  return ledger;
}

TEST(OffsetLedger, StartsSettledAtItsPosition) {
  const OffsetLedger ledger = StartedAt(7, 3);
  EXPECT_TRUE(ledger.settled());
  EXPECT_EQ(ledger.position(), (CommitPosition{Offset{7}, 3}));
  EXPECT_EQ(ledger.next(), Offset{7});
}

TEST(OffsetLedger, CommitsOnlyTheContiguousPrefix) {
  OffsetLedger ledger = StartedAt(0);
  const uint64_t first = ledger.Track(Offset{0}, 1);
  const uint64_t second = ledger.Track(Offset{1}, 1);
  const uint64_t third = ledger.Track(Offset{2}, 2);
  ledger.Settle(third);
  ledger.Settle(second);
  EXPECT_EQ(ledger.position().next, Offset{0}) << "I1: the first record is not terminal";
  EXPECT_EQ(ledger.span(), 3U);
  ledger.Settle(first);
  EXPECT_EQ(ledger.position(), (CommitPosition{Offset{3}, 2}));
  EXPECT_TRUE(ledger.settled());
}

TEST(OffsetLedger, StepsOverGapsInTheLog) {
  OffsetLedger ledger = StartedAt(10);
  const uint64_t number = ledger.Track(Offset{25}, 0);
  EXPECT_EQ(ledger.position().next, Offset{10});
  ledger.Settle(number);
  EXPECT_EQ(ledger.position().next, Offset{26});
}

TEST(OffsetLedger, ReachesTheEndBehindControlRecords) {
  OffsetLedger ledger = StartedAt(0, 4);
  ledger.ReachEnd(Offset{0});
  EXPECT_EQ(ledger.position(), (CommitPosition{Offset{0}, 4})) << "an empty partition";
  const uint64_t number = ledger.Track(Offset{0}, 5);
  ledger.ReachEnd(Offset{3});
  EXPECT_EQ(ledger.position().next, Offset{0}) << "the record before the end is not terminal";
  ledger.Settle(number);
  EXPECT_EQ(ledger.position(), (CommitPosition{Offset{3}, -1}))
      << "what was passed over may be of a newer epoch than the last record";
  ledger.ReachEnd(Offset{3});
  ledger.ReachEnd(Offset{2});
  EXPECT_EQ(ledger.position().next, Offset{3}) << "an end that was seen already changes nothing";
}

TEST(OffsetLedger, ForgetsWhatWasTrackedWhenItStartsAgain) {
  OffsetLedger ledger = StartedAt(0);
  ledger.Track(Offset{0}, 0);
  ledger.Start({Offset{0}, -1});
  EXPECT_TRUE(ledger.settled());
  const uint64_t again = ledger.Track(Offset{0}, 0);
  ledger.Settle(again);
  EXPECT_EQ(ledger.position().next, Offset{1});
}

TEST(OffsetLedger, IsAValue) {
  OffsetLedger ledger = StartedAt(0);
  const uint64_t number = ledger.Track(Offset{0}, 0);
  OffsetLedger copy = ledger;
  copy.Settle(number);
  EXPECT_EQ(ledger.position().next, Offset{0});
  EXPECT_EQ(copy.position().next, Offset{1});
}

TEST(OffsetLedgerDeathTest, RefusesWhatWouldLoseARecord) {
  OffsetLedger ledger = StartedAt(5);
  EXPECT_DEATH(ledger.Track(Offset{4}, 0), "rising order");
  const uint64_t number = ledger.Track(Offset{5}, 0);
  EXPECT_DEATH(ledger.Track(Offset{5}, 0), "rising order");
  EXPECT_DEATH(ledger.Settle(number + 1), "only a tracked record");
  ledger.Track(Offset{6}, 0);
  ledger.Settle(number + 1);
  EXPECT_DEATH(ledger.Settle(number + 1), "terminal once");
  ledger.Settle(number);
  EXPECT_DEATH(ledger.Settle(number), "only a tracked record");
}

/// The same rules, said slowly: every record is kept, the prefix is counted from the start.
class NaiveLedger {
 public:
  explicit NaiveLedger(CommitPosition start) : start_(start) {}
  void Track(Offset offset, int32_t epoch, bool terminal) {
    records_.push_back({offset, epoch, terminal});
  }
  void Settle(size_t record) { records_[record].terminal = true; }
  void ReachEnd(Offset end) {
    const Offset next = records_.empty() ? start_.next : records_.back().offset.Next();
    if (end > next) Track(Offset{end.value - 1}, -1, true);
  }
  [[nodiscard]] CommitPosition position() const {
    CommitPosition position = start_;
    for (const Entry& entry : records_) {
      if (!entry.terminal) break;
      position = {entry.offset.Next(), entry.epoch};
    }
    return position;
  }
  [[nodiscard]] size_t size() const { return records_.size(); }

 private:
  struct Entry {
    Offset offset;
    int32_t epoch = 0;
    bool terminal = false;
  };
  CommitPosition start_;
  std::vector<Entry> records_;
};

TEST(OffsetLedger, AgreesWithANaiveModelOverRandomHistories) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const CommitPosition start{Offset{static_cast<int64_t>(random() % 1'000)}, 0};
    OffsetLedger ledger;
    ledger.Start(start);
    NaiveLedger model(start);
    struct Pending {
      uint64_t number;
      size_t record;
    };
    std::vector<Pending> pending;
    int64_t next = start.next.value;
    const uint64_t settle_share = 1 + random() % 5;  // from nearly never to nearly always
    for (int step = 0; step < 400; ++step) {
      const uint64_t dice = random() % 8;
      if (dice == 0) {
        next += static_cast<int64_t>(random() % 4);
        ledger.ReachEnd(Offset{next});
        model.ReachEnd(Offset{next});
      } else if (dice <= settle_share && !pending.empty()) {
        const size_t at = random() % pending.size();
        ledger.Settle(pending[at].number);
        model.Settle(pending[at].record);
        pending[at] = pending.back();
        pending.pop_back();
      } else {
        next += static_cast<int64_t>(random() % 3 == 0 ? random() % 5 : 0);
        const auto epoch = static_cast<int32_t>(random() % 3);
        pending.push_back({ledger.Track(Offset{next}, epoch), model.size()});
        model.Track(Offset{next}, epoch, false);
        ++next;
      }
      ASSERT_EQ(ledger.position(), model.position()) << "I1, step " << step;
      ASSERT_EQ(ledger.settled(), pending.empty());
      ASSERT_GE(ledger.span(), pending.size());
    }
  }
}

TEST(OffsetLedger, KnowsTheOldestThatIsNotTerminal) {
  OffsetLedger ledger;
  ledger.Start({Offset{5}, -1});
  const uint64_t first = ledger.Track(Offset{5}, -1);
  const uint64_t second = ledger.Track(Offset{7}, -1);
  EXPECT_TRUE(ledger.IsOldest(first));
  EXPECT_FALSE(ledger.IsOldest(second));
  ledger.Settle(first);
  EXPECT_TRUE(ledger.IsOldest(second));
  ledger.Settle(second);
  EXPECT_FALSE(ledger.IsOldest(second));
}

}  // namespace
}  // namespace sluice
