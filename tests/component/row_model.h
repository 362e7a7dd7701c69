#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/component/rig.h"

namespace sluice::testing {

/// The tables behind a topic: writes the records of random changes, and knows for each of them what
/// the index must hold, so that it can judge every commit, every applied write and the end.
///
/// A document has the fields `v`, new with each record, and sometimes `big`, which an update may
/// leave unchanged. A record with the field `p` is refused by itself, one with `q` takes its whole
/// request with it: the operations that the index cannot accept (I2).
class RowModel {
 public:
  struct Shape {
    int32_t partitions = 1;
    int ids = 4;
    bool refusals = false;   ///< Fields `p` and `q`, records that are not understood.
    bool truncates = false;  ///< At last one truncate record.
    bool empties = false;    ///< Truncates in between, which are applied.
    bool loses_log = false;  ///< Records may be gone when they are wanted again.
    bool headers = false;    ///< Versions from the header of our own source, and its runs.
  };

  RowModel(World& world, const Shape& shape, uint64_t seed);

  /// Appends a few records.
  void Change();
  void AppendTruncate();
  /// Deletes a row of which an older write is still on its way: what comes late brings back only
  /// what was deleted.
  void DeleteInDoubt();

  /// The letters that are safe, wherever the member that sent them is now.
  std::function<void(const std::function<void(const StoredDeadLetter&)>&)> for_each_letter;

  /// Judges the documents when nothing is left to do.
  void JudgeEnd();
  /// Judges a halt: nothing may be committed past the truncate record, which OnCommit() sees.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  void AddProblem(const std::string& problem);
  [[nodiscard]] size_t records() const { return records_; }
  /// How often the table was emptied by a truncate that is applied.
  [[nodiscard]] size_t emptied() const { return emptied_; }

 private:
  enum class Kind : uint8_t { kWrite, kSkip, kReject, kTruncate, kEmpties };
  struct Fact {
    Kind kind = Kind::kSkip;
    std::string id;
    bool deletes = false;
    bool refused = false;  ///< The index cannot accept it.
    bool doubtful =
        false;             ///< It or an earlier record made its id divergent: `big` may be missing.
    std::string document;  ///< What the index must hold after it.
    int64_t needs_version = 0;  ///< It is terminal when the index holds this one or a newer one.
  };
  struct Row {
    int32_t partition = 0;
    bool exists = false;
    bool doubtful = false;
    bool gone_since_delete = false;  ///< The last record was a delete: a tombstone rides on it.
    std::optional<std::string> big;
    std::set<std::string> accepted;  ///< Documents that the index could hold before.
    std::optional<Fact> standing;    ///< The newest that the index can accept.
    std::optional<std::pair<int64_t, Fact>> last;
  };

  void ChangeRow(const std::string& id, Row& row);
  void WriteRow(const std::string& id, Row& row, char op);
  void RemoveRow(const std::string& id, Row& row, bool tombstone);
  void Note(int32_t partition, Offset offset, Fact fact);
  void AppendOther();
  void AppendEmpties();
  std::vector<Header> Headers(int32_t partition, int64_t version, bool open);
  void AppendLate();
  void OnCommit(const TopicPartition& stream, CommitPosition position);
  void OnApply(const OwnedWrite& write);
  void JudgeDeletes(const TopicPartition& stream, Offset committed);
  void JudgeEmptied(const TopicPartition& stream, Offset committed);
  [[nodiscard]] bool Terminal(const TopicPartition& stream, int64_t offset, const Fact& fact) const;
  [[nodiscard]] bool Matches(const Fact& fact, const std::string& document) const;
  [[nodiscard]] uint64_t Dice(uint64_t sides) { return random_() % sides; }

  World& world_;
  const Shape shape_;
  std::mt19937_64 random_;
  std::map<std::string, Row> rows_;
  std::map<TopicPartition, std::map<int64_t, Fact>> facts_;
  std::map<std::string, int64_t> highest_;    ///< The highest version that was ever applied, by id.
  std::map<TopicPartition, int64_t> judged_;  ///< Commits are judged up to here.
  int64_t next_value_ = 1;
  size_t records_ = 0;
  size_t emptied_ = 0;
  int64_t epoch_ = 1;
  std::map<int32_t, int64_t> epochs_;  ///< The highest that was written, by partition.
  std::vector<std::string> problems_;
};

}  // namespace sluice::testing
