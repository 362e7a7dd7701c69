// The contract of DocumentIndex, held by the fake.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/contract/document_index_contract.h"
#include "tests/fakes/fake_document_index.h"
#include "tests/fakes/fake_document_scan.h"
#include "tests/fakes/fake_search_cluster.h"

namespace sluice::testing {
namespace {

class FakeHarness : public DocumentIndexHarness {
 public:
  DocumentIndex& index() override { return index_; }
  DocumentScan& scan() override { return scan_; }
  std::string NewStream() override { return "Stream" + std::to_string(++streams_); }
  void Step() override {}

 private:
  FakeSearchCluster cluster_;
  FakeDocumentIndex index_{cluster_};
  FakeDocumentScan scan_{cluster_, index_};
  int streams_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Fake, DocumentIndexContract, ::testing::Values(MakeDocumentIndex([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
