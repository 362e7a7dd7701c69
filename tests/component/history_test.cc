// The invariants of the delivery contract over random histories, and that their check can fail.
//
// SLUICE_SEED=n runs one history, SLUICE_HISTORIES=n so many. A failure is told with these and with
// the bounds of a smaller history that fails in the same way: SLUICE_STEPS, SLUICE_IDS,
// SLUICE_PARTITIONS, SLUICE_WITHOUT (names of faults, with commas). SLUICE_LINES: how much of its
// story is told.
#include "tests/component/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>

namespace sluice::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

/// Of each kind beside the first, whose number is larger.
constexpr uint64_t kHistories = 100;

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

/// A history's bounds as the environment that repeats it.
std::string Environment(const HistoryOptions& options) {
  const HistoryOptions usual;
  std::string text = "SLUICE_SEED=" + std::to_string(options.seed);
  const auto add = [&text](const char* name, int value, int otherwise) {
    if (value != otherwise) text += " " + std::string(name) + "=" + std::to_string(value);
  };
  add("SLUICE_STEPS", options.steps, usual.steps);
  add("SLUICE_IDS", options.ids_most, usual.ids_most);
  add("SLUICE_PARTITIONS", options.partitions_most, usual.partitions_most);
  std::string without;
  for (int fault = 0; fault < kFaults; ++fault) {
    if ((options.without >> fault & 1U) == 0) continue;
    without += (without.empty() ? "" : ",") + std::string(FaultName(static_cast<Fault>(fault)));
  }
  return without.empty() ? text : text + " SLUICE_WITHOUT=" + without;
}

HistoryOptions FromEnvironment() {
  HistoryOptions options;
  const auto read = [](const char* name, int otherwise) {
    return static_cast<int>(Setting(name, static_cast<uint64_t>(otherwise)));
  };
  options.steps = read("SLUICE_STEPS", options.steps);
  options.ids_most = read("SLUICE_IDS", options.ids_most);
  options.partitions_most = read("SLUICE_PARTITIONS", options.partitions_most);
  const char* without = std::getenv("SLUICE_WITHOUT");
  const std::string names = "," + std::string(without == nullptr ? "" : without) + ",";
  for (int fault = 0; fault < kFaults; ++fault) {
    const std::string name = FaultName(static_cast<Fault>(fault));
    if (names.find("," + name + ",") != std::string::npos) options.without |= 1U << fault;
  }
  return options;
}

/// How a failure is told: by what repeats it, and by a smaller one with its story.
std::string Told(const HistoryOptions& options, const HistoryResult& result) {
  const size_t lines_most = Setting("SLUICE_LINES", 400);
  std::string text = Environment(options);
  for (const std::string& problem : result.problems) text += "\n  " + problem;
  HistoryOptions smaller = ShrinkHistory(options);
  smaller.told = true;
  const HistoryResult again = RunHistory(smaller);
  text += "\nsmaller, of " + std::to_string(again.records) + " records: " + Environment(smaller);
  for (const std::string& problem : again.problems) text += "\n  " + problem;
  for (size_t i = 0; i < std::min(again.story.size(), lines_most); ++i)
    text += "\n    " + again.story[i];
  if (again.story.size() > lines_most) text += "\n    (and further)";
  return text;
}

/// The core aborts where a check of its own fails: that too has to be told with its seed.
class ToldOnAbort {
 public:
  ToldOnAbort() : before_(std::signal(SIGABRT, &Tell)) {}
  ~ToldOnAbort() { static_cast<void>(std::signal(SIGABRT, before_)); }
  ToldOnAbort(const ToldOnAbort&) = delete;
  ToldOnAbort& operator=(const ToldOnAbort&) = delete;
  static void Next(const HistoryOptions& options) {
    std::snprintf(text_, sizeof(text_), "aborted: %s\n", Environment(options).c_str());
  }

 private:
  static void Tell(int) { static_cast<void>(::write(STDERR_FILENO, text_, std::strlen(text_))); }

  static inline char text_[512];
  void (*before_)(int);
};

