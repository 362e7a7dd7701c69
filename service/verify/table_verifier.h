#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/operations/index/difference_verdict.h"
#include "core/ports/clock.h"
#include "service/verify/ports.h"
#include "service/verify/table_result.h"

namespace sluice::verify {

/// How much is kept and how long is waited.
struct VerifyLimits {
  size_t suspects = 50'000;             ///< As many are looked at again together.
  size_t documents = 500;               ///< Are read at once.
  size_t kept_bytes = 32U << 20U;       ///< Of rows, for telling in which fields they differ.
  size_t rounds = 5;                    ///< A key that changes in all of them is given up.
  size_t differences = 100'000;         ///< Are kept for repairing; more are counted.
  size_t repair_batch = 500;            ///< Keys asked for at once …
  size_t repair_batch_bytes = 65'536;   ///< … and the size of their texts.
  int64_t repair_wait_us = 30'000'000;  ///< For each of those to be healed.
};

/// Compares one table with its index while both change.
///
/// Three passes: rows in ranges of the key, each range against its documents by one hash and row by
/// row where that differs; the index's ids against the table; then what seemed to differ, once
/// more, after the index has passed the rows (core/operations/index/difference_verdict.h).
///
/// Threads:   one call at a time.
/// Ownership: borrows everything.
/// Time:      as its sides; keeps `limits` in memory, however large the table is.
/// Errors:    the first of a side ends it.
class TableVerifier {
 public:
  struct Parts {
    TableSide& table;
    DocumentSide& index;
    Horizon& horizon;
    const Clock& clock;
    std::function<void(std::chrono::milliseconds)> pause;
    std::function<void(const TableResult&)> progress;
  };

  explicit TableVerifier(Parts parts, VerifyLimits limits = {})
      : parts_(std::move(parts)), limits_(limits) {}

  [[nodiscard]] Status Verify();
  /// Has what differs written anew and looks at it again.
  [[nodiscard]] Status Repair(Mender& mender);

  [[nodiscard]] const TableResult& result() const { return result_; }

 private:
  struct Suspect {
    DocumentName name;
    Key key;  ///< Empty: known by its document alone.
    std::optional<int64_t> version_before;
  };
  struct RowState {
    uint64_t digest = 0;
    std::string writer;
    Key key;
    std::string document;  ///< Empty: there was no room for it.
  };
  using RowStates = std::unordered_map<std::string, RowState>;
  using Batch = std::vector<const Difference*>;

  [[nodiscard]] Status CompareRanges();
  [[nodiscard]] Status FindExtras();
  [[nodiscard]] Status TakeIds(std::vector<DocumentName> names);
  /// Tells of rows that seem to have one document, unless one of them has only moved.
  [[nodiscard]] Status ConfirmShared(const std::vector<Difference>& seen);
  /// What is shared is no difference of one row.
  void DropShared();
  [[nodiscard]] Status NameHashed(std::vector<DocumentName>& names);
  void AddSuspect(Suspect suspect);
  [[nodiscard]] Status Settle();
  [[nodiscard]] Status SettleOnce();
  [[nodiscard]] Status DropEqual(std::vector<Suspect>& suspects, const RowStates& rows);
  [[nodiscard]] Status JudgeSlice(std::vector<Suspect>& slice, const RowStates& rows);
  void Judge(Suspect suspect, const DifferenceEvidence& seen, const RowState* row,
             const StoredDocument& document);
  /// It is looked at once more.
  void Again(Suspect suspect, const DifferenceEvidence& seen);
  [[nodiscard]] Result<RowStates> FindRows(const std::vector<Suspect>& suspects, bool documents);
  [[nodiscard]] Result<std::vector<StoredDocument>> Documents(std::span<const Suspect> suspects);

  [[nodiscard]] std::vector<Difference> TakeShared();
  [[nodiscard]] Status RepairKept(Mender& mender, uint64_t beyond_kept);
  [[nodiscard]] Status RepairOnce(Mender& mender, int64_t next_version);
  [[nodiscard]] Status AskAndLook(Mender& mender, const std::vector<Difference>& differences,
                                  int64_t next_version);
  /// Why what still differs was not healed, with the cure.
  void TellObstacles(int64_t next_version, uint64_t beyond_kept);
  [[nodiscard]] Status AwaitHealed(const Batch& batch);
  [[nodiscard]] std::vector<Batch> BatchesOf(const std::vector<Difference>& differences, bool extra,
                                             int64_t next_version) const;

  const Parts parts_;
  const VerifyLimits limits_;
  TableResult result_;
  std::vector<Suspect> suspects_;
  std::unordered_set<std::string> suspected_;  ///< The ids in `suspects_`.
};

}  // namespace sluice::verify
