// The contract of ControlStore, held by the fake.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/contract/control_store_contract.h"
#include "tests/fakes/fake_control_store.h"
#include "tests/fakes/fake_search_cluster.h"

namespace sluice::testing {
namespace {

class FakeHarness : public ControlStoreHarness {
 public:
  ControlStore& store() override { return store_; }
  std::string NewIndex() override { return "index" + std::to_string(++indices_); }
  void WriteTo(const std::string& index) override {
    cluster_.Apply({WriteAction::kIndex, index, "1", 1, "{}"});
  }
  void MakeAgain(const std::string& index) override {
    index_.Destination(index).uuid += "-again";
    index_.Destination(index).primaries = {"0:history-again"};
  }
  void Step() override {}

 private:
  FakeSearchCluster cluster_;
  FakeControlIndex index_{cluster_};
  FakeControlStore store_{index_};
  int indices_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Fake, ControlStoreContract, ::testing::Values(MakeControlStore([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