TEST(History, HoldsTheInvariants) {
  const uint64_t only = Setting("SLUICE_SEED", 0);
  const uint64_t first = only != 0 ? only : 1;
  const uint64_t count = only != 0 ? 1 : Setting("SLUICE_HISTORIES", 2'000);
  HistoryResult sum;
  int failures = 0;
  const ToldOnAbort on_abort;
  HistoryOptions options = FromEnvironment();
  const auto began = std::chrono::steady_clock::now();
  for (uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
    options.seed = seed;
    ToldOnAbort::Next(options);
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
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "%llu histories in %.1f s: %zu records, %d failed requests, %d crashes, %d rebalances, "
      "%d halts, %zu dead letters, %llu fields filled, %llu deletes sent again, %llu late copies "
      "deleted\n",
      static_cast<unsigned long long>(count), took.count(), sum.records, sum.failed_requests,
      sum.crashes, sum.rebalances, sum.halts, sum.dead_letters,
      static_cast<unsigned long long>(sum.filled), static_cast<unsigned long long>(sum.sent_again),
      static_cast<unsigned long long>(sum.late_copies));
  if (only != 0 || failures > 0) return;
  // A history in which nothing happens shows nothing.
  EXPECT_GT(sum.records, count * 40);
  EXPECT_GT(sum.failed_requests, static_cast<int>(count));
  EXPECT_GT(sum.crashes, static_cast<int>(count));
  EXPECT_GT(sum.rebalances, static_cast<int>(count));
  EXPECT_GT(sum.dead_letters, count / 4);
  EXPECT_GT(sum.filled, count / 4);
  EXPECT_GT(sum.sent_again, count);
  EXPECT_GT(sum.late_copies, count / 20);
}

TEST(History, OfAFailureASmallerOneIsFound) {
  HistoryOptions options;
  options.break_settings = [](PipelineSettings& settings) { settings.window_us = 0; };
  HistoryResult result;
  while (result.problems.empty()) {
    ++options.seed;
    ASSERT_LT(options.seed, 500U);
    result = RunHistory(options);
  }
  HistoryOptions smaller = ShrinkHistory(options);
  smaller.told = true;
  const HistoryResult again = RunHistory(smaller);
  ASSERT_THAT(again.problems, Not(IsEmpty())) << "the same options give the same history";
  EXPECT_EQ(again.problems.front().substr(0, 2), result.problems.front().substr(0, 2));
  EXPECT_LT(again.records, 30U) << Environment(smaller);
  EXPECT_EQ(smaller.ids_most, 1) << "one document suffices for a late copy";
  EXPECT_THAT(again.story, Not(IsEmpty()));
}

/// Histories of one kind, whose failures are told; what was counted in them, and nothing where
/// only one was asked for.
std::optional<HistoryResult> HistoriesOf(HistoryOptions options) {
  const uint64_t only = Setting("SLUICE_SEED", 0);
  const uint64_t first = only != 0 ? only : 1;
  const uint64_t count = only != 0 ? 1 : Setting("SLUICE_HISTORIES", kHistories);
  HistoryResult sum;
  int failures = 0;
  const ToldOnAbort on_abort;
  if (options.steps == 0) options.steps = 400;
  for (uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
    options.seed = seed;
    ToldOnAbort::Next(options);
    const HistoryResult result = RunHistory(options);
    sum.passed_over += result.passed_over;
    sum.truncates += result.truncates;
    sum.truncate_deletes += result.truncate_deletes;
    if (result.problems.empty()) continue;
    ++failures;
    ADD_FAILURE() << Told(options, result);
  }
  std::printf("%llu records passed over, %llu truncates applied, %llu documents deleted by them\n",
              static_cast<unsigned long long>(sum.passed_over),
              static_cast<unsigned long long>(sum.truncates),
              static_cast<unsigned long long>(sum.truncate_deletes));
  if (only != 0 || failures > 0) return std::nullopt;
  return sum;
}

TEST(History, HoldsTheInvariantsInHeaderMode) {
  HistoryOptions options = FromEnvironment();
  options.headers = true;
  if (const auto sum = HistoriesOf(options)) {
    EXPECT_GT(sum->passed_over, Setting("SLUICE_HISTORIES", kHistories));
  }
}

TEST(History, HoldsTheInvariantsWhereTablesAreEmptied) {
  HistoryOptions options = FromEnvironment();
  options.truncates = true;
  if (const auto sum = HistoriesOf(options)) {
    EXPECT_GT(sum->truncates, Setting("SLUICE_HISTORIES", kHistories));
    EXPECT_GT(sum->truncate_deletes, Setting("SLUICE_HISTORIES", kHistories));
  }
}

TEST(History, HoldsTheInvariantsWhereTablesOfSeveralPartitionsAreEmptied) {
  HistoryOptions options = FromEnvironment();
  options.headers = options.truncates = true;
  if (const auto sum = HistoriesOf(options)) {
    EXPECT_GT(sum->truncates, Setting("SLUICE_HISTORIES", kHistories));
    EXPECT_GT(sum->truncate_deletes, Setting("SLUICE_HISTORIES", kHistories));
  }
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
  options.steps = 400;
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

TEST(HistoryCanFail, WhenRecordsOfAnOlderRunAreTaken) {
  /// Each record tells of the newest run.
  class Forgiving : public FakeRecordSource {
   public:
    explicit Forgiving(World& world) : FakeRecordSource(world.log) {}
    [[nodiscard]] std::optional<std::string_view> HeaderOf(const Record& record,
                                                           const char* name) const override {
      const auto header = FakeRecordSource::HeaderOf(record, name);
      if (!header) return header;
      words_.push_back(std::string(header->substr(0, header->find(';', 2))) + ";999" +
                       (header->ends_with(";u=big") ? ";u=big" : ""));
      return words_.back();
    }

   private:
    mutable std::deque<std::string> words_;
  };
  HistoryOptions options;
  options.headers = true;
  options.makers.source = [](World& world) { return std::make_unique<Forgiving>(world); };
  const auto problems = Problems(options, "I2", 400);
  EXPECT_TRUE(Tells(problems, "I2")) << ::testing::PrintToString(problems);
}

TEST(HistoryCanFail, WhenATruncateDoesNotFindTheDocuments) {
  HistoryOptions options;
  options.truncates = options.blind_scan = true;
  const auto problems = Problems(options, "I2");
  EXPECT_TRUE(Tells(problems, "I2")) << ::testing::PrintToString(problems);
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
