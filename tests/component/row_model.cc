#include "tests/component/row_model.h"

#include <algorithm>

#include "core/operations/index/plan_write.h"
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
  if (world_.tell) world_.tell("PROBLEM " + problem);
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
    if (shape_.empties && Dice(50) == 0) {
      AppendEmpties();
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

/// The table is emptied: a record in each partition, all with one version, above all before it and
/// below all behind it. So they stand at one offset.
void RowModel::AppendEmpties() {
  ++emptied_;
  Offset at;
  for (int32_t partition = 0; partition < shape_.partitions; ++partition)
    at = std::max(at, world_.log.End({"t", partition}));
  const int64_t version = OffsetVersion(1, at);
  for (int32_t partition = 0; partition < shape_.partitions; ++partition) {
    const TopicPartition stream{"t", partition};
    world_.log.SkipOffsets(stream, at.value - world_.log.End(stream).value);
    Fact fact;
    fact.kind = Kind::kEmpties;
    fact.deletes = true;
    Note(partition,
         world_.log.Append(stream, std::nullopt, "t", Headers(partition, version, false)), fact);
  }
  for (auto& [id, row] : rows_) {
    if (!row.last || row.gone_since_delete) continue;  // for a row that is gone it says nothing new
    Fact fact;
    fact.kind = Kind::kWrite;
    fact.id = id;
    fact.deletes = true;
    fact.needs_version = version;
    if (!row.last->second.refused) row.accepted.insert(row.last->second.document);
    row.last = {at.value, fact};
    row.standing = fact;
    row.exists = false;
    row.gone_since_delete = true;  // a tombstone says no more than the truncate
    row.big.reset();
  }
}

}  // namespace sluice::testing
