#include "adapters/kafka/fault_book.h"

#include <gtest/gtest.h>

namespace sluice::kafka {
namespace {

using Kind = SourceEvent::Kind;
using Place = FaultBook::Place;

Failure Fault(const std::string& detail, FailureReason reason = FailureReason::kBrokerUnreachable) {
  Failure failure;
  failure.verdict = {Disposition::kHold, reason, WriteResult::kCreated};
  failure.detail = detail;
  return failure;
}

TEST(FaultBook, ToldOnceAtItsBeginningAndOnceAtItsEnd) {
  FaultBook book;
  std::deque<SourceEvent> events;
  book.Begin(Place::kBrokers, "", Fault("down"), events);
  book.Begin(Place::kBrokers, "", Fault("still down"), events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::kFault);
  book.End(Place::kBrokers, "", events);
  book.End(Place::kBrokers, "", events);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].kind, Kind::kRecovered);
}

TEST(FaultBook, RecoveryIsToldOnlyWhenNothingIsLeft) {
  FaultBook book;
  std::deque<SourceEvent> events;
  book.Begin(Place::kBrokers, "", Fault("down"), events);
  book.Begin(Place::kTopic, "orders", Fault("not there", FailureReason::kStreamGone), events);
  events.clear();
  book.End(Place::kTopic, "orders", events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::kFault);
  EXPECT_EQ(events[0].failure.detail, "down");
  events.clear();
  book.EndAll(Place::kBrokers, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::kRecovered);
}

TEST(FaultBook, AnotherMeaningIsNews) {
  FaultBook book;
  std::deque<SourceEvent> events;
  book.Begin(Place::kGroup, "", Fault("a"), events);
  book.Begin(Place::kGroup, "", Fault("b", FailureReason::kBrokerUnauthorized), events);
  EXPECT_EQ(events.size(), 2U);
  EXPECT_EQ(book.Names(Place::kGroup).size(), 1U);
}

}  // namespace
}  // namespace sluice::kafka
