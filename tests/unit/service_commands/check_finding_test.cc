// The words in which `sluice check` answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/check/finding.h"

namespace sluice::check {
namespace {

std::vector<Finding> Sample() {
  return {{"kafka.brokers", Verdict::kOk, "127.0.0.1:9092 answers", "", 12},
          {"topic a", Verdict::kSkipped, "not reached", "", 0},
          {"index a", Verdict::kNo, "it is an index", "map it", 3}};
}

TEST(CheckFinding, TakesTheCureOffItsSentence) {
  const Finding finding = FindingOf("x", Verdict::kNo, "it is so; do this; then that");
  EXPECT_EQ(finding.text, "it is so");
  EXPECT_EQ(finding.fix, "do this; then that");
  EXPECT_EQ(FindingOf("x", Verdict::kNo, "it is so").fix, "");
}

TEST(CheckFinding, IsALineWithItsFixBelow) {
  EXPECT_EQ(RenderLine(Sample()[0], false), "√ ok  kafka.brokers: 127.0.0.1:9092 answers\n");
  EXPECT_EQ(RenderLine(Sample()[2], false), "x no  index a: it is an index\n      fix: map it\n");
  EXPECT_EQ(RenderLine(Sample()[1], true), "\x1b[2m- skipped\x1b[0m  topic a: not reached\n");
}

TEST(CheckFinding, OnlyANoIsANo) {
  auto findings = Sample();
  EXPECT_TRUE(AnswerIsNo(findings));
  findings[2].verdict = Verdict::kWarning;
  EXPECT_FALSE(AnswerIsNo(findings));
  EXPECT_EQ(RenderSum(findings), "3 checks: 1 ok, 1 warning, 1 skipped\n");
}

TEST(CheckFinding, IsAContractAsJson) {
  EXPECT_EQ(RenderJson(Sample()),
            R"({"schema":"sluice.check/1","answer":"no","checks":[)"
            R"({"name":"kafka.brokers","verdict":"ok","text":"127.0.0.1:9092 answers",)"
            R"("fix":null,"took_ms":12},)"
            R"({"name":"topic a","verdict":"skipped","text":"not reached","fix":null,"took_ms":0},)"
            R"({"name":"index a","verdict":"no","text":"it is an index","fix":"map it",)"
            R"("took_ms":3}]})"
            "\n");
}

}  // namespace
}  // namespace sluice::check
