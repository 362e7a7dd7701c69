// The contract of EventPublisher, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/event_publisher_contract.h"
#include "tests/fakes/fake_event_publisher.h"

namespace sluice::testing {
namespace {

class FakeHarness : public EventPublisherHarness {
 public:
  FakeHarness() {
    publisher_.SetPartitions(kPartitions);
    cut_off_.SetCapacity(kQueueMax);
    cut_off_.FailNext(
        {{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated}, "", ""});
  }
  EventPublisher& publisher() override { return publisher_; }
  EventPublisher& cut_off() override { return cut_off_; }
  std::string NewStream() override { return "stream" + std::to_string(++streams_); }
  std::vector<FoundEvent> Find(const std::string& stream) override {
    std::vector<FoundEvent> found;
    for (const PublishedRecord& record : publisher_.log()) {
      if (record.stream != stream) continue;
      found.push_back(
          {record.partition, record.key, record.value, record.all_headers, record.timestamp_ms});
    }
    return found;
  }
  void Step() override {}

 private:
  FakeEventPublisher publisher_;
  FakeEventPublisher cut_off_;
  int streams_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Fake, EventPublisherContract, ::testing::Values(MakeEventPublisher([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
