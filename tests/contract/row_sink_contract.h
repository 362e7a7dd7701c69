#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/row_sink.h"

namespace sluice::testing {

/// A place for rows, and a way to look into it; what the contract of RowSink needs to be held
/// against a fake or a real one.
class RowSinkHarness {
 public:
  virtual ~RowSinkHarness() = default;

  /// A new instance on the same place; the one before is gone by then.
  [[nodiscard]] virtual std::unique_ptr<RowSink> Open() = 0;
  /// The ids of the rows that somebody finds there who reads what was kept, in order.
  [[nodiscard]] virtual std::vector<std::string> Find() = 0;
};

/// Made anew for each test.
using MakeRowSink = std::function<std::unique_ptr<RowSinkHarness>()>;

/// The columns of the rows that these tests append: the id alone.
[[nodiscard]] std::vector<RowColumn> ContractColumns();

/// The contract every RowSink keeps.
class RowSinkContract : public ::testing::TestWithParam<MakeRowSink> {
 protected:
  void SetUp() override;
  /// Begins anew where the sink was kept last; returns what it says of that.
  std::string Reopen();
  void Append(const std::string& id);
  void Keep(const std::string& positions);

  std::unique_ptr<RowSinkHarness> harness_;
  std::unique_ptr<RowSink> sink_;
};

}  // namespace sluice::testing
