// What the row model knows of every record, held against commits, applied writes and the end.
#include <algorithm>
#include <iterator>

#include "core/operations/index/plan_write.h"
#include "tests/component/row_model.h"
#include "tests/fakes/flat_json.h"

namespace sluice::testing {

bool RowModel::Terminal(const TopicPartition& stream, int64_t offset, const Fact& fact) const {
  switch (fact.kind) {
    case Kind::kSkip:
    case Kind::kEmpties: return true;  // see JudgeEmptied()
    case Kind::kTruncate: return false;
    case Kind::kWrite: {
      const auto highest = highest_.find(fact.id);
      if (highest != highest_.end() && highest->second >= fact.needs_version) return true;
      break;
    }
    case Kind::kReject: break;
  }
  bool safe = false;
  for_each_letter([&](const StoredDeadLetter& letter) {
    safe |= letter.stream == stream && (letter.offset == Offset{offset} ||
                                        std::find(letter.replaced.begin(), letter.replaced.end(),
                                                  Offset{offset}) != letter.replaced.end());
  });
  return safe;
}

void RowModel::OnCommit(const TopicPartition& stream, CommitPosition position) {
  if (world_.tell) {
    world_.tell("committed " + std::to_string(stream.partition) + "@" +
                std::to_string(position.next.value));
  }
  int64_t& judged = judged_[stream];
  if (position.next < Offset{judged}) {
    AddProblem("a commit of partition " + std::to_string(stream.partition) + " goes back");
  }
  if (position.next > world_.log.End(stream)) AddProblem("a commit lies past the end of the log");
  const auto& facts = facts_[stream];
  for (auto at = facts.lower_bound(judged); at != facts.end() && at->first < position.next.value;
       ++at) {
    if (!Terminal(stream, at->first, at->second)) {
      AddProblem("I1: committed " + std::to_string(position.next.value) + " of partition " +
                 std::to_string(stream.partition) + ", but " + std::to_string(at->first) +
                 " is not terminal");
    }
  }
  judged = std::max(judged, position.next.value);
  JudgeDeletes(stream, position.next);
  if (shape_.empties) JudgeEmptied(stream, position.next);
}

/// A truncate that is committed has no document left to delete, and none will come.
void RowModel::JudgeEmptied(const TopicPartition& stream, Offset committed) {
  const auto& facts = facts_[stream];
  const auto last =
      std::find_if(std::make_reverse_iterator(facts.lower_bound(committed.value)), facts.rend(),
                   [](const auto& fact) { return fact.second.kind == Kind::kEmpties; });
  if (last == facts.rend()) return;
  const int64_t version = OffsetVersion(1, Offset{last->first});
  for (const auto& [id, row] : rows_) {
    if (row.partition != stream.partition) continue;
    const auto* stored = world_.cluster.Find("t", id);
    if (stored != nullptr && stored->version < version)
      AddProblem("I2: committed a truncate, and a document is there: " + id);
    if (highest_[id] <= version && world_.cluster.HasStraggler("t", id, version))
      AddProblem("I2: committed a truncate that can be undone: " + id);
  }
}

/// A delete that is committed will not be sent again: no older write of its id may still come, now
/// that the node may have forgotten it.
void RowModel::JudgeDeletes(const TopicPartition& stream, Offset committed) {
  for (const auto& [id, version] : highest_) {
    if (rows_.at(id).partition != stream.partition) continue;
    const auto fact = facts_[stream].find((version & ((int64_t{1} << 48) - 1)) - 1);
    if (fact == facts_[stream].end() || !fact->second.deletes) continue;
    if (fact->first >= committed.value) continue;
    const std::string name = id + " version " + std::to_string(version & 0xffffffffffff);
    if (world_.cluster.Find("t", id) != nullptr)
      AddProblem("I2: committed a delete that was undone: " + name);
    if (world_.cluster.HasStraggler("t", id, version))
      AddProblem("I2: committed a delete that can be undone: " + name);
  }
}

/// `big` may be missing where the id is known to be divergent; it may never be an older one.
bool RowModel::Matches(const Fact& fact, const std::string& document) const {
  if (document == fact.document) return true;
  if (fact.deletes || !fact.doubtful || world_.divergence.Find("t", fact.id) == nullptr)
    return false;
  std::string wanted;
  for (const FlatField& field : FlatFields(fact.document)) {
    if (field.Name(fact.document) != "big")
      wanted += fact.document.substr(field.name_begin, field.end - field.name_begin) + ",";
  }
  std::string found;
  for (const FlatField& field : FlatFields(document))
    found += document.substr(field.name_begin, field.end - field.name_begin) + ",";
  return found == wanted;
}

void RowModel::OnApply(const OwnedWrite& write) {
  if (world_.tell) {
    world_.tell("applied " + write.id + " version " +
                std::to_string(write.version & 0xffffffffffff) + " " +
                (write.action == WriteAction::kDelete ? "delete" : write.document));
  }
  int64_t& highest = highest_[write.id];
  highest = std::max(highest, write.version);
  const std::string name = write.id + " version " + std::to_string(write.version & 0xffffffffffff);
  if (write.document.find("__unchanged") != std::string::npos) {
    AddProblem("I6: a placeholder reached the index: " + name);
    return;
  }
  const auto row = rows_.find(write.id);
  if (row == rows_.end() || write.index != "t") {
    AddProblem("a document that no record asked for: " + name);
    return;
  }
  const int64_t offset = (write.version & ((int64_t{1} << 48) - 1)) - 1;
  const auto& facts = facts_[{"t", row->second.partition}];
  const auto fact = facts.find(offset);
  const bool about =
      fact != facts.end() && (fact->second.kind == Kind::kEmpties ||
                              (fact->second.kind == Kind::kWrite && fact->second.id == write.id));
  if (!about) {
    AddProblem("a version that is no record of this id: " + name);
  } else if (fact->second.deletes != (write.action == WriteAction::kDelete)) {
    AddProblem("the wrong action: " + name);
  } else if (write.version < highest) {
    // Below a delete that the node has forgotten: that one is still to come, or comes again. What
    // such a row would be filled from is gone.
  } else if (!fact->second.deletes && !Matches(fact->second, write.document)) {
    AddProblem("I6: " + name + " is " + write.document + " and not " + fact->second.document);
  }
}

void RowModel::JudgeEnd() {
  for (const auto& [id, row] : rows_) {
    const auto* stored = world_.cluster.Find("t", id);
    if (!row.last) {
      if (stored != nullptr) AddProblem("I2: " + id + " was never written");
      continue;
    }
    const Fact& last = row.last->second;
    const std::string found = stored == nullptr ? "nothing" : stored->document;
    if (last.refused && shape_.loses_log) {
      // What it had replaced may be gone from the log: any earlier state will do.
      const bool earlier =
          stored == nullptr || row.accepted.contains(stored->document) || row.doubtful;
      if (!earlier) AddProblem("I2: " + id + " holds " + found + ", no earlier state of it");
      continue;
    }
    const bool nothing = !row.standing || row.standing->deletes;
    if (nothing ? stored != nullptr
                : stored == nullptr || !Matches(*row.standing, stored->document)) {
      AddProblem("I2: " + id + " holds " + found + " and not " +
                 (nothing ? "nothing" : row.standing->document));
    }
  }
}

}  // namespace sluice::testing
