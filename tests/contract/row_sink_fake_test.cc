// The contract of RowSink, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/row_sink_contract.h"
#include "tests/fakes/fake_row_sink.h"

namespace sluice::testing {
namespace {

class FakeHarness : public RowSinkHarness {
 public:
  std::unique_ptr<RowSink> Open() override { return std::make_unique<FakeRowSink>(store_); }
  std::vector<std::string> Find() override {
    std::vector<std::string> ids;
    ids.reserve(store_.rows.size());
    for (const ChangelogRow& row : store_.rows) ids.push_back(row.id);
    return ids;
  }

 private:
  FakeRowStore store_;
};

INSTANTIATE_TEST_SUITE_P(Fake, RowSinkContract, ::testing::Values(MakeRowSink([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
