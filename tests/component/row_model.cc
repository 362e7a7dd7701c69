#include "tests/component/row_model.h"

#include <algorithm>

#include "core/operations/plan_write.h"
#include "tests/fakes/flat_json.h"

namespace sluice::testing {
namespace {

std::string Join(const std::vector<std::string>& fields) {
  std::string object = "{";
  for (const std::string& field : fields) object += (object.size() > 1 ? "," : "") + field;
  return object + "}";
}

std::string Text(const char* name, const std::string& value) {
  return "\"" + std::string(name) + "\":\"" + value + "\"";
}

}  // namespace

RowModel::RowModel(World& world, const Shape& shape, uint64_t seed)
    : world_(world), shape_(shape), random_(seed) {
  world.log.CreateTopic("t", shape.partitions);
  for (int i = 0; i < shape.ids; ++i) {
    // Some ids are long, so that bodies fill up at different places.
    rows_["id" + std::to_string(i) + std::string(i % 4 == 3 ? 40 : 0, 'x')].partition =
        i % shape.partitions;
  }
  world.log.on_commit = [this](const TopicPartition& stream, CommitPosition position) {
    OnCommit(stream, position);
  };
  world.cluster.never_accepts = [](const OwnedWrite& write) {
    return write.document.find(R"("p":)") != std::string::npos ||
           write.document.find(R"("q":)") != std::string::npos;
  };
  world.cluster.on_apply = [this](const OwnedWrite& write) { OnApply(write); };
}

void RowModel::AddProblem(const std::string& problem) {
  constexpr size_t kMost = 20;
  if (problems_.size() < kMost) problems_.push_back(problem);
}

// ---- Records -----------------------------------------------------------------------------------

void RowModel::Note(int32_t partition, Offset offset, Fact fact) {
  ++records_;
  if (world_.tell) {
    world_.tell("record " + std::to_string(partition) + "@" + std::to_string(offset.value) + " " +
                fact.id + " " + (fact.deletes ? "delete" : fact.document) +
                (fact.refused ? ", which will be refused" : ""));
  }
  if (fact.kind == Kind::kWrite) {
    Row& row = rows_.at(fact.id);
    if (row.last && !row.last->second.refused) row.accepted.insert(row.last->second.document);
    row.last = {offset.value, fact};
    if (!fact.refused) row.standing = fact;
  }
  facts_[{"t", partition}][offset.value] = std::move(fact);
}

void RowModel::Change() {
  for (uint64_t n = 1 + Dice(3); n > 0; --n) {
    if (Dice(8) == 0) {
      AppendOther();
      continue;
    }
    if (shape_.headers && Dice(6) == 0) {
      AppendLate();
      continue;
    }
    auto at = rows_.begin();
    // The first id is hot.
    std::advance(at, Dice(3) == 0 ? 0 : static_cast<std::ptrdiff_t>(Dice(rows_.size())));
    ChangeRow(at->first, at->second);
  }
}

void RowModel::DeleteInDoubt() {
  if (world_.cluster.stragglers() == 0) return;
  const OwnedWrite& late = world_.cluster.straggler(Dice(world_.cluster.stragglers()));
  const auto at = rows_.find(late.id);
  if (at == rows_.end() || !at->second.exists) return;
  RemoveRow(at->first, at->second, false);
  if (Dice(2) == 0) RemoveRow(at->first, at->second, true);
}

/// What our own source writes beside a row. The versions are those of offset mode, by which the
/// judgement knows the record.
std::vector<Header> RowModel::Headers(int32_t partition, int64_t version, bool open) {
  if (!shape_.headers) return {};
  if (Dice(30) == 0) ++epoch_;  // the source has started again
  epochs_[partition] = epoch_;
  return {{"sluice",
           "1;" + std::to_string(version) + ";" + std::to_string(epoch_) + (open ? ";u=big" : "")}};
}

/// A record of a run that a newer one has followed in its partition: as it was written before,
/// and passed over.
void RowModel::AppendLate() {
  const auto partition = static_cast<int32_t>(Dice(static_cast<uint64_t>(shape_.partitions)));
  const TopicPartition stream{"t", partition};
  const int64_t end = world_.log.End(stream).value;
  const OwnedRecord* record =
      end == 0
          ? nullptr
          : world_.log.At(stream, Offset{static_cast<int64_t>(Dice(static_cast<uint64_t>(end)))});
  if (record == nullptr || record->headers.empty() || epochs_[partition] < 2) return;
  const std::string words = *record->headers.front().value;
  const std::string version = words.substr(2, words.find(';', 2) - 2);
  Note(partition,
       world_.log.Append(
           stream, record->key, record->value,
           {{"sluice", "1;" + version + ";" + std::to_string(epochs_[partition] - 1)}}),
       {});
}

void RowModel::ChangeRow(const std::string& id, Row& row) {
  const uint64_t dice = Dice(20);
  if (!row.exists) {
    // Compaction may have left an update or a tombstone of a row that was never seen here.
    if (dice == 0) {
      WriteRow(id, row, 'u');
    } else if (dice == 1) {
      RemoveRow(id, row, true);
    } else {
      WriteRow(id, row, dice == 2 ? 'r' : 'c');
    }
  } else if (dice < 12) {
    WriteRow(id, row, 'u');
  } else if (dice < 17) {
    RemoveRow(id, row, false);
    if (Dice(4) != 0) RemoveRow(id, row, true);
    if (Dice(4) == 0) WriteRow(id, row, 'c');
  } else if (dice == 17) {
    RemoveRow(id, row, true);
  } else {
    WriteRow(id, row, 'c');  // keys that were swapped: no delete in between
  }
}

void RowModel::WriteRow(const std::string& id, Row& row, char op) {
  Fact fact;
  fact.kind = Kind::kWrite;
  fact.id = id;
  const std::string value = std::to_string(next_value_++);
  std::vector<std::string> sent = {Text("v", value)};
  std::vector<std::string> kept = sent;
  const uint64_t dice = Dice(op == 'u' ? 4 : 10);
  if (dice == 0) {  // not sent: an update keeps the value, a created row's is nowhere to be had
    if (op != 'u') row.big.reset();
    sent.push_back(R"("big":)" + std::string(kUnchangedValue));
  } else if (dice <= 3) {
    row.big = "B" + value;
    sent.push_back(Text("big", *row.big));
  } else {
    row.big.reset();  // dropped, or null and left out
  }
  if (row.big) kept.push_back(Text("big", *row.big));
  if (id.back() == '1') {  // the field stands first
    std::reverse(sent.begin(), sent.end());
    std::reverse(kept.begin(), kept.end());
  }
  if (shape_.refusals && Dice(25) == 0) {
    sent.push_back(Dice(2) == 0 ? R"("p":"1")" : R"("q":"1")");
    fact.refused = true;
  }
  row.doubtful |= fact.refused || (dice == 0 && !row.big);
  fact.doubtful = row.doubtful;
  fact.document = Join(kept);
  const TopicPartition stream{"t", row.partition};
  const bool open = sent[0].find(kUnchangedValue) != std::string::npos ||
                    (sent.size() > 1 && sent[1].find(kUnchangedValue) != std::string::npos);
  const Offset offset =
      world_.log.Append(stream, id, op + Join(sent),
                        Headers(row.partition, OffsetVersion(1, world_.log.End(stream)), open));
  fact.needs_version = OffsetVersion(1, offset);
  row.exists = true;
  row.gone_since_delete = false;
  Note(row.partition, offset, std::move(fact));
}

void RowModel::RemoveRow(const std::string& id, Row& row, bool tombstone) {
  Fact fact;
  fact.kind = Kind::kWrite;
  fact.id = id;
  fact.deletes = true;
  const TopicPartition stream{"t", row.partition};
  const bool rides = tombstone && row.gone_since_delete && row.last;
  fact.needs_version =
      rides ? row.last->second.needs_version : OffsetVersion(1, world_.log.End(stream));
  const Offset offset =
      world_.log.Append(stream, id, tombstone ? std::nullopt : std::optional<std::string>("d"),
                        Headers(row.partition, fact.needs_version, false));
  row.exists = false;
  row.gone_since_delete = true;
  row.big.reset();
  Note(row.partition, offset, std::move(fact));
}

void RowModel::AppendOther() {
  const auto partition = static_cast<int32_t>(Dice(static_cast<uint64_t>(shape_.partitions)));
  const TopicPartition stream{"t", partition};
  const uint64_t dice = Dice(shape_.refusals ? 8 : 5);
  Fact fact;
  switch (dice) {
    case 0: world_.log.SkipOffsets(stream, 1 + static_cast<int64_t>(Dice(3))); return;
    case 1: Note(partition, world_.log.Append(stream, "", "m"), fact); return;
    case 2: Note(partition, world_.log.Append(stream, "", "h"), fact); return;
    case 3: Note(partition, world_.log.Append(stream, std::nullopt, std::nullopt), fact); return;
    case 4: Note(partition, world_.log.Append(stream, "", "x"), fact); return;
    default: break;
  }
  fact.kind = Kind::kReject;
  if (dice == 5) {
    Note(partition, world_.log.Append(stream, std::nullopt, R"(c{"v":"0"})"), fact);
  } else {
    // Nobody knows what it would have changed: values that later records leave out may be older.
    Row& row = rows_.at("id0");
    row.doubtful = true;
    Note(row.partition, world_.log.Append({"t", row.partition}, "id0", "!"), fact);
  }
}

void RowModel::AppendTruncate() {
  Fact fact;
  fact.kind = Kind::kTruncate;
  const TopicPartition stream{"t", 0};
  Note(0,
       world_.log.Append(stream, std::nullopt, "t",
                         Headers(0, OffsetVersion(1, world_.log.End(stream)), false)),
       fact);
}

// ---- Judgement
// ---------------------------------------------------------------------------------

bool RowModel::Terminal(const TopicPartition& stream, int64_t offset, const Fact& fact) const {
  switch (fact.kind) {
    case Kind::kSkip: return true;
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
}

/// A delete that is committed will not be sent again: no older write of its id may still come,
/// now that the node may have forgotten it.
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
  if (fact == facts.end() || fact->second.kind != Kind::kWrite || fact->second.id != write.id) {
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
