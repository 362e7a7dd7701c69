// The contract of GroupSource, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/group_source_contract.h"
#include "tests/fakes/fake_group.h"

namespace sluice::testing {
namespace {

class FakeHarness : public GroupSourceHarness {
 public:
  FakeHarness() { log_.CreateTopic("t", 2); }
  GroupSource& Source(int number) override { return number == 0 ? one_ : other_; }
  void Step() override {
    group_.Step();
    while (group_.Answer()) continue;
  }

 private:
  FakeLog log_;
  FakeGroup group_{log_, "t"};
  FakeGroupSource one_{group_, log_};
  FakeGroupSource other_{group_, log_};
};

INSTANTIATE_TEST_SUITE_P(Fake, GroupSourceContract, ::testing::Values(MakeGroupSources([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
