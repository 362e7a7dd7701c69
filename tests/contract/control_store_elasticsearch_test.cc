// The contract of ControlStore, held by the adapter on the server that SLUICE_TEST_SEARCH_URL
// names.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "adapters/elasticsearch/index_bodies.h"
#include "tests/contract/control_store_contract.h"
#include "tests/integration/elasticsearch/live.h"

namespace sluice::testing {
namespace {

elasticsearch::Settings SettingsWith(const std::string& control_index) {
  elasticsearch::Settings settings = elasticsearch::LiveSettings();
  settings.control_index = control_index;
  return settings;
}

class LiveHarness : public ControlStoreHarness {
 public:
  LiveHarness()
      : control_(elasticsearch::UniqueName("sluice-contract-control")),
        raw_(elasticsearch::LiveSettings()),
        live_(SettingsWith(control_)) {}
  ~LiveHarness() override {
    for (const std::string& index : indices_) raw_.Ask("DELETE", elasticsearch::CreatePath(index));
    raw_.Ask("DELETE", "/" + control_);
  }
  ControlStore& store() override { return live_.index.control(); }
  std::string NewIndex() override {
    indices_.push_back(elasticsearch::UniqueName("sluice-contract"));
    Make(indices_.back());
    return indices_.back();
  }
  void WriteTo(const std::string& index) override {
    EXPECT_EQ(raw_.Ask("PUT", "/" + index + "/_doc/1", "{\"a\":1}").status, 201);
  }
  void MakeAgain(const std::string& index) override {
    EXPECT_EQ(raw_.Ask("DELETE", elasticsearch::CreatePath(index)).status, 200);
    Make(index);
  }
  void Step() override {
    live_.waiter.Wait(std::chrono::milliseconds(20));
    live_.index.Poll(live_.batches, live_.lookups, live_.prepared);
  }

 private:
  void Make(const std::string& index) {
    const std::string body = elasticsearch::CreateIndexBody(index, elasticsearch::LiveSettings());
    EXPECT_EQ(raw_.Ask("PUT", elasticsearch::CreatePath(index), body).status, 200);
  }

  const std::string control_;
  elasticsearch::RawClient raw_;
  elasticsearch::Live live_;
  std::vector<std::string> indices_;
};

INSTANTIATE_TEST_SUITE_P(Elasticsearch, ControlStoreContract,
                         ::testing::Values(MakeControlStore([] {
                           return std::make_unique<LiveHarness>();
                         })),
                         [](const auto&) { return "real"; });

}  // namespace
}  // namespace sluice::testing
