// The contract of DivergenceStore, held by the fake.
#include <gtest/gtest.h>

#include <memory>

#include "tests/contract/divergence_store_contract.h"
#include "tests/fakes/fake_divergence_store.h"

namespace sluice::testing {
namespace {

class FakeHarness : public DivergenceStoreHarness {
 public:
  DivergenceStore& store() override { return store_; }
  DivergenceStore& other() override { return other_; }
  void Step() override {}

 private:
  FakeDivergenceIndex index_;
  FakeDivergenceStore store_{index_};
  FakeDivergenceStore other_{index_};
};

INSTANTIATE_TEST_SUITE_P(Fake, DivergenceStoreContract, ::testing::Values(MakeDivergenceStore([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
