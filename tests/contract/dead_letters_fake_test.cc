// The contract of DeadLetters, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/dead_letters_contract.h"
#include "tests/fakes/fake_dead_letters.h"

namespace sluice::testing {
namespace {

class FakeHarness : public DeadLettersHarness {
 public:
  FakeHarness() : letters_(kQueueMax) {
    letters_.SetMaxBytes(100'000);
    cut_off_.FailNext(
        {Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated});
  }
  DeadLetters& letters() override { return letters_; }
  DeadLetters& cut_off() override { return cut_off_; }
  std::vector<FoundDeadLetter> Find() override {
    std::vector<FoundDeadLetter> found;
    for (const StoredDeadLetter& stored : letters_.stored()) {
      found.push_back({stored.stream, stored.offset, stored.content, stored.key, stored.value,
                       stored.headers, stored.stage, RejectReasonName(stored.reason), stored.index,
                       stored.id, stored.version, stored.operation, stored.attempts,
                       stored.replaced});
    }
    return found;
  }
  void Step() override {}

 private:
  FakeDeadLetters letters_;
  FakeDeadLetters cut_off_;
};

INSTANTIATE_TEST_SUITE_P(Fake, DeadLettersContract, ::testing::Values(MakeDeadLetters([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
