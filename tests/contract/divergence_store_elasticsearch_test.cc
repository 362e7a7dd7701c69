// The contract of DivergenceStore, held by the adapter on the server that SLUICE_TEST_SEARCH_URL
// names.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "adapters/elasticsearch/index_bodies.h"
#include "tests/contract/divergence_store_contract.h"
#include "tests/integration/elasticsearch/live.h"

namespace sluice::testing {
namespace {

elasticsearch::Settings SettingsWith(const std::string& divergent_index) {
  elasticsearch::Settings settings = elasticsearch::LiveSettings();
  settings.divergent_index = divergent_index;
  return settings;
}

class LiveHarness : public DivergenceStoreHarness {
 public:
  LiveHarness()
      : alias_(elasticsearch::UniqueName("sluice-contract-divergent")),
        raw_(elasticsearch::LiveSettings()),
        live_(SettingsWith(alias_)),
        other_(SettingsWith(alias_)) {}
  ~LiveHarness() override { raw_.Ask("DELETE", elasticsearch::CreatePath(alias_)); }
  DivergenceStore& store() override { return live_.index.divergence(); }
  DivergenceStore& other() override { return other_.index.divergence(); }
  void Step() override {
    for (elasticsearch::Live* live : {&live_, &other_}) {
      live->waiter.Wait(std::chrono::milliseconds(10));
      live->index.Poll(live->batches, live->lookups, live->prepared);
    }
  }

 private:
  const std::string alias_;
  elasticsearch::RawClient raw_;
  elasticsearch::Live live_;
  elasticsearch::Live other_;
};

INSTANTIATE_TEST_SUITE_P(Elasticsearch, DivergenceStoreContract,
                         ::testing::Values(MakeDivergenceStore([] {
                           return std::make_unique<LiveHarness>();
                         })),
                         [](const auto&) { return "real"; });

}  // namespace
}  // namespace sluice::testing
