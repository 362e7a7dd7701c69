// The contract of DocumentIndex, held by the adapter on the server that SLUICE_TEST_SEARCH_URL
// names.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include "tests/contract/document_index_contract.h"
#include "tests/integration/elasticsearch/live.h"

namespace sluice::testing {
namespace {

class LiveHarness : public DocumentIndexHarness {
 public:
  ~LiveHarness() override {
    elasticsearch::RawClient raw(elasticsearch::LiveSettings());
    for (std::string name : streams_) {
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      raw.Ask("DELETE", elasticsearch::CreatePath(name));
    }
  }
  DocumentIndex& index() override { return live_.index; }
  DocumentScan& scan() override { return live_.index.scan(); }
  std::string NewStream() override {
    streams_.push_back(elasticsearch::UniqueName("Sluice-Contract"));
    return streams_.back();
  }
  void Step() override { live_.waiter.Wait(std::chrono::milliseconds(20)); }

 private:
  elasticsearch::Live live_;
  std::vector<std::string> streams_;
};

INSTANTIATE_TEST_SUITE_P(Elasticsearch, DocumentIndexContract,
                         ::testing::Values(MakeDocumentIndex([] {
                           return std::make_unique<LiveHarness>();
                         })),
                         [](const auto&) { return "real"; });

}  // namespace
}  // namespace sluice::testing
