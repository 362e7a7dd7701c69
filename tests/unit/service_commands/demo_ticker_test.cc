// Prices that are made up, and how they are written.
#include "service/demo/demo_ticker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "service/demo/ticker_scenario.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_event_publisher.h"

namespace sluice::demo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TickerScenario, TheSameSeedMakesTheSamePricesAndNoneJumps) {
  TickerScenario one(3, 7);
  TickerScenario other(3, 7);
  std::map<size_t, int64_t> last;
  for (int i = 0; i < 10'000; ++i) {
    const Tick tick = one.Next();
    const Tick same = other.Next();
    EXPECT_EQ(tick.symbol, same.symbol);
    EXPECT_EQ(tick.cents, same.cents);
    EXPECT_GE(tick.cents, 100);
    EXPECT_LE(tick.cents, 999'999);
    if (last.contains(tick.symbol)) {
      EXPECT_LE(std::abs(tick.cents - last[tick.symbol]), last[tick.symbol] / 50 + 1);
    }
    last[tick.symbol] = tick.cents;
  }
  EXPECT_EQ(last.size(), 3U);
}

TEST(TickerScenario, ATickIsAJsonObject) {
  EXPECT_EQ(PriceText(18'732), "187.32");
  EXPECT_EQ(PriceText(105), "1.05");
  EXPECT_EQ(RenderTick("SAP", 18'732, 1709251199999),
            R"({"symbol":"SAP","price":187.32,"time":"2024-02-29T23:59:59.999Z"})");
}

class DemoTicker : public ::testing::Test {
 protected:
  DemoTicker() {
    options_.symbols = {"IBM", "SAP"};
    options_.brokers = "b:1";
    options_.seed = 7;
    options_.rate = 0;
    options_.quantity = 20;
    publisher_.SetPartitions(6);
  }
  DemoEnd Run() {
    const DemoSurroundings surroundings{clock_, [this](int ms) {
                                          clock_.AdvanceMs(ms);
                                          return stops_after_-- == 0;
                                        }};
    return RunDemoTicker(options_, publisher_, surroundings, out_, err_);
  }

  TickerOptions options_;
  testing::FakeEventPublisher publisher_;
  testing::FakeClock clock_;
  int stops_after_ = -1;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(DemoTicker, WritesEachTickUnderItsSymbolAndSaysHowMany) {
  ASSERT_EQ(Run(), DemoEnd::kDone) << err_.str();
  ASSERT_EQ(publisher_.log().size(), 20U);
  std::map<std::string, int> counts;
  for (const testing::PublishedRecord& record : publisher_.log()) {
    EXPECT_EQ(record.stream, "tick");
    EXPECT_THAT(*record.value, HasSubstr("\"symbol\":\"" + *record.key + "\""));
    EXPECT_FALSE(record.partition) << "its key chooses it";
    ++counts[*record.key];
  }
  EXPECT_EQ(out_.str(),
            "topic tick with 6 partitions on b:1, seed 7\nwrote 20 ticks, keyed by "
            "symbol: IBM " +
                std::to_string(counts["IBM"]) + " SAP " + std::to_string(counts["SAP"]) + "\n");
}

TEST_F(DemoTicker, WithoutKeysTakesThePartitionsInTurn) {
  options_.keyed = false;
  options_.quantity = 8;
  ASSERT_EQ(Run(), DemoEnd::kDone);
  std::vector<uint32_t> partitions;
  for (const testing::PublishedRecord& record : publisher_.log()) {
    EXPECT_FALSE(record.key);
    partitions.push_back(record.partition.value_or(99));
  }
  EXPECT_THAT(partitions, ElementsAre(0, 1, 2, 3, 4, 5, 0, 1));
}

TEST_F(DemoTicker, AFullQueueIsWaitedForAndNothingIsSkipped) {
  publisher_.SetCapacity(3);
  publisher_.SetAcksPerPoll(1);
  ASSERT_EQ(Run(), DemoEnd::kDone);
  TickerScenario scenario(2, 7);
  for (const testing::PublishedRecord& record : publisher_.log())
    EXPECT_EQ(record.key, options_.symbols[scenario.Next().symbol]);
  EXPECT_EQ(publisher_.log().size(), 20U);
}

TEST_F(DemoTicker, OneThatIsStoppedSaysWhatWasWritten) {
  stops_after_ = 6;
  options_.json = true;
  EXPECT_EQ(Run(), DemoEnd::kStopped);
  EXPECT_THAT(out_.str(), HasSubstr(R"("complete":false)"));
  EXPECT_THAT(out_.str(), HasSubstr("\"ticks\":" + std::to_string(publisher_.log().size()) + ","));
  EXPECT_LT(publisher_.log().size(), 20U);
}

TEST_F(DemoTicker, OneWithoutAnEndIsDoneWhenItIsStopped) {
  stops_after_ = 6;
  options_.quantity = 0;
  EXPECT_EQ(Run(), DemoEnd::kDone);
  EXPECT_FALSE(publisher_.log().empty());
}

TEST_F(DemoTicker, ARefusedRecordIsAFailureWithItsReason) {
  Failure failure;
  failure.verdict = {Disposition::kReject, FailureReason::kRecordTooLarge, {}};
  failure.detail = "too large";
  publisher_.FailNext(failure);
  EXPECT_EQ(Run(), DemoEnd::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("too large"));
}

TEST_F(DemoTicker, ATopicThatIsNotFoundIsAFailureWithItsReason) {
  publisher_.SetPartitions(0);
  Failure trouble;
  trouble.detail = "no broker answers";
  publisher_.SetTrouble(trouble);
  EXPECT_EQ(Run(), DemoEnd::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("topic tick was not found within 30 s: no broker answers"));
  EXPECT_THAT(publisher_.log(), IsEmpty());
}

}  // namespace
}  // namespace sluice::demo
