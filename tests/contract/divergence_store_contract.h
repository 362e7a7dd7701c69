#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/divergence_store.h"

namespace sluice::testing {

/// A member's way to the divergent ids; what the contract of DivergenceStore needs to be held
/// against a fake or a real one.
class DivergenceStoreHarness {
 public:
  virtual ~DivergenceStoreHarness() = default;

  [[nodiscard]] virtual DivergenceStore& store() = 0;
  /// Another member's way to the same.
  [[nodiscard]] virtual DivergenceStore& other() = 0;
  /// Lets time pass: waits a moment for sockets, where there are any.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeDivergenceStore = std::function<std::unique_ptr<DivergenceStoreHarness>()>;

/// The contract every DivergenceStore keeps.
class DivergenceStoreContract : public ::testing::TestWithParam<MakeDivergenceStore> {
 protected:
  void SetUp() override { harness_ = GetParam()(); }
  /// The next answer that is not a hold.
  DivergenceAnswer Await(DivergenceStore& store);
  /// Stores entries, and waits until all are safe.
  void Put(const std::vector<Divergence>& entries);
  /// What another member finds, by id.
  std::vector<Divergence> Load(const std::string& index, size_t entries_max = 100);
  [[nodiscard]] static Divergence EntryOf(const std::string& index, const std::string& id,
                                          int64_t version);

  std::unique_ptr<DivergenceStoreHarness> harness_;
  uint64_t token_ = 0;
};

}  // namespace sluice::testing
