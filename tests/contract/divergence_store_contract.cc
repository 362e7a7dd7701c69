#include "tests/contract/divergence_store_contract.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace sluice::testing {

using Kind = DivergenceAnswer::Kind;

DivergenceAnswer DivergenceStoreContract::Await(DivergenceStore& store) {
  std::vector<DivergenceAnswer> answers;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < end) {
    answers.clear();
    store.Poll(answers);
    for (DivergenceAnswer& answer : answers)
      if (answer.kind != Kind::kHeld) return std::move(answer);
    harness_->Step();
  }
  ADD_FAILURE() << "no answer";
  return {};
}

void DivergenceStoreContract::Put(const std::vector<Divergence>& entries) {
  std::set<uint64_t> open;
  for (const Divergence& entry : entries) {
    open.insert(++token_);
    harness_->store().Put(token_, entry);
  }
  std::vector<DivergenceAnswer> answers;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!open.empty() && std::chrono::steady_clock::now() < end) {
    answers.clear();
    harness_->store().Poll(answers);
    for (const DivergenceAnswer& answer : answers)
      if (answer.kind == Kind::kStored) open.erase(answer.token);
    if (!open.empty()) harness_->Step();
  }
  EXPECT_TRUE(open.empty()) << "each is answered";
}

std::vector<Divergence> DivergenceStoreContract::Load(const std::string& index,
                                                      size_t entries_max) {
  harness_->other().Load(index, entries_max);
  DivergenceAnswer answer = Await(harness_->other());
  EXPECT_EQ(answer.kind, Kind::kLoaded);
  EXPECT_EQ(answer.index, index);
  EXPECT_EQ(answer.complete, answer.entries.size() < entries_max);
  std::sort(answer.entries.begin(), answer.entries.end(),
            [](const Divergence& a, const Divergence& b) { return a.id < b.id; });
  return std::move(answer.entries);
}

Divergence DivergenceStoreContract::EntryOf(const std::string& index, const std::string& id,
                                            int64_t version) {
  Divergence entry;
  entry.index = index;
  entry.id = id;
  entry.fields = {"bio", "a \\\"quoted\\\" name"};
  entry.reason = DivergenceReason::kValueMissing;
  entry.stream = {"Topic", 7};
  entry.offset = Offset{version - 1};
  entry.version = version;
  entry.since = version - 1;
  entry.noted_ms = 1'767'225'600'000;
  return entry;
}

TEST_P(DivergenceStoreContract, FindsNothingBeforeTheFirstEntry) {
  EXPECT_TRUE(Load("t").empty());
}

TEST_P(DivergenceStoreContract, GivesBackWhatAnotherStoredAtOnce) {
  Divergence refused = EntryOf("t", "a/ä\"\n", int64_t{3} << 48);
  refused.reason = DivergenceReason::kRefused;
  refused.fields.clear();
  const Divergence missing = EntryOf("t", std::string(512, 'x'), 5);
  Put({refused, missing, EntryOf("another", "a", 5)});
  EXPECT_EQ(Load("t"), (std::vector<Divergence>{refused, missing}));
  EXPECT_TRUE(Load("without").empty()) << "beside others that have some";
}

TEST_P(DivergenceStoreContract, ANewerEntryTakesThePlaceOfAnOlderOneAndNotTheOtherWayRound) {
  Put({EntryOf("t", "a", 5)});
  Put({EntryOf("t", "a", 9)});
  Put({EntryOf("t", "a", 7)});
  EXPECT_EQ(Load("t"), std::vector<Divergence>{EntryOf("t", "a", 9)});
  Divergence wider = EntryOf("t", "a", 9);
  wider.since = 2;
  Put({wider});
  EXPECT_EQ(Load("t"), std::vector<Divergence>{wider}) << "the same version says more";
}

TEST_P(DivergenceStoreContract, ForgetsAnEntryUnlessItIsNewer) {
  Put({EntryOf("t", "a", 5), EntryOf("t", "b", 9), EntryOf("t", "c", 7)});
  for (const char* id : {"a", "b", "c", "never there"}) harness_->store().Remove("t", id, 7);
  Put({EntryOf("t", "d", 1)});  // answered behind them
  const auto left = Load("t");
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].id, "b");
  EXPECT_EQ(left[1].id, "d");
}

TEST_P(DivergenceStoreContract, AnEntryThatComesAgainAfterItsRemovalIsThere) {
  Put({EntryOf("t", "a", 5)});
  harness_->store().Remove("t", "a", 6);
  Put({EntryOf("t", "a", 8)});
  EXPECT_EQ(Load("t"), std::vector<Divergence>{EntryOf("t", "a", 8)});
}

TEST_P(DivergenceStoreContract, RemovesWhereNothingWasEverStored) {
  harness_->store().Remove("t", "a", 6);
  EXPECT_TRUE(Load("t").empty());
}

TEST_P(DivergenceStoreContract, ReadsManyAndStopsAtItsLimit) {
  std::vector<Divergence> many;
  constexpr int kMany = 2'300;
  for (int i = 0; i < kMany; ++i) many.push_back(EntryOf("t", std::to_string(i), 5));
  Put(many);
  EXPECT_EQ(Load("t", 100'000).size(), size_t{kMany});
  EXPECT_EQ(Load("t", 1'500).size(), 1'500U);
  EXPECT_EQ(Load("t", 10).size(), 10U);
}

}  // namespace sluice::testing
