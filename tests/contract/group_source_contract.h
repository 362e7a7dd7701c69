#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/group_source.h"

namespace sluice::testing {

/// A topic, a group that reads it, and two who may become its members; what the contract of
/// GroupSource needs to be held against a fake or a real one.
class GroupSourceHarness {
 public:
  virtual ~GroupSourceHarness() = default;

  /// 0 or 1; neither is a member at the beginning.
  [[nodiscard]] virtual GroupSource& Source(int number) = 0;
  /// Lets time pass.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeGroupSources = std::function<std::unique_ptr<GroupSourceHarness>()>;

/// The contract every GroupSource keeps.
class GroupSourceContract : public ::testing::TestWithParam<MakeGroupSources> {
 protected:
  void SetUp() override { harness_ = GetParam()(); }
  /// One turn of both: keeps what came, answers revocations.
  void Turn();
  bool TurnUntil(const std::function<bool()>& done);
  void Join(int number);
  GroupView Ask(int number);
  /// Asks until the group has so many members.
  [[nodiscard]] bool Shows(int asker, size_t members);
  [[nodiscard]] size_t Count(int number, SourceEvent::Kind kind) const;

  std::unique_ptr<GroupSourceHarness> harness_;
  std::vector<SourceEvent> events_[2];
};

}  // namespace sluice::testing
