#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/model/record.h"
#include "core/ports/clock.h"
#include "core/ports/record_source.h"

namespace sluice::inspect {

/// Reads as a member of a group and commits what was taken.
///
/// Threads:   one call at a time.
/// Ownership: source, clock and stream are borrowed.
/// Time:      no call blocks: wait for the source between two turns.
/// Errors:    as failure(); what passes is told in a line on `err`.
class GroupReader {
 public:
  /// `take` gets each record; false: it wants no more.
  GroupReader(RecordSource& source, const Clock& clock,
              std::function<bool(const OwnedRecord&)> take, std::ostream& err);

  /// Takes what has arrived. True when anything happened.
  bool Turn();
  /// Commits what was taken and leaves the group; closed() follows.
  void Stop();
  [[nodiscard]] bool wants_more() const { return wants_more_ && !failure_; }
  [[nodiscard]] bool closed() const { return closed_; }
  /// Why it cannot go on.
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

 private:
  struct Part {
    bool assigned = false;
    CommitPosition next;
    bool changed = false;  ///< Since the last commit was sent.
  };

  bool Read();
  [[nodiscard]] OwnedRecord Copy(const Record& record) const;
  bool TakeEvents();
  void TakeAssigned(const SourceEvent& event);
  void TakeGivenUp(const SourceEvent& event);
  void EndRevoke();
  [[nodiscard]] bool Changed() const;
  void Commit();
  void Advance();
  void TellPartitions() const;

  RecordSource& source_;
  const Clock& clock_;
  const std::function<bool(const OwnedRecord&)> take_;
  std::ostream& err_;
  std::vector<Record> records_;
  std::vector<Part> parts_;  ///< By PartitionSlot.
  std::vector<PartitionSlot> revoked_;
  bool revoking_ = false;
  bool commit_in_flight_ = false;
  bool commit_refused_ = false;
  int64_t last_commit_us_ = 0;
  bool wants_more_ = true;
  bool stopping_ = false;
  bool closing_ = false;
  bool closed_ = false;
  std::optional<Failure> failure_;
};

}  // namespace sluice::inspect
