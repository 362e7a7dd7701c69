#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/control_store.h"

namespace sluice::testing {

/// A member's way to the control records; what the contract of ControlStore needs to be held
/// against a fake or a real one.
class ControlStoreHarness {
 public:
  virtual ~ControlStoreHarness() = default;

  [[nodiscard]] virtual ControlStore& store() = 0;
  /// The name of an index that exists and has no record yet.
  [[nodiscard]] virtual std::string NewIndex() = 0;
  /// Writes a document to it.
  virtual void WriteTo(const std::string& index) = 0;
  /// Makes it another index of the same name.
  virtual void MakeAgain(const std::string& index) = 0;
  /// Lets time pass: waits a moment for sockets, where there are any.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeControlStore = std::function<std::unique_ptr<ControlStoreHarness>()>;

/// The contract every ControlStore keeps.
class ControlStoreContract : public ::testing::TestWithParam<MakeControlStore> {
 protected:
  void SetUp() override { harness_ = GetParam()(); }
  /// The answer to the only question that is open.
  ControlAnswer Await();
  ControlAnswer Look(const std::string& index);
  [[nodiscard]] static ControlRecord RecordOf(const std::string& index);

  std::unique_ptr<ControlStoreHarness> harness_;
};

}  // namespace sluice::testing
