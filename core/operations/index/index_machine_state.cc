// The machine's state as numbers, for tests that explore all that can happen.
#include <algorithm>
#include <limits>
#include <tuple>

#include "core/operations/index/index_machine.h"

namespace sluice {
namespace {

/// How far a time lies ahead. All that have passed are alike: each is only ever asked whether it
/// has. INT64_MAX is never.
int64_t Ahead(int64_t at_us, int64_t now_us) {
  if (at_us == INT64_MAX) return at_us;
  return at_us > now_us ? at_us - now_us : 0;
}

constexpr uint32_t kNameless = std::numeric_limits<uint32_t>::max();

}  // namespace

void IndexMachine::AppendState(std::vector<int64_t>& words, std::vector<uint32_t>& names) const {
  std::vector<OpIndex> order;
  for (OpIndex i = 0; i < ops_.size(); ++i)
    if (ops_[i].state != OpState::kFree) order.push_back(i);
  std::sort(order.begin(), order.end(), [this](OpIndex a, OpIndex b) {
    return std::tie(ops_[a].version, ops_[a].id, a) < std::tie(ops_[b].version, ops_[b].id, b);
  });
  names.assign(ops_.size(), kNameless);
  for (uint32_t name = 0; name < order.size(); ++name) names[order[name]] = name;

  words.push_back(static_cast<int64_t>(order.size()));
  for (const OpIndex i : order) AppendOp(i, words, names);
  for (const Partition& partition : partitions_) {
    partition.ledger.AppendState(words);
    words.push_back(Ahead(partition.window_us, now_us_));
    words.push_back(static_cast<int64_t>(partition.parts));
  }
  windows_.AppendState(now_us_, words);
  words.insert(words.end(), {Ahead(last_partition_window_us_, now_us_), Ahead(gate_us_, now_us_),
                             Ahead(lease_us_, now_us_), int64_t{in_flight_}, int64_t{concurrency_},
                             Ahead(last_send_us_ + settings_.bulk_linger_us, now_us_)});
  AppendBodies(words, names);
}

void IndexMachine::AppendOp(OpIndex index, std::vector<int64_t>& words,
                            const std::vector<uint32_t>& names) const {
  const Op& op = ops_[index];
  const auto name = [&names](OpIndex other) {
    return other == kNoOp ? int64_t{kNameless} : int64_t{names[other]};
  };
  const auto live = [this](const RecordRef& record) {
    return partitions_[record.partition.value].generation == record.generation;
  };
  const auto append = [&](const RecordRef& record) {
    const bool part = record.number == kPartOfRecord;
    words.push_back(int64_t{record.partition.value} << 2 | (part ? 2 : 0) | (live(record) ? 1 : 0));
    words.push_back(record.offset.value);
  };
  words.insert(words.end(), {static_cast<int64_t>(op.state), static_cast<int64_t>(op.action),
                             static_cast<int64_t>(op.kind), int64_t{op.open}, int64_t{op.fillable},
                             int64_t{op.hash}, op.version, name(op.sent), name(op.waiting),
                             int64_t{op.index.value}});
  append(op.record);
  std::vector<RecordRef> replaced = op.replaced;
  std::sort(replaced.begin(), replaced.end(), [&](const RecordRef& a, const RecordRef& b) {
    return std::tuple(a.partition, a.offset, live(a)) < std::tuple(b.partition, b.offset, live(b));
  });
  words.push_back(static_cast<int64_t>(replaced.size()));
  for (const RecordRef& record : replaced) append(record);
  words.push_back(int64_t{op.troubled});
  if (!op.troubled) return;
  const Trouble& trouble = troubles_[index];
  words.insert(words.end(), {Ahead(trouble.not_before_us, now_us_), int64_t{trouble.races},
                             trouble.again_us == 0 ? -1 : Ahead(trouble.again_us, now_us_),
                             int64_t{trouble.older}, int64_t{trouble.applied},
                             trouble.delete_version, trouble.delete_record.offset.value});
}

/// Bodies in flight are left to the caller, who knows by what number it holds which.
void IndexMachine::AppendBodies(std::vector<int64_t>& words,
                                const std::vector<uint32_t>& names) const {
  const auto append = [&](const std::vector<OpIndex>& ops) {
    words.push_back(static_cast<int64_t>(ops.size()));
    for (const OpIndex op : ops) words.push_back(int64_t{names[op]});
  };
  std::vector<OpIndex> ready;
  for (const OpIndex op : ready_)
    if (ops_[op].state == OpState::kReady) ready.push_back(op);
  append(ready);
  words.push_back(int64_t{ready_.empty()});  // also what has moved on keeps others from overtaking
  if (open_batch_ != kNoBatch) append(batches_[open_batch_].ops);
  words.push_back(static_cast<int64_t>(sendable_.size()));
  for (const uint32_t batch : sendable_) append(batches_[batch].ops);
  words.push_back(static_cast<int64_t>(groups_.size()));
  for (const std::vector<OpIndex>& group : groups_) append(group);
  words.push_back(int64_t{building_group_});
  if (building_group_) append(group_left_);
}

}  // namespace sluice
