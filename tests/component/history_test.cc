// The invariants of the delivery contract over random histories, and that their check can fail.
//
// SLUICE_SEED=n runs one history, SLUICE_HISTORIES=n so many, SLUICE_STEPS=n that long ones.
#include "tests/component/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace sluice::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

/// How a failure is told: by a seed that repeats it and the shortest prefix that still fails.
std::string Told(HistoryOptions options, const HistoryResult& result) {
  std::string text = "SLUICE_SEED=" + std::to_string(options.seed);
  const int steps = options.steps;
  for (int shorter = 5; shorter < steps; shorter += 1 + shorter / 10) {
    options.steps = shorter;
    const HistoryResult again = RunHistory(options);
    if (again.problems.empty()) continue;
    text += " SLUICE_STEPS=" + std::to_string(shorter);
    for (const std::string& problem : again.problems) text += "\n  " + problem;
    return text;
  }
  text += " SLUICE_STEPS=" + std::to_string(steps);
  for (const std::string& problem : result.problems) text += "\n  " + problem;
  return text;
}

TEST(History, HoldsTheInvariants) {
  const uint64_t only = Setting("SLUICE_SEED", 0);
  const uint64_t first = only != 0 ? only : 1;
  const uint64_t count = only != 0 ? 1 : Setting("SLUICE_HISTORIES", 200);
  HistoryResult sum;
  int failures = 0;
  for (uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
    HistoryOptions options;
    options.seed = seed;
    options.steps = static_cast<int>(Setting("SLUICE_STEPS", 400));
    const HistoryResult result = RunHistory(options);
    if (!result.problems.empty()) {
      ++failures;
      ADD_FAILURE() << Told(options, result);
    }
    sum.records += result.records;
    sum.crashes += result.crashes;
    sum.rebalances += result.rebalances;
    sum.failed_requests += result.failed_requests;
    sum.halts += result.halts;
    sum.dead_letters += result.dead_letters;
    sum.filled += result.filled;
    sum.sent_again += result.sent_again;
    sum.late_copies += result.late_copies;
  }
  std::printf(
      "%llu histories: %zu records, %d failed requests, %d crashes, %d rebalances, "
      "%d halts, %zu dead letters, %llu fields filled, %llu deletes sent again, %llu late copies "
      "deleted\n",
      static_cast<unsigned long long>(count), sum.records, sum.failed_requests, sum.crashes,
      sum.rebalances, sum.halts, sum.dead_letters, static_cast<unsigned long long>(sum.filled),
      static_cast<unsigned long long>(sum.sent_again),
      static_cast<unsigned long long>(sum.late_copies));
  if (only != 0) return;
  // A history in which nothing happens shows nothing.
  EXPECT_GT(sum.records, count * 50);
  EXPECT_GT(sum.failed_requests, static_cast<int>(count));
  EXPECT_GT(sum.crashes, static_cast<int>(count));
  EXPECT_GT(sum.rebalances, static_cast<int>(count));
  EXPECT_GT(sum.dead_letters, count / 4);
  EXPECT_GT(sum.filled, count / 4);
  EXPECT_GT(sum.sent_again, count);
  EXPECT_GT(sum.late_copies, count / 100);
}

// ---- A check that cannot fail checks nothing ---------------------------------------------------

bool Tells(const std::vector<std::string>& problems, const std::string& word) {
  return std::any_of(problems.begin(), problems.end(), [&word](const std::string& problem) {
    return problem.find(word) != std::string::npos;
  });
}

/// Problems of the first history that has one with this word, out of so many; else of the last.
std::vector<std::string> Problems(HistoryOptions options, const std::string& word = "",
                                  uint64_t most = 40) {
  std::vector<std::string> last;
  for (uint64_t seed = 1; seed <= most && !Tells(last, word); ++seed) {
    options.seed = seed;
    HistoryResult result = RunHistory(options);
    if (!result.problems.empty()) last = std::move(result.problems);
  }
  return last;
}

