#pragma once

#include <string>

#include "core/ports/record_source.h"

namespace sluice {

/// A RecordSource that enters its group when it is told to, and may leave it and enter again.
///
/// Threads:   as RecordSource.
/// Ownership: as RecordSource.
/// Time:      no call blocks for a broker.
/// Errors:    as events, as RecordSource.
class GroupSource : public RecordSource {
 public:
  /// Enters the group; kAssigned follows when it has given partitions, perhaps none.
  virtual void Join() = 0;
  /// Leaves it. What was assigned comes back as kRevoking, which is to be answered; when it is done
  /// shows in the group's members.
  virtual void Leave() = 0;
  /// Asks who is in the group, as a member or from outside: kGroup follows. Asked again without end
  /// while the brokers do not answer.
  virtual void AskGroup() = 0;
  /// Under which id this is a member, as far as it knows; empty: under none.
  [[nodiscard]] virtual std::string MemberId() const = 0;
};

}  // namespace sluice