TEST(HistoryCanFail, WhenACommitPassesARecord) {
  class Eager : public FakeRecordSource {
   public:
    explicit Eager(World& world) : FakeRecordSource(world.log), log_(world.log) {}
    void Commit(std::span<const Position> positions) override {
      std::vector<Position> further(positions.begin(), positions.end());
      for (Position& position : further) {
        if (position.position.next < log_.End(Name(position.slot)))
          position.position.next = position.position.next.Next();
      }
      FakeRecordSource::Commit(further);
    }

   private:
    FakeLog& log_;
  };
  HistoryOptions options;
  options.makers.source = [](World& world) { return std::make_unique<Eager>(world); };
  const auto problems = Problems(options);
  EXPECT_TRUE(Tells(problems, "I1")) << ::testing::PrintToString(problems);
}

TEST(HistoryCanFail, WhenTheIndexForgetsVersions) {
  HistoryOptions options;
  options.break_world = [](World& world) { world.cluster.IgnoreVersions(true); };
  const auto problems = Problems(options, "I2", 400);
  EXPECT_TRUE(Tells(problems, "I2")) << ::testing::PrintToString(problems);
}

TEST(HistoryCanFail, WhenNoDeleteIsSentAgain) {
  HistoryOptions options;
  options.break_settings = [](PipelineSettings& settings) { settings.window_us = 0; };
  const auto problems = Problems(options);
  EXPECT_TRUE(Tells(problems, "I2") || Tells(problems, "I1")) << ::testing::PrintToString(problems);
}

TEST(HistoryCanFail, WhenThereIsNoLease) {
  HistoryOptions options;
  // Without the notice of gaps either, which ends a lease.
  options.break_settings = [](PipelineSettings& settings) {
    settings.lease_us = settings.session_timeout_us = INT64_MAX / 4;
  };
  const auto problems = Problems(options, "", 2'000);
  EXPECT_TRUE(Tells(problems, "I2") || Tells(problems, "I1")) << ::testing::PrintToString(problems);
}

TEST(HistoryCanFail, WhenTheIndexLies) {
  HistoryOptions options;
  options.lying_index = true;
  EXPECT_THAT(Problems(options), Not(IsEmpty()));
}

TEST(HistoryCanFail, WhenAPlaceholderIsLeft) {
  class Careless : public FakeDocumentMerger {
   public:
    void Strip(std::string_view document, std::span<const OpenField>,
               std::string& stripped) override {
      stripped = document;
    }
  };
  HistoryOptions options;
  options.makers.merger = [] { return std::make_unique<Careless>(); };
  EXPECT_TRUE(Tells(Problems(options), "I6"));
}

TEST(HistoryCanFail, WhenUnchangedValuesAreDropped) {
  class Lossy : public FakeDocumentMerger {
   public:
    void Fill(std::string_view document, std::span<const OpenField> document_open, std::string_view,
              std::span<const OpenField>, std::string& merged,
              std::vector<OpenField>& open) override {
      FakeDocumentMerger::Fill(document, document_open, "{}", {}, merged, open);
    }
  };
  HistoryOptions options;
  options.makers.merger = [] { return std::make_unique<Lossy>(); };
  EXPECT_TRUE(Tells(Problems(options), "I6"));
}

TEST(HistoryCanFail, WhenADeadLetterIsAcknowledgedAndNotKept) {
  class Forgetful : public FakeDeadLetters {
   public:
    bool Send(uint64_t token, const DeadLetter&) override {
      tokens_.push_back(token);
      return true;
    }
    void Poll(std::vector<DeadLetterAck>& acks) override {
      for (const uint64_t token : tokens_) acks.push_back({token, {}});
      tokens_.clear();
    }

   private:
    std::vector<uint64_t> tokens_;
  };
  HistoryOptions options;
  options.makers.letters = [] { return std::make_unique<Forgetful>(); };
  EXPECT_TRUE(Tells(Problems(options), "I1"));
}

}  // namespace
}  // namespace sluice::testing
